package import Model

extension Pod {
    /// The workload that it belongs to where it is in no gang: its controlling owner's, or its own.
    package var ownWorkloadID: WorkloadID {
        guard let owner else { return WorkloadID(namespace: id.namespace, kind: "Pod", name: id.name, uid: uid) }
        return WorkloadID(namespace: id.namespace, kind: owner.kind, name: owner.name, uid: owner.uid)
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
}
