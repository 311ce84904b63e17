/// Does what costs least in expectation until the work is done, by tables of all that may come.
///
/// Spells of capacity and of none have falling hazards (`SpellHazard`), whose shapes are learnt from what was seen of the
/// pools: a gamma distribution is the belief beforehand, as in `SpellHazardEstimate`. The tables (`ActionTableBuilder`)
/// look at two pools at a time; of more pools the three most promising are taken by pairs, and each placement counts with
/// the pair in which it is cheapest, since whoever heeds two pools only can do no better than who heeds all.
///
/// Who runs changes its placement, and who could run waits, only for a gain of a part of the changeover: the tables are
/// interpolated, a change that hardly pays is one that the next look takes back, and work that is done sooner for the same
/// money is better. This part and the weights of the priors were set on the traces published with *Can't Be Late* (NSDI
/// 2024), all of them together.
package struct LeastExpectedCost: SpotPolicy {
    /// Log-ages that the priors are worth: about four spells.
    private static let priorWeight = 5.0
    /// Of spells without capacity in those traces.
    private static let absenceShape = 1.1
    private static let leastGain = 0.15
    private static let mostPools = 3

    private let tables: ActionTables

    /// - Parameter tables: to share with other policies.
    package init(sharing tables: ActionTables = ActionTables()) {
        self.tables = tables
    }

    package mutating func choose(_ question: SpotQuestion) -> SpotPlacement {
        let costs = costs(question)
        let gain = Self.leastGain * question.changeover / 3600
        var choice = SpotPlacement.onDemand
        var least = costs[.onDemand] ?? .infinity
        for (placement, known) in costs.ordered where DeadlineShield.allows(placement, question) {
            let cost = placement == .waiting ? known + gain : known
            guard cost < least else { continue }
            choice = placement
            least = cost
        }
        guard choice != question.placement, question.placement != .waiting,
            let staying = costs[question.placement], DeadlineShield.allows(question.placement, question)
        else { return choice }
        return staying <= least + gain ? question.placement : choice
    }

    /// What each placement is expected to cost until the work is done.
    struct Costs {
        fileprivate(set) var ordered: [(placement: SpotPlacement, cost: Double)] = []

        /// In hours on demand; nil for what was not looked at.
        subscript(placement: SpotPlacement) -> Double? {
            ordered.first { $0.placement == placement }?.cost
        }

        fileprivate mutating func lower(_ placement: SpotPlacement, to cost: Double) {
            guard let index = ordered.firstIndex(where: { $0.placement == placement }) else {
                ordered.append((placement, cost))
                return
            }
            ordered[index].cost = min(ordered[index].cost, cost)
        }
    }

    /// Without pools there is nothing to wait for.
    func costs(_ question: SpotQuestion) -> Costs {
        var costs = Costs()
        for pools in Self.groups(question) {
            let (up, down) = Self.shapes(of: pools, question)
            let lattice = tables.lattice(ActionTerms(question, pools: pools))
            let situation = ActionSituation(question, pools: pools, on: lattice.grid)
            var sums = [Double](repeating: 0, count: 2 + pools.count)
            for corner in lattice.corners(up: up, down: down) {
                situation.add(corner, to: &sums)
            }
            costs.lower(.waiting, to: sums[0])
            costs.lower(.onDemand, to: sums[1])
            for (index, pool) in pools.enumerated() { costs.lower(.spot(pool: pool), to: sums[2 + index]) }
        }
        return costs
    }

    /// The pools to look at together: the only one, or pairs of the most promising.
    private static func groups(_ question: SpotQuestion) -> [[Int]] {
        guard question.pools.count > 1 else { return question.pools.isEmpty ? [] : [[0]] }
        // The cheaper first, so that two prices have one order.
        func isBefore(_ one: Int, _ other: Int) -> Bool {
            (question.pools[one].priceRatio, one) < (question.pools[other].priceRatio, other)
        }
        guard question.pools.count > 2 else { return [[0, 1].sorted(by: isBefore)] }
        let best = promising(question).prefix(mostPools).sorted(by: isBefore)
        return best.indices.flatMap { first in
            best[(first + 1)...].map { [best[first], $0] }
        }.filter { pair in
            // Only with the pool that it runs in is it known what staying there costs.
            question.standingPool.map { pair.contains($0) } ?? true
        }
    }

    /// The pool that it runs in, those with capacity by what they cost with their next interruption, and those without by
    /// how soon they may have some again.
    private static func promising(_ question: SpotQuestion) -> [Int] {
        func rank(_ index: Int) -> (Int, Double) {
            let pool = question.pools[index]
            if question.standingPool == index { return (0, 0) }
            guard pool.isUp else {
                return (2, pool.priceRatio * (pool.spellAge / 3600 + SpellHazard.measuredScaleHours))
            }
            let hazard = SpellHazard.measured.perHour(atAge: pool.spellAge / 3600)
            return (1, pool.priceRatio + hazard * question.changeover / 3600)
        }
        return question.pools.indices.map { ($0, rank($0)) }.sorted { $0.1 < $1.1 }.map(\.0)
    }

    private static func shapes(of pools: [Int], _ question: SpotQuestion) -> (up: Double, down: Double) {
        let seen = pools.map { question.pools[$0].seen }
        func shape(prior: Double, _ ends: Double, _ logAges: Double) -> Double {
            (prior * priorWeight + ends) / (priorWeight + logAges)
        }
        return (
            shape(
                prior: question.prior.shape,
                seen.reduce(0) { $0 + $1.ends },
                seen.reduce(0) { $0 + $1.logAges }
            ),
            shape(
                prior: absenceShape,
                seen.reduce(0) { $0 + $1.returns },
                seen.reduce(0) { $0 + $1.logAbsences }
            )
        )
    }
}
