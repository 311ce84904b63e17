/// What finishing costs at least when all of the trace is known beforehand, and every start takes what is expected.
///
/// An exact dynamic programme over step, placement and slack. Slack is the time left less the work left and less what the
/// present start still takes: waiting spends a step of it, a start spends a changeover, and running spends none. All times
/// are multiples of one unit, so that nothing is rounded but the sum of costs.
package struct Optimum: Sendable {
    private let market: TracedMarket
    private let terms: TrialTerms

    package init(market: TracedMarket, terms: TrialTerms) {
        self.market = market
        self.terms = terms
    }

    /// Finds the least cost from a tick on.
    /// - Parameter startTick: at most the market's `lastStart` for the deadline.
    /// - Returns: hours of on-demand capacity.
    package func costOnDemandHours(from startTick: Int) -> Double {
        let unit = [terms.workSeconds, terms.deadlineSeconds, terms.changeoverSeconds]
            .reduce(market.gapSeconds, Self.greatestCommonDivisor)
        let deadline = Int(terms.deadlineSeconds / unit)
        let gap = Int(market.gapSeconds / unit)
        let slack = deadline - Int(terms.workSeconds / unit)
        var table = OptimumTable(
            slacks: slack + 1,
            changeover: Int(terms.changeoverSeconds / unit),
            priceRatios: [1] + market.pools.map { Float($0.priceRatio) }
        )
        var isUp = [Bool](repeating: true, count: market.pools.count + 1)
        for step in stride(from: (deadline + gap - 1) / gap - 1, through: 0, by: -1) {
            for pool in market.pools.indices { isUp[pool + 1] = market.pools[pool].isUp[startTick + step] }
            let timeLeft = deadline - step * gap
            table.stepBack(timeLeft: timeLeft, step: min(gap, timeLeft), isUp: isUp)
        }
        return Double(table.leastCost) * Double(unit) / 3600
    }

    private static func greatestCommonDivisor(_ first: Int64, _ second: Int64) -> Int64 {
        second == 0 ? first : greatestCommonDivisor(second, first % second)
    }
}
