package import Model

/// Workloads that the spot policy wants on other capacity: each moves whole, to nodes that are bought for it first.
extension Consolidator {
    /// How many times planning is asked for them.
    static let mostMoves = 8

    /// Looks for capacity for what is to move, in order. What is urgent goes whatever it costs and whatever disruption
    /// budgets say; the rest only where it pays, within them, and from nodes that nobody shares.
    mutating func move() {
        var tries = Self.mostMoves
        for move in input.movesInTurn {
            guard tries > 0 else { return }
            let nodes = input.nodes.filter { move.claims.contains($0.claim) }
            let isHere = nodes.count == move.claims.count && !nodes.isEmpty
            guard isHere, nodes.allSatisfy({ isFree($0, for: move) }) else { continue }
            if !move.isUrgent {
                let isAlone = nodes.allSatisfy { $0.residents.allSatisfy { move.pods.contains($0.pod.uid) } }
                guard isAlone, nodes.allSatisfy(\.isReady), allowance.allows(nodes.map(\.pool), for: .repriced) else {
                    continue
                }
            }
            tries -= 1
            guard let found = evaluate(move, nodes) else { continue }
            chosen.append(found)
            allowance.take(nodes.map(\.pool))
            settled.formUnion(nodes.map(\.name))
            destinations.remove(Set(nodes.map(\.name)))
            if let purchase = found.purchase { reckonWith(purchase) }
        }
    }

    /// Whether nothing else is being done with a node: to be emptied for another's deadline keeps nobody on it.
    private func isFree(_ node: ConsolidationInput.Standing, for move: ConsolidationInput.Move) -> Bool {
        (!node.isDisrupted || move.emptied.contains(node.claim)) && !settled.contains(node.name)
    }

    private func evaluate(_ move: ConsolidationInput.Move, _ nodes: [ConsolidationInput.Standing]) -> Consolidation? {
        if let plan = answer(to: move, nodes, headroom) {
            guard plan.purchases.count == 1, let bought = plan.purchases.first else { return nil }
            let sum = sum(of: move, nodes, bought)
            // What is gained must be as much again as the move costs: prices and hazards are not known so well that a
            // smaller gain would be worth a start.
            guard move.isUrgent || sum.net > sum.cost else { return nil }
            return consolidation(move, nodes, bought, sum)
        }
        guard move.isUrgent, move.mayLeaveFirst else { return nil }
        // Where limits do not let old and new stand side by side, it leaves first.
        var room = headroom
        for node in nodes {
            guard var left = room[node.pool] else { continue }
            left.nodes = left.nodes.map { $0 + 1 }
            left.accelerators = left.accelerators.map { $0 + node.shape.accelerators }
            left.spendPerHour = left.spendPerHour.map { $0 + node.pricePerHour }
            room[node.pool] = left
        }
        guard let plan = answer(to: move, nodes, room), plan.purchases.count == 1, let later = plan.purchases.first
        else {
            return nil
        }
        let before = nodes.reduce(Money.zero) { $0 + $1.pricePerHour }
        var result = consolidation(move, nodes, nil, Consolidation.Sum(before: before, horizonSeconds: 0))
        result.laterPurchase = later
        return result
    }

    /// Planning's answer when everything that moves finds a place on new nodes.
    private func answer(
        to move: ConsolidationInput.Move,
        _ nodes: [ConsolidationInput.Standing],
        _ headroom: [String: PlanInput.Headroom]
    ) -> Plan? {
        var question = input.surroundings
        question.demands = [move.demand]
        question.headroom = headroom
        question.quotas = quotas
        // Whoever runs elsewhere counts as a neighbour. Room that others may take meanwhile is no place to move to.
        let left = Set(nodes.map(\.name))
        question.hosts = input.surroundings.hosts.filter { !left.contains($0.name) }.map { host in
            var full = host
            full.free = Resources()
            return full
        }
        let plan = Planning.plan(question)
        return plan.unplaceable.isEmpty && !plan.purchases.isEmpty ? plan : nil
    }

