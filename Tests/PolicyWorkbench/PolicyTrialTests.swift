import Planning
import PolicyWorkbench
import Simulation
import Testing

@Suite("Policies tried on traces")
struct PolicyTrialTests {
    private func terms(
        work: Int64,
        deadline: Int64,
        changeover: Int64,
        jitter: Double = 0
    ) throws -> TrialTerms {
        try TrialTerms(
            workSeconds: work,
            deadlineSeconds: deadline,
            changeoverSeconds: changeover,
            changeoverJitter: jitter
        )
    }

    @Test("a start costs its changeover at the price of where it starts, and waiting costs nothing")
    func starts() throws {
        let market = try TracedMarket("001111111111111")
        let trial = PolicyTrial(market: market, terms: try terms(work: 3600, deadline: 9000, changeover: 300))
        let run = trial.run(GreedySpot(), from: 0)
        #expect(run.starts == 1 && !run.isLate)
        #expect(run.spotSeconds == 3900 && run.onDemandSeconds == 0)
        #expect(abs(run.costOnDemandHours - 3900 * 0.3 / 3600) < 1e-12)
    }

    @Test("spot capacity lost during its changeover is paid for, and the next start pays all of it again")
    func lostWhileStarting() throws {
        let market = try TracedMarket("100" + String(repeating: "1", count: 15))
        let trial = PolicyTrial(market: market, terms: try terms(work: 3600, deadline: 10_800, changeover: 900))
        let run = trial.run(GreedySpot(), from: 0)
        #expect(run.starts == 2)
        #expect(run.spotSeconds == 600 + 900 + 3600)
    }

    @Test("a move between pools is a start, and each pool has its price")
    func moves() throws {
        let market = try TracedMarket("1111111111", "1111111111", ratios: [0.5, 0.25])
        let trial = PolicyTrial(market: market, terms: try terms(work: 1800, deadline: 6000, changeover: 60))
        let script = [0, 0, 1, 1, 1, 1].map { SpotPlacement.spot(pool: $0) }
        let run = trial.run(Scripted(answers: script), from: 0)
        // 1140 s of work on the first, the rest and a changeover on the second.
        #expect(run.starts == 2 && run.spotSeconds == 1920)
        #expect(abs(run.costOnDemandSeconds - (1200 * 0.5 + 720 * 0.25)) < 1e-9)
    }

    @Test("who stops and starts again at the same place pays again; who stays does not")
    func staying() throws {
        let market = try TracedMarket("0000000000")
        let trial = PolicyTrial(market: market, terms: try terms(work: 1800, deadline: 6000, changeover: 60))
        let script: [SpotPlacement] = [.onDemand, .waiting, .onDemand, .onDemand]
        let run = trial.run(Scripted(answers: script), from: 0)
        #expect(run.starts == 2 && run.onDemandSeconds == 1920 && run.costOnDemandSeconds == 1920)
    }

    @Test("the age of a spell counts from the start tick on")
    func spellAges() throws {
        struct Spy: SpotPolicy {
            final class Ages: @unchecked Sendable {
                var seen: [Double] = []
            }
            let ages = Ages()
            func choose(_ question: SpotQuestion) -> SpotPlacement {
                ages.seen.append(question.pools[0].spellAge)
                return .onDemand
            }
        }
        let market = try TracedMarket("1111100011111")
        let spy = Spy()
        let trial = PolicyTrial(market: market, terms: try terms(work: 4200, deadline: 5400, changeover: 0))
        _ = trial.run(spy, from: 3)
        #expect(spy.ages.seen == [0, 600, 0, 600, 1200, 0, 600])
    }

