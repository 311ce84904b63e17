import Model

extension Judging {
    /// Whether what is called unplaceable could be bound to a node that stands, or to one more new node.
    mutating func judgeUnplaceable() {
        let kept = poolsKeptForGangs()
        let open = input.choices.filter { choice in
            choice.closedBecause == nil && headroom(choice) > 0 && !kept.contains(choice.pool)
        }
        // The largest first: it settles most questions.
        let sorted = open.sorted { $0.shape.allocatable[Resources.cpu] > $1.shape.allocatable[Resources.cpu] }
        var known: [Int: String?] = [:]
        for id in plan.unplaceable.flatMap(\.pods) {
            guard let entry = entries[id], places[id] == nil else { continue }
            let workload = input.demands[entry.demand].workload
            // Pods to be spread, or to be near others, may have waited for each other: what would do now may not have
            // done then.
            guard workload.gang == nil, !scheduler.dependsOnOthers(entry.kind) else { continue }
            // Where spot pools have shares, whether one may take it is no question of room alone.
            let isOnSpotToo = input.economics?.maximumPoolShare == nil
            let taker =
                known[entry.kind]
                ?? scheduler.taker(of: entry.kind, among: sorted, workload: workload.id, spotToo: isOnSpotToo)
            known[entry.kind] = .some(taker)
            if let taker { object("\(id) is called unplaceable, yet \(taker) would take it") }
        }
        for demand in input.demands where demand.workload.gang != nil {
            guard demand.pods.allSatisfy({ places[$0.id] == nil }), let taker = takerOfGang(demand, sorted) else {
                continue
            }
            object(
                "gang \(demand.workload.id) is called unplaceable, yet \(demand.pods.count) of \(taker) would take it"
            )
        }
    }

    /// Limited pools that a gang waits for as a whole: nobody is given what it will need.
    private mutating func poolsKeptForGangs() -> Set<String> {
        var kept: Set<String> = []
        for demand in input.demands
        where demand.workload.gang != nil && input.now - demand.workload.createdAt >= .seconds(600)
            && demand.pods.contains(where: { places[$0.id] == nil })
        {
            let kinds = Set(demand.pods.compactMap { entries[$0.id]?.kind })
            for choice in input.choices where choice.closedBecause == nil && input.headroom[choice.pool] != nil {
                if kinds.allSatisfy({ scheduler.objections(to: $0, onNew: choice).isEmpty }) {
                    kept.insert(choice.pool)
                }
            }
        }
        return kept
    }

    /// One offering of which a node for each member would hold them; only for gangs without rules between pods.
    private mutating func takerOfGang(_ demand: PlanInput.Demand, _ open: [PlanInput.Choice]) -> String? {
        let kinds = Set(demand.pods.compactMap { entries[$0.id]?.kind })
        guard kinds.allSatisfy({ !scheduler.hasRelations($0) }) else { return nil }
        // Members that run already tie the rest to where they are.
        guard !input.hosts.contains(where: { $0.reservedFor == demand.workload.id }) else { return nil }
        let isSpread = input.economics?.maximumPoolShare != nil && demand.workload.gang?.topology == .any
        let choice = open.first { choice in
            guard !isSpread || choice.offering.capacityType != .spot else { return false }
            return headroom(choice) >= demand.pods.count
                && kinds.allSatisfy { scheduler.objections(to: $0, onNew: choice).isEmpty }
        }
        return choice.map { "\($0.offering)" }
    }

    /// How many more nodes of a choice its pool's limits leave.
    private func headroom(_ choice: PlanInput.Choice) -> Int {
        guard let room = input.headroom[choice.pool] else { return .max }
        let (nodes, accelerators, spend) = boughtByPool[choice.pool] ?? (0, 0, .zero)
        var left = room.nodes.map { $0 - nodes } ?? .max
        if let limit = room.accelerators, choice.shape.accelerators > 0 {
            left = min(left, Int((limit - accelerators) / choice.shape.accelerators))
        }
        if let limit = room.spendPerHour, choice.pricePerHour > .zero {
            let nodes = (limit - spend).approximate / choice.pricePerHour.approximate
            // Down to a whole number, and never up by the last bit of a division.
            left = min(left, Int(nodes * (1 - 1e-12)))
        }
        return left
    }
}
