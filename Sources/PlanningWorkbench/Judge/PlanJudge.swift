package import Model

/// Judges a plan against its input as the Kubernetes scheduler would: from the rules alone, without the planner's code.
///
/// Binds one pod after the other in the plan's order and notes every rule that this breaks. It knows the scheduler's
/// filters (resources, node selectors and affinity, taints, topology spread, pod affinity and anti-affinity, host
/// ports, volumes' zones) and Gleaner's own promises: prices, limits, whole gangs, nothing forgotten.
package struct PlanJudge {
    /// Every rule that is broken, each as a sentence; empty for a plan that keeps all.
    package let violations: [String]

    package init(_ input: PlanInput, _ plan: Plan) {
        var judge = Judging(input, plan)
        violations = judge.judge()
    }
}

/// The work of one judgement.
struct Judging {
    struct Entry {
        var demand: Int
        var kind: Int
    }

    struct ChoiceKey: Hashable {
        var pool: String
        var shape: String
        var offering: Offering
    }

    let input: PlanInput
    let plan: Plan
    var scheduler: SchedulerModel
    var entries: [PodID: Entry] = [:]
    /// The node of every pod that has a place.
    var places: [PodID: Int] = [:]
    var choices: [ChoiceKey: PlanInput.Choice] = [:]
    var boughtByPool: [String: (nodes: Int, accelerators: Int64, spend: Money)] = [:]
    var violations: [String] = []

    init(_ input: PlanInput, _ plan: Plan) {
        self.input = input
        self.plan = plan
        scheduler = SchedulerModel(input)
        for (index, demand) in input.demands.enumerated() {
            for pod in demand.pods {
                let kind = scheduler.kind(of: pod, capacityTypes: demand.capacityTypes)
                entries[pod.id] = Entry(demand: index, kind: kind)
            }
        }
        for choice in input.choices {
            choices[ChoiceKey(pool: choice.pool, shape: choice.shape.name, offering: choice.offering)] = choice
        }
        for purchase in plan.purchases {
            let before = boughtByPool[purchase.pool] ?? (0, 0, .zero)
            boughtByPool[purchase.pool] = (
                before.nodes + purchase.count,
                before.accelerators + purchase.shape.accelerators * Int64(purchase.count),
                before.spend + purchase.pricePerHour * purchase.count
            )
        }
    }

    mutating func judge() -> [String] {
        judgePurchases()
        judgeLimits()
        judgeReservations()
        takePlaces()
        scheduler.start()
        bind()
        judgeGangs()
        judgeShares()
        judgeUnplaceable()
        return violations
    }

    mutating func object(_ sentence: String) { violations.append(sentence) }

    /// Finds every pod's node, and pods that have two or none.
    private mutating func takePlaces() {
        var hosts: [String: Int] = [:]
        for host in input.hosts { hosts[host.name] = scheduler.add(host) }
        for (id, name) in plan.placements.sorted(by: { $0.key < $1.key }) {
            guard let node = hosts[name] else {
                object("\(id) is placed on \(name), which does not stand")
                continue
            }
            take(id, node)
        }
        for purchase in plan.purchases {
            for pods in purchase.pods {
                let node = scheduler.add(purchase)
                if pods.isEmpty { object("\(scheduler.nodes[node].name) is bought for no pod") }
                for id in pods { take(id, node) }
            }
        }
        judgeCoverage()
    }

    private mutating func take(_ id: PodID, _ node: Int) {
        guard entries[id] != nil else { return object("\(id) has a place and was not asked for") }
        if places[id] != nil { object("\(id) has two places") }
        places[id] = node
    }

    private mutating func judgeCoverage() {
        var refused: Set<PodID> = []
        for unplaceable in plan.unplaceable {
            if unplaceable.explanation.summary.isEmpty { object("pods are called unplaceable without a reason") }
            for id in unplaceable.pods {
                if entries[id] == nil { object("\(id) is called unplaceable and was not asked for") }
                if places[id] != nil { object("\(id) has a place and is called unplaceable") }
                if !refused.insert(id).inserted { object("\(id) is called unplaceable twice") }
            }
        }
        for demand in input.demands {
            for pod in demand.pods where places[pod.id] == nil && !refused.contains(pod.id) {
                object("\(pod.id) was forgotten")
            }
        }
    }

    /// Binds in the plan's order, then what the order leaves out.
    private mutating func bind() {
        var bound: Set<PodID> = []
        for id in plan.bindingOrder {
            guard let node = places[id], let entry = entries[id] else {
                object("\(id) is in the binding order and has no place")
                continue
            }
            guard bound.insert(id).inserted else {
                object("\(id) is twice in the binding order")
                continue
            }
            bind(id, entry, node)
        }
        for demand in input.demands {
            for pod in demand.pods {
                guard !bound.contains(pod.id), let node = places[pod.id], let entry = entries[pod.id] else { continue }
                object("\(pod.id) is missing in the binding order")
                bind(pod.id, entry, node)
            }
        }
    }

    private mutating func bind(_ id: PodID, _ entry: Entry, _ index: Int) {
        let node = scheduler.nodes[index]
        for objection in scheduler.objections(to: entry.kind, on: node) {
            object("\(id) on \(node.name): \(objection)")
        }
        let workload = input.demands[entry.demand].workload
        if let owner = node.reservedFor, owner != workload.id {
            object("\(id) on \(node.name): the node is reserved for \(owner)")
        }
        scheduler.bind(entry.kind, to: index)
    }
}
