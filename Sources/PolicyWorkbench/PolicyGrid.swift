package import Planning

/// Policies tried on one market, for several terms and from several starts each.
package struct PolicyGrid: Sendable {
    /// All that was tried under the same terms.
    package struct Cell: Sendable {
        package let terms: TrialTerms

        /// For each policy its runs, in the order of the starts.
        package internal(set) var runs: [SpotRule: [PolicyRun]] = [:]

        /// The least costs in hours of on-demand capacity, in the order of the starts; empty unless asked for.
        package internal(set) var optimum: [Double] = []
    }

    /// A part of the grid that one core does at a time.
    private enum Part: Sendable {
        case runs(SpotRule, [PolicyRun])
        case optimum([Double])
    }

    private let market: TracedMarket
    private let cells: [TrialTerms]
    private let starts: [Int]
    private let seed: UInt64

    /// - Parameters:
    ///   - market: the capacity.
    ///   - cells: the terms that are tried.
    ///   - starts: the ticks from which each is tried.
    ///   - seed: of what starts take where that varies.
    /// - Throws: `PolicyTrialError` when the traces do not go on for long enough after a start.
    package init(
        market: TracedMarket,
        cells: [TrialTerms],
        starts: [Int],
        seed: UInt64 = 0
    ) throws(PolicyTrialError) {
        for terms in cells {
            let deadline = terms.deadlineSeconds
            guard let last = market.lastStart(deadlineSeconds: deadline) else {
                throw .tracesTooShort(
                    seconds: Int64(market.tickCount) * market.gapSeconds,
                    deadlineSeconds: deadline
                )
            }
            if let bad = starts.first(where: { !(0...last).contains($0) }) {
                throw .noRoomAfterStart(bad, deadlineSeconds: deadline, lastStart: last)
            }
        }
        self.market = market
        self.cells = cells
        self.starts = starts
        self.seed = seed
    }

    /// How many parts `run` reports for each policy, and for the optimum.
    package var partCount: Int { cells.count }

    /// Tries the policies, on all cores.
    ///
    /// - Parameters:
    ///   - rules: the policies.
    ///   - findsOptimum: whether to find the least costs too, which takes longer than any policy.
    ///   - didPart: called after each part, one call at a time.
    /// - Returns: the cells, in the order in which they were given.
    package func run(_ rules: [SpotRule], findsOptimum: Bool, didPart: () -> Void = {}) async -> [Cell] {
        let tables = ActionTables()
        return await withTaskGroup(of: (Int, Part).self) { group in
            for (index, terms) in cells.enumerated() {
                if findsOptimum {
                    group.addTask {
                        let optimum = Optimum(market: market, terms: terms)
                        return (index, .optimum(starts.map { optimum.costOnDemandHours(from: $0) }))
                    }
                }
                for rule in rules {
                    group.addTask {
                        let trial = PolicyTrial(market: market, terms: terms, seed: seed)
                        return (index, .runs(rule, starts.map { trial.run(rule.policy(sharing: tables), from: $0) }))
                    }
                }
            }
            var results = cells.map { Cell(terms: $0) }
            for await (index, part) in group {
                switch part {
                case .runs(let rule, let runs): results[index].runs[rule] = runs
                case .optimum(let costs): results[index].optimum = costs
                }
                didPart()
            }
            return results
        }
    }
}
