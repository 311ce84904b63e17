package import Kubernetes

extension ObjectStore {
    /// Binds a pod to a node (the binding subresource).
    ///
    /// - Parameters:
    ///   - name: The pod's name.
    ///   - namespace: The pod's namespace.
    ///   - node: The node's name.
    ///   - now: The time.
    /// - Returns: The pod, now scheduled.
    /// - Throws: `APIError.notFound`, or `conflict` for a pod that is bound or on its way out.
    @discardableResult
    package mutating func bind(
        pod name: String,
        in namespace: String,
        to node: String,
        now: Int64
    ) throws(APIError) -> JSON {
        let pod = try get(.pods, in: namespace, name)
        if let present = pod["spec"]["nodeName"].string, !present.isEmpty {
            throw .conflict(.pods, name: name, message: "pod \(name) is already assigned to node \"\(present)\"")
        }
        guard pod["metadata"]["deletionTimestamp"].isNull else {
            throw .conflict(.pods, name: name, message: "pod \(name) is being deleted, cannot be assigned to a host")
        }
        return try modify(.pods, in: namespace, name, now: now) { pod in
            pod["spec"]["nodeName"] = .string(node)
            Conditions.set("PodScheduled", status: true, in: &pod, now: now)
        }
    }

    /// Evicts a pod (the eviction subresource): a deletion that asks the disruption budgets first.
    ///
    /// - Parameters:
    ///   - name: The pod's name.
    ///   - namespace: The pod's namespace.
    ///   - options: The deletion's options.
    ///   - now: The time.
    /// - Throws: `APIError.disruptionBudget` while a budget allows no disruption, `notFound`, `conflict`, and
    ///   `internalError` for a pod under several budgets, as the API server has it.
    package mutating func evict(
        pod name: String,
        in namespace: String,
        _ options: DeleteOptions = DeleteOptions(),
        now: Int64
    ) throws(APIError) {
        let pod = try get(.pods, in: namespace, name)
        let phase = pod["status"]["phase"].string
        let needsNoBudget =
            phase == "Succeeded" || phase == "Failed" || phase == "Pending"
            || pod["metadata"]["deletionTimestamp"].string != nil
        if !needsNoBudget { try askBudgets(for: pod, now: now) }
        // The deletion's preconditions are checked before the pod is marked, because marking changes its version.
        var trial = self
        try trial.delete(.pods, in: namespace, name, options, now: now)
        if !needsNoBudget {
            try modify(.pods, in: namespace, name, now: now) { pod in
                Conditions.set(
                    "DisruptionTarget",
                    status: true,
                    reason: "EvictionByEvictionAPI",
                    message: "Eviction API: evicting",
                    in: &pod,
                    now: now
                )
            }
        }
        var options = options
        options.resourceVersion = nil
        try delete(.pods, in: namespace, name, options, now: now)
    }

    private func askBudgets(for pod: JSON, now: Int64) throws(APIError) {
        let namespace = pod["metadata"]["namespace"].string
        let budgets = objects(.podDisruptionBudgets, Selection(namespace: namespace)).filter {
            DisruptionBudget(object: $0).covers(pod)
        }
        guard let budget = budgets.first else { return }
        guard budgets.count == 1 else {
            throw .internalError(
                "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."
            )
        }
        let name = budget["metadata"]["name"].string ?? ""
        let state = DisruptionBudget(object: budget).state(of: objects(.pods, Selection(namespace: namespace)))
        if !Conditions.isTrue("Ready", in: pod) {
            let always = budget["spec"]["unhealthyPodEvictionPolicy"].string == "AlwaysAllow"
            if always || (state.desiredHealthy > 0 && state.currentHealthy >= state.desiredHealthy) { return }
        }
        guard state.allowed > 0 else {
            throw .disruptionBudget(
                message: "The disruption budget \(name) needs \(state.desiredHealthy) healthy pods and has "
                    + "\(state.currentHealthy) currently",
                retryAfterSeconds: 10
            )
        }
    }
}
