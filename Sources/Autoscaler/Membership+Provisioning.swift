import Model

extension Pod {
    /// The ProvisioningRequest whose capacity it comes for, where that is ours to handle.
    var ownRequest: String? { provisioning.flatMap { $0.isOurs ? $0.request : nil } }

    /// Whether it comes for the capacity of a request that another autoscaler handles, and so is no demand of ours.
    var isProvisionedElsewhere: Bool { provisioning.map { !$0.isOurs && $0.className != nil } ?? false }

    /// The same pod, kept off nodes that do not stand yet: those have no name.
    var onStandingNodes: Pod {
        let stands = NodeSelectorRequirement(key: Label.hostname, operator: .exists)
        var result = self
        result.nodeAffinity =
            nodeAffinity.isEmpty
            ? [NodeSelectorTerm(requirements: [stands])]
            // A term without requirements matches no node, and keeps to that.
            : nodeAffinity.filter { !$0.requirements.isEmpty }.map {
                NodeSelectorTerm(requirements: $0.requirements + [stands])
            }
        if result.nodeAffinity.isEmpty { result.nodeAffinity = nodeAffinity }
        return result
    }
}

extension WorkloadID {
    /// Names the workload of pods whose ProvisioningRequest is not known, or not any more.
    static func absentRequest(_ name: String, firstMember pod: Pod) -> WorkloadID {
        WorkloadID(
            namespace: pod.id.namespace,
            kind: provisioningRequest,
            name: name,
            uid: "absent-\(pod.ownWorkloadID.uid)"
        )
    }
}

extension ProvisioningRequest {
    /// One of the pods that it asks for, as it would wait. No pod of a cluster can have its name.
    ///
    /// - Parameters:
    ///   - template: Of its pod set.
    ///   - set: The number of that.
    ///   - index: Its own number in it.
    /// - Returns: A pod that belongs to the request.
    func pod(of template: PodTemplate, set: Int, index: Int) -> Pod {
        var pod = template.pod
        pod.id = PodID(namespace: namespace, name: "\(name)[\(set)-\(index)]")
        pod.uid = "\(uid)[\(set)-\(index)]"
        pod.owner = Pod.Owner(kind: WorkloadID.provisioningRequest, name: name, uid: uid)
        pod.createdAt = createdAt
        pod.isUnschedulable = true
        pod.isGated = false
        var reference = ProvisioningReference(request: name, className: className)
        reference.isOurs = true
        pod.provisioning = reference
        return pod
    }
}
