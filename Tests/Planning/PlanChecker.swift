import Model

@testable import Planning

/// Judges a plan against its input from the rules alone, without any of the planner's own code.
struct PlanChecker {
    private let input: PlanInput
    private let plan: Plan
    private let pods: [PodID: (pod: Pod, demand: PlanInput.Demand)]

    init(_ input: PlanInput, _ plan: Plan) {
        self.input = input
        self.plan = plan
        pods = Dictionary(
            uniqueKeysWithValues: input.demands.flatMap { demand in demand.pods.map { ($0.id, ($0, demand)) } }
        )
    }

    /// Every rule that is broken, in words.
    var violations: [String] { coverage + hosts + purchases + headroom + gangs }

    private var coverage: [String] {
        let bought = plan.purchases.flatMap { $0.pods.flatMap { $0 } }
        var found: [String] = []
        if Set(bought).count != bought.count { found.append("a pod was bought for twice") }
        let refused = Set(plan.unplaceable.flatMap(\.explanation.workloads))
        for (id, entry) in pods {
            let times = (plan.placements[id] == nil ? 0 : 1) + (bought.contains(id) ? 1 : 0)
            if times > 1 { found.append("\(id) is placed and bought for") }
            if times == 0, !refused.contains(entry.demand.workload.id) { found.append("\(id) was forgotten") }
        }
        return found
    }

    private var hosts: [String] {
        var found: [String] = []
        for host in input.hosts {
            let own = plan.placements.filter { $0.value == host.name }.compactMap { pods[$0.key] }
            let sum = own.reduce(Resources()) { $0 + $1.pod.requests }
            if !sum.fits(in: host.free) { found.append("\(host.name) holds more than is free") }
            for entry in own {
                if !entry.pod.accepts(labels: host.labels, taints: host.taints) {
                    found.append("\(entry.pod.id) may not run on \(host.name)")
                }
                if let owner = host.reservedFor, owner != entry.demand.workload.id {
                    found.append("\(host.name) is reserved, not for \(entry.pod.id)")
                }
                if host.labels[Label.capacityType] == "spot", !entry.demand.capacityTypes.contains(.spot) {
                    found.append("\(entry.pod.id) must not run on spot")
                }
            }
        }
        return found
    }

    private var purchases: [String] {
        var found: [String] = []
        for purchase in plan.purchases {
            let choice = input.choices.first {
                $0.pool == purchase.pool && $0.shape == purchase.shape && $0.offering == purchase.offering
            }
            if choice?.closedBecause != nil || choice?.pricePerHour != purchase.pricePerHour {
                found.append("\(purchase.offering) is not to be had so")
            }
            let labels = purchase.shape.nodeLabels(pool: purchase.pool, offering: purchase.offering)
            let entries = purchase.pods.flatMap { $0 }.compactMap { pods[$0] }
            for node in purchase.pods {
                let sum = node.compactMap { pods[$0] }.reduce(Resources()) { $0 + $1.pod.requests }
                if node.isEmpty || !sum.fits(in: purchase.shape.allocatable) {
                    found.append("a node is empty or too full")
                }
            }
            for entry in entries {
                let pool = input.pools.first { $0.name == purchase.pool }
                if pool?.serves(namespace: entry.pod.id.namespace) != true
                    || !entry.demand.capacityTypes.contains(purchase.offering.capacityType)
                    || !entry.pod.accepts(labels: labels, taints: purchase.shape.taints)
                {
                    found.append("\(entry.pod.id) may not run on \(purchase.offering)")
                }
                if purchase.gang != (entry.demand.workload.gang == nil ? nil : entry.demand.workload.id) {
                    found.append("\(entry.pod.id) shares a node with a gang")
                }
            }
            let longest = entries.map { max(0, $0.demand.remainingSeconds) }.max() ?? 0
            let seconds = input.changeover.totalSeconds + longest
            if purchase.expectedCost != (purchase.pricePerHour * purchase.count).costing(seconds: seconds) {
                found.append("\(purchase.expectedCost) is not what \(purchase.offering) costs")
            }
            if Set(purchase.workloads) != Set(entries.map(\.demand.workload.id)) { found.append("workloads misnamed") }
            if purchase.explanation.rejected.count > 3 { found.append("too many others") }
            let others = purchase.explanation.rejected.map(\.expectedCost)
            if others != others.sorted() { found.append("others are not the cheapest first") }
        }
        return found
    }

    private var headroom: [String] {
        input.headroom.compactMap { pool, room in
            let own = plan.purchases.filter { $0.pool == pool }
            let nodes = own.reduce(0) { $0 + $1.count }
            let accelerators = own.reduce(0) { $0 + $1.shape.accelerators * Int64($1.count) }
            let spend = own.reduce(Money.zero) { $0 + $1.pricePerHour * $1.count }
            let isKept =
                nodes <= room.nodes ?? nodes && spend <= room.spendPerHour ?? spend
                && accelerators <= room.accelerators ?? accelerators
            return isKept || own.isEmpty ? nil : "\(pool) is past its limit"
        }
    }

    private var gangs: [String] {
        var found: [String] = []
        for demand in input.demands {
            guard let gang = demand.workload.gang else { continue }
            let placed = demand.pods.compactMap { pod in
                plan.placements[pod.id].flatMap { name in input.hosts.first { $0.name == name } }?.labels
            }
            let own = plan.purchases.filter { $0.gang == demand.workload.id }
            let bought = own.flatMap { purchase in
                purchase.pods.flatMap { $0 }
                    .map { _ in purchase.shape.nodeLabels(pool: purchase.pool, offering: purchase.offering) }
            }
            let all = placed + bought
            if !all.isEmpty, all.count != demand.pods.count { found.append("\(demand.workload.id) is split") }
            if gang.topology == .zone {
                let places = Set(all.map { [$0[Label.zone], $0[Label.accelerator]] })
                if places.count > 1 { found.append("\(demand.workload.id) is in \(places.count) places") }
            }
            if Set(own.map { "\($0.pool) \($0.offering)" }).count != own.count {
                found.append("equal nodes in two calls")
            }
        }
        return found
    }
}
