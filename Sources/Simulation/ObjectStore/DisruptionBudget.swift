import Kubernetes

/// What a PodDisruptionBudget asks for, and what it finds.
struct DisruptionBudget {
    struct State: Equatable {
        var expected: Int64
        var desiredHealthy: Int64
        var currentHealthy: Int64
        var allowed: Int64
    }

    private let selector: LabelSelector?
    private let minAvailable: JSON
    private let maxUnavailable: JSON

    init(object: JSON) {
        let spec = object["spec"]
        // policy/v1: an empty selector selects every pod of the namespace, an absent one none.
        selector = spec["selector"].object == nil ? nil : LabelSelector(object: spec["selector"])
        minAvailable = spec["minAvailable"]
        maxUnavailable = spec["maxUnavailable"]
    }

    /// Whether the pod, of the budget's own namespace, counts towards it.
    func covers(_ pod: JSON) -> Bool { selector?.matches(pod["metadata"]["labels"]) ?? false }

    /// Counts the pods of the budget's namespace.
    ///
    /// Finished pods count for nothing; the expected number is the number of the others, since a Job has no scale to
    /// ask for.
    func state(of pods: [JSON]) -> State {
        var expected: Int64 = 0
        var healthy: Int64 = 0
        for pod in pods where covers(pod) {
            let phase = pod["status"]["phase"].string
            guard phase != "Succeeded", phase != "Failed" else { continue }
            expected += 1
            if pod["metadata"]["deletionTimestamp"].isNull, Conditions.isTrue("Ready", in: pod) { healthy += 1 }
        }
        let desired: Int64
        if !maxUnavailable.isNull {
            desired = max(0, expected - amount(maxUnavailable, of: expected))
        } else {
            desired = amount(minAvailable.isNull ? 0 : minAvailable, of: expected)
        }
        return State(
            expected: expected,
            desiredHealthy: desired,
            currentHealthy: healthy,
            allowed: expected > 0 ? max(0, healthy - desired) : 0
        )
    }

    /// A count, or a percentage rounded up.
    private func amount(_ value: JSON, of total: Int64) -> Int64 {
        if let count = value.integer { return max(0, count) }
        guard let text = value.string, text.hasSuffix("%"), let percent = Int64(text.dropLast()),
            (0...100).contains(percent)
        else { return 0 }
        return (total * percent + 99) / 100
    }
}

extension ObjectStore {
    /// Keeps the budgets' status true, as the disruption controller does, after a change of a pod or a budget.
    mutating func refreshDisruptionBudgets(after place: Place, now: Int64) {
        guard place.kind == .pods || place.kind == .podDisruptionBudgets else { return }
        let budgets = objects(.podDisruptionBudgets, Selection(namespace: place.namespace))
        guard !budgets.isEmpty else { return }
        let pods = objects(.pods, Selection(namespace: place.namespace))
        for present in budgets {
            var budget = present
            let state = DisruptionBudget(object: budget).state(of: pods)
            budget["status"]["observedGeneration"] = budget["metadata"]["generation"]
            budget["status"]["expectedPods"] = .integer(state.expected)
            budget["status"]["desiredHealthy"] = .integer(state.desiredHealthy)
            budget["status"]["currentHealthy"] = .integer(state.currentHealthy)
            budget["status"]["disruptionsAllowed"] = .integer(state.allowed)
            Conditions.set(
                "DisruptionAllowed",
                status: state.allowed > 0,
                reason: state.allowed > 0 ? "SufficientPods" : "InsufficientPods",
                in: &budget,
                now: now
            )
            put(budget, at: self.place(.podDisruptionBudgets, budget))
        }
    }
}