    @Test("no policy however reckless is ever late", arguments: [0, 0.3, 0.5, 1])
    func neverLate(jitter: Double) throws {
        var chance = SeededGenerator(seed: 11)
        let tables = ActionTables()
        for round in 0..<400 {
            let gap = chance.integer(in: 10...400)
            let work = chance.integer(in: 1...5000)
            let changeover = chance.integer(in: 0...900)
            let needed = Double(work) + Double(changeover) * (1 + jitter)
            let deadline = Int64(needed.rounded(.up)) + (chance.chance(0.2) ? 0 : chance.integer(in: 0...6000))
            let market = try TracedMarket.random(
                pools: Int(chance.integer(in: 1...3)),
                ticks: Int(deadline / gap) + 2,
                gap: gap,
                &chance
            )
            let trial = PolicyTrial(
                market: market,
                terms: try terms(work: work, deadline: deadline, changeover: changeover, jitter: jitter),
                seed: UInt64(round)
            )
            let reckless: [any SpotPolicy] = [
                Always(placement: .waiting), Always(placement: .spot(pool: 0)), Always(placement: .spot(pool: 1)),
                Erratic(chance: SeededGenerator(seed: UInt64(round))),
            ]
            // Tables for terms that never come again take longer than all the rest.
            let rules = SpotRule.allCases.filter { $0 != .leastExpected || round % 40 == 0 }
            for policy in reckless + rules.map({ $0.policy(sharing: tables) }) {
                let run = trial.run(policy, from: 0)
                #expect(!run.isLate, "\(policy) in round \(round)")
                #expect(run.spotSeconds + run.onDemandSeconds >= Double(work) - 1e-3)
                #expect(run.spotSeconds + run.onDemandSeconds <= Double(deadline) + 1e-3)
            }
        }
    }

    @Test("starts vary by chance with jitter, within its bounds, alike for the same seed")
    func jitter() throws {
        let market = try TracedMarket("0000000000000000")
        func held(seed: UInt64, from start: Int = 0) throws -> Double {
            let terms = try terms(work: 1800, deadline: 6000, changeover: 600, jitter: 0.5)
            return PolicyTrial(market: market, terms: terms, seed: seed).run(OnDemandOnly(), from: start)
                .onDemandSeconds
        }
        let all = try (0..<50).map { try held(seed: $0) }
        #expect(try held(seed: 7) == all[7])
        #expect(Set(all).count == 50)
        #expect(all.allSatisfy { (2100...2700).contains($0) })
        #expect((all.min() ?? 0) < 2200 && (all.max() ?? 0) > 2600)
        #expect(try held(seed: 7, from: 1) != all[7])
    }

    @Test("what cannot be tried is refused with its reason")
    func refusals() throws {
        let market = try TracedMarket("1111111111", gap: 600)
        #expect(
            throws: PolicyTrialError.deadlineTooShort(
                deadlineSeconds: 4100,
                workSeconds: 3600,
                changeoverSeconds: 600
            )
        ) { try terms(work: 3600, deadline: 4100, changeover: 600) }
        #expect(throws: PolicyTrialError.self) { try terms(work: 3600, deadline: 4200, changeover: 600, jitter: 0.5) }
        #expect(throws: PolicyTrialError.badJitter(1.5)) {
            try terms(work: 3600, deadline: 9000, changeover: 600, jitter: 1.5)
        }
        #expect(throws: PolicyTrialError.badWork(0)) { try terms(work: 0, deadline: 9000, changeover: 600) }
        let good = try terms(work: 3600, deadline: 4300, changeover: 600)
        #expect(market.lastStart(deadlineSeconds: 4300) == 2)
        #expect(throws: Never.self) { try PolicyGrid(market: market, cells: [good], starts: [0, 2]) }
        #expect(throws: PolicyTrialError.noRoomAfterStart(3, deadlineSeconds: 4300, lastStart: 2)) {
            try PolicyGrid(market: market, cells: [good], starts: [0, 3])
        }
        let long = try terms(work: 3600, deadline: 7000, changeover: 600)
        #expect(throws: PolicyTrialError.tracesTooShort(seconds: 6000, deadlineSeconds: 7000)) {
            try PolicyGrid(market: market, cells: [long], starts: [0])
        }
        #expect(throws: PolicyTrialError.priceRatiosDoNotMatch(ratios: 2, traces: 1)) {
            try TracedMarket("11", ratios: [0.3, 0.4])
        }
        #expect(throws: PolicyTrialError.badPriceRatio(0)) { try TracedMarket("11", ratios: [0]) }
    }

    @Test("starts are spread from the first tick to the last possible")
    func spread() throws {
        let market = try TracedMarket(String(repeating: "1", count: 100), gap: 600)
        #expect(try market.spreadStarts(4, deadlineSeconds: 6000) == [0, 30, 60, 90])
        #expect(try market.spreadStarts(1, deadlineSeconds: 6000) == [45])
    }
}
