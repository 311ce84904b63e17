import Planning
import PolicyWorkbench
import Simulation
import Testing

@Suite("The optimum")
struct OptimumTests {
    /// Every sequence of decisions that there is, under the rules of a trial.
    private struct ExhaustiveSearch {
        var market: TracedMarket
        var terms: TrialTerms

        func least(
            tick: Int = 0,
            _ placement: SpotPlacement = .waiting,
            workLeft: Int64? = nil,
            unpaid: Int64 = 0
        ) -> Double? {
            let work = workLeft ?? terms.workSeconds
            guard work > 0 else { return 0 }
            let timeLeft = terms.deadlineSeconds - Int64(tick) * market.gapSeconds
            guard timeLeft >= work else { return nil }
            let step = min(market.gapSeconds, timeLeft)
            var choices: [(SpotPlacement, Double)] = [(.waiting, 0), (.onDemand, 1)]
            for pool in market.pools.indices where market.pools[pool].isUp[tick] {
                choices.append((.spot(pool: pool), market.pools[pool].priceRatio))
            }
            return choices.compactMap { choice, price -> Double? in
                if choice == .waiting { return least(tick: tick + 1, .waiting, workLeft: work) }
                let owed = choice == placement ? unpaid : terms.changeoverSeconds
                let used = min(step, owed + work)
                let paid = min(owed, used)
                let rest = least(tick: tick + 1, choice, workLeft: work - (used - paid), unpaid: owed - paid)
                return rest.map { $0 + Double(used) * price }
            }.min()
        }
    }

    @Test("is the least cost of all that could have been done", arguments: 0..<120)
    func exhaustive(seed: Int) throws {
        var chance = SeededGenerator(seed: UInt64(seed))
        let gap: Int64 = 10
        let changeover = chance.integer(in: 0...22)
        let work = chance.integer(in: 5...40)
        let deadline = work + changeover + chance.integer(in: 0...max(0, 70 - work - changeover))
        let market = try TracedMarket.random(
            pools: Int(chance.integer(in: 1...2)),
            ticks: Int(deadline / gap) + 1,
            gap: gap,
            &chance
        )
        let terms = try TrialTerms(workSeconds: work, deadlineSeconds: deadline, changeoverSeconds: changeover)
        let searched = try #require(ExhaustiveSearch(market: market, terms: terms).least())
        let found = Optimum(market: market, terms: terms).costOnDemandHours(from: 0)
        #expect(abs(found * 3600 - searched) < 1e-3, "\(found * 3600) of \(searched)")
    }

    @Test("of several pools is never above that of one of them, nor any policy below it", arguments: 0..<30)
    func pools(seed: Int) throws {
        var chance = SeededGenerator(seed: UInt64(seed))
        let work = chance.integer(in: 60...400) * 60
        let changeover = chance.integer(in: 0...20) * 60
        let terms = try TrialTerms(
            workSeconds: work,
            deadlineSeconds: work + changeover + chance.integer(in: 0...300) * 60,
            changeoverSeconds: changeover
        )
        let both = try TracedMarket.random(pools: 3, ticks: 400, gap: 300, &chance)
        let least = Optimum(market: both, terms: terms).costOnDemandHours(from: 7)
        for pool in both.pools {
            let text = pool.isUp.map { $0 ? "1" : "0" }.joined()
            let alone = try TracedMarket(text, gap: 300, ratios: [pool.priceRatio])
            #expect(least <= Optimum(market: alone, terms: terms).costOnDemandHours(from: 7) + 1e-4)
        }
        let tables = ActionTables()
        for rule in SpotRule.allCases {
            let run = PolicyTrial(market: both, terms: terms).run(rule.policy(sharing: tables), from: 7)
            #expect(run.costOnDemandHours >= least - 1e-3, "\(rule)")
        }
    }
}
