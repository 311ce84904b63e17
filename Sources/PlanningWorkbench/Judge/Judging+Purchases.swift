import Model

extension Judging {
    /// Whether what is bought is sold so, and what is said of it is true.
    mutating func judgePurchases() {
        for purchase in plan.purchases {
            let key = ChoiceKey(pool: purchase.pool, shape: purchase.shape.name, offering: purchase.offering)
            let name = "\(purchase.offering) of pool \(purchase.pool)"
            guard let choice = choices[key], choice.shape == purchase.shape else {
                object("\(name) is bought and not offered")
                continue
            }
            if let reason = choice.closedBecause { object("\(name) is bought and closed: \(reason)") }
            if choice.pricePerHour != purchase.pricePerHour {
                object("\(name) costs \(choice.pricePerHour), the plan says \(purchase.pricePerHour)")
            }
            if purchase.pods.isEmpty { object("\(name) is bought without a node") }
            judgeExplanation(purchase, name)
            judgeSharing(purchase, name)
        }
        guard !input.gangsShareNodes else { return }
        for (gang, purchases) in Dictionary(grouping: plan.purchases, by: \.gang) {
            guard let gang else { continue }
            let kinds = Set(purchases.map { "\($0.pool) \($0.shape.name) \($0.offering) \($0.reservation?.id ?? "")" })
            if kinds.count < purchases.count { object("equal nodes of gang \(gang) are bought in two calls") }
        }
    }

    private mutating func judgeExplanation(_ purchase: Plan.Purchase, _ name: String) {
        let demands = Set(purchase.pods.flatMap { $0 }.compactMap { entries[$0]?.demand }).map { input.demands[$0] }
        if Set(purchase.workloads) != Set(demands.map(\.workload.id)) {
            object("\(name) is bought for other workloads")
        }
        let explanation = purchase.explanation
        if explanation.rejected.count > 3 { object("\(name): more than three others are shown") }
        let costs = explanation.rejected.map(\.expectedCost)
        if costs != costs.sorted() { object("\(name): the others are not the cheapest first") }
        if let chosen = explanation.chosen, chosen.offering != purchase.offering {
            object("\(name): the explanation speaks of \(chosen.offering)")
        }
        // Otherwise risk, data and checkpoints are in the sum, each by rules of its own.
        let isPlain = demands.allSatisfy { $0.dataset == nil && $0.checkpoints == CheckpointHabit() }
        guard input.economics == nil, isPlain else { return }
        let longest = demands.map { max(0, $0.remainingSeconds) }.max() ?? 0
        let price = purchase.pricePerHour * purchase.count
        let cost = price.costing(seconds: input.changeover.totalSeconds + longest)
        if purchase.expectedCost != cost { object("\(name) is expected to cost \(purchase.expectedCost), not \(cost)") }
    }

    private mutating func judgeSharing(_ purchase: Plan.Purchase, _ name: String) {
        guard !input.gangsShareNodes else { return }
        for id in purchase.pods.flatMap({ $0 }) {
            guard let entry = entries[id] else { continue }
            let workload = input.demands[entry.demand].workload
            let gang = workload.gang == nil ? nil : workload.id
            if gang != purchase.gang { object("\(id) shares \(name) with a gang") }
        }
    }

    /// Whether each pool stays within what may still be bought in it.
    mutating func judgeLimits() {
        for (pool, room) in input.headroom.sorted(by: { $0.key < $1.key }) {
            let (nodes, accelerators, spend) = boughtByPool[pool] ?? (0, 0, .zero)
            if let limit = room.nodes, nodes > max(0, limit) {
                object("pool \(pool) has room for \(limit) nodes, \(nodes) are bought")
            }
            if let limit = room.accelerators, accelerators > max(0, limit) {
                object("pool \(pool) has room for \(limit) accelerators, \(accelerators) are bought")
            }
            if let limit = room.spendPerHour, spend > max(.zero, limit) {
                object("pool \(pool) has room for \(limit) an hour, \(spend) is spent")
            }
        }
    }

    /// Whether no reservation is asked for more than it holds.
    mutating func judgeReservations() {
        var left: [String: Int] = [:]
        for reservation in input.choices.compactMap(\.reservation) { left[reservation.id] = reservation.available }
        for purchase in plan.purchases {
            guard let reservation = purchase.reservation else { continue }
            left[reservation.id, default: 0] -= purchase.count
        }
        for (id, count) in left.sorted(by: { $0.key < $1.key }) where count < 0 {
            object("reservation \(id) is asked for \(-count) nodes too many")
        }
    }

    /// Whether gangs are whole, in one zone and on one model.
    mutating func judgeGangs() {
        for demand in input.demands {
            guard let gang = demand.workload.gang else { continue }
            let nodes = demand.pods.compactMap { places[$0.id] }
            guard !nodes.isEmpty else { continue }
            let name = demand.workload.id
            if nodes.count < demand.pods.count {
                object("gang \(name) is split: \(nodes.count) of \(demand.pods.count) have a place")
            }
            guard gang.topology == .zone else { continue }
            for (key, word) in [(Label.zone, "zones"), (Label.accelerator, "accelerator models")] {
                let domains = Set(nodes.map { scheduler.label(key, of: $0) ?? "none" })
                if domains.count > 1 {
                    object("gang \(name) is spread over \(word) \(domains.sorted().joined(separator: ", "))")
                }
            }
        }
    }
}