    /// What staying and moving cost until the work is finished. Both are paid while the new nodes start and the work is
    /// saved, and interruptions that are to be expected count with what they cost.
    private func sum(
        of move: ConsolidationInput.Move,
        _ nodes: [ConsolidationInput.Standing],
        _ purchase: Plan.Purchase
    ) -> Consolidation.Sum {
        let before = nodes.reduce(Money.zero) { $0 + $1.pricePerHour }
        let after = purchase.pricePerHour * purchase.count
        let speeds = input.surroundings.economics?.relativeSpeed ?? [:]
        let speed = nodes.compactMap { $0.shape.accelerator.flatMap { speeds[$0] } }.filter { $0 > 0 }.min() ?? 1
        let remaining = Int64(Double(max(0, move.demand.remainingSeconds)) / speed)
        let start = input.surroundings.changeover.totalSeconds
        // What planning expects beyond an undisturbed run at that price: starts, interruptions, a slower accelerator.
        let more = max(.zero, purchase.expectedCost - after.costing(seconds: remaining))
        return Consolidation.Sum(
            before: before,
            after: after,
            horizonSeconds: remaining,
            changeover: max(more, after.costing(seconds: start))
                + (before + after).costing(seconds: max(0, move.savingSeconds))
        )
    }

    private func consolidation(
        _ move: ConsolidationInput.Move,
        _ nodes: [ConsolidationInput.Standing],
        _ purchase: Plan.Purchase?,
        _ sum: Consolidation.Sum
    ) -> Consolidation {
        let id = move.demand.workload.id
        let from = nodes.map { "\($0.name) (\($0.offering))" }.sorted().joined(separator: ", ")
        let what =
            if let purchase {
                "move \(id) from \(from) at \(sum.before) an hour to \(purchase.count) × \(purchase.offering) at "
                    + "\(sum.after), \(move.reason)"
            } else {
                "move \(id) from \(from), before what it moves to is bought, \(move.reason)"
            }
        let sums =
            move.isUrgent
            ? ""
            : "; saves \(sum.saving.formatted()) in \(sum.horizonSeconds) s, the move costs \(sum.cost.formatted())"
        return Consolidation(
            reason: .repriced,
            removals: nodes.map { node in
                Consolidation.Removal(
                    claim: node.claim,
                    node: node.name,
                    pods: node.residents.map(\.pod.uid).filter(move.pods.contains).sorted()
                )
            }.sorted { $0.claim < $1.claim },
            purchase: purchase,
            workloads: [id],
            sum: sum,
            summary: what + sums,
            isUrgent: move.isUrgent
        )
    }
}

extension ConsolidationInput {
    /// The moves in the order in which they are tried, the urgent ones first.
    ///
    /// Where there are more of a kind than are tried at once others begin each time, so that those that find no place do
    /// not keep the rest waiting.
    fileprivate var movesInTurn: [Move] {
        inTurn(moves.filter(\.isUrgent), every: Self.urgentTurnSeconds)
            + inTurn(moves.filter { !$0.isUrgent }, every: Self.turnSeconds)
    }

    /// Those whose nodes are looked for at once, unless others take theirs: of the rest nothing can be said yet.
    package var movesTried: [Move] { Array(movesInTurn.prefix(Consolidator.mostMoves)) }

    /// As often as is asked while some are urgent, and while none is.
    private static let urgentTurnSeconds: Int64 = 10
    private static let turnSeconds: Int64 = 60

    private func inTurn(_ moves: [Move], every seconds: Int64) -> [Move] {
        guard moves.count > Consolidator.mostMoves else { return moves }
        // Each turn begins where the one before ended: urgent ones cannot wait for as many turns as there are moves.
        let turn = now.seconds / seconds % Int64(moves.count)
        let start = Int(turn * Int64(Consolidator.mostMoves) % Int64(moves.count))
        return Array(moves[start...] + moves[..<start])
    }
}
