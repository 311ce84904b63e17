import Model
import PlanningWorkbench

/// A plan written by hand for an input, right in everything that is not said otherwise.
struct HandmadePlan {
    let input: PlanInput
    var plan = Plan()

    init(_ input: PlanInput) {
        self.input = input
    }

    /// Nodes of one choice, each with the pods named.
    mutating func buy(_ choice: Int, _ nodes: [[String]]) {
        let bought = input.choices[choice]
        let pods = nodes.map { $0.map { PodID(namespace: "research", name: $0) } }
        let demands = input.demands.filter { demand in demand.pods.contains { pods.joined().contains($0.id) } }
        let longest = demands.map(\.remainingSeconds).max() ?? 0
        let cost = (bought.pricePerHour * nodes.count).costing(seconds: input.changeover.totalSeconds + longest)
        plan.purchases.append(
            Plan.Purchase(
                pool: bought.pool,
                shape: bought.shape,
                offering: bought.offering,
                pricePerHour: bought.pricePerHour,
                pods: pods,
                workloads: demands.map(\.workload.id),
                gang: demands.first { $0.workload.gang != nil }?.workload.id,
                expectedCost: cost,
                explanation: Explanation(workloads: demands.map(\.workload.id), summary: "by hand")
            )
        )
        plan.bindingOrder += pods.joined()
    }

    mutating func place(_ pod: String, on host: String) {
        let id = PodID(namespace: "research", name: pod)
        plan.placements[id] = host
        plan.bindingOrder.append(id)
    }

    mutating func leave(_ pods: [String], because reason: String = "no room") {
        let ids = pods.map { PodID(namespace: "research", name: $0) }
        plan.unplaceable.append(Plan.Unplaceable(pods: ids, explanation: Explanation(workloads: [], summary: reason)))
    }

    var violations: [String] { PlanJudge(input, plan).violations }

    /// What the judge says of a plan made for an input.
    static func violations(_ input: PlanInput, _ make: (inout HandmadePlan) -> Void) -> [String] {
        var handmade = HandmadePlan(input)
        make(&handmade)
        return handmade.violations
    }
}

extension Pod {
    /// A copy with something changed.
    func with(_ change: (inout Pod) -> Void) -> Pod {
        var copy = self
        change(&copy)
        return copy
    }
}

extension PodAffinityTerm {
    /// Pods of an application in the namespace that all tests use.
    init(app: String, in key: String) {
        self.init(selector: LabelSelector(matchLabels: ["app": app]), namespaces: ["research"], topologyKey: key)
    }
}

extension TopologySpreadConstraint {
    init(app: String, over key: String, maxSkew: Int = 1) {
        self.init(maxSkew: maxSkew, topologyKey: key, selector: LabelSelector(matchLabels: ["app": app]))
    }
}
