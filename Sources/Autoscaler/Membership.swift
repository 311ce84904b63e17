package import Model

extension Pod {
    /// The workload that it belongs to where nothing else is known of the cluster and it is in no gang: its controlling
    /// owner's, or its own.
    package var ownWorkloadID: WorkloadID {
        guard let owner else { return WorkloadID(namespace: id.namespace, kind: "Pod", name: id.name, uid: uid) }
        return WorkloadID(owner, of: self)
    }

    /// The workload that it belongs to where it names no gang: what made it in the end, its PodGroup, its controlling
    /// owner, or it alone.
    ///
    /// - Parameters:
    ///   - jobs: Of the cluster.
    ///   - objects: Of the cluster.
    /// - Returns: Nil while it cannot be said: the Job that made it was made by something itself and is not known.
    func workloadID(_ jobs: JobIndex, _ objects: SchedulingObjects) -> WorkloadID? {
        if let owner {
            if owner.isRoot { return WorkloadID(owner, of: self) }
            if owner.kind == "Job" {
                if let root = jobs.root(of: owner.uid) { return WorkloadID(root, of: self) }
                if jobs[owner.uid] == nil, isOfNestedJob { return nil }
            }
        }
        return objects.podGroup(of: self)?.workloadID ?? ownWorkloadID
    }

    /// Whether its labels say that its Job was made by something itself.
    private var isOfNestedJob: Bool {
        labels["jobset.sigs.k8s.io/jobset-name"] != nil || labels["training.kubeflow.org/job-name"] != nil
    }

    /// The same pod, bound to where other members of its gang run: one zone, one accelerator model.
    ///
    /// - Parameter labels: Of a node that another member runs on.
    /// - Returns: The pod with these requirements.
    package func anchored(to labels: [String: String]) -> Pod {
        var result = self
        for key in [Label.zone, Label.accelerator] where labels[key] != nil {
            result.nodeSelector[key] = labels[key]
        }
        return result
    }
}

extension WorkloadID {
    /// Names a gang after itself; its uid is the one of its first member's workload.
    package static func gang(_ name: String, firstMember pod: Pod) -> WorkloadID {
        WorkloadID(namespace: pod.id.namespace, kind: "Gang", name: name, uid: pod.ownWorkloadID.uid)
    }

    fileprivate init(_ owner: Pod.Owner, of pod: Pod) {
        self.init(namespace: pod.id.namespace, kind: owner.kind, name: owner.name, uid: owner.uid)
    }
}
