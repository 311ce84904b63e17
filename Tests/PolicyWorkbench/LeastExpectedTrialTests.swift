import Foundation
import PolicyWorkbench
import Simulation
import Testing

@testable import Planning

@Suite("What the policy of least expected cost comes to")
struct LeastExpectedTrialTests {
    /// Spells of Lomax distributions, in ticks.
    private static func market(
        pools: Int,
        gap: Int64,
        ticks: Int,
        ratios: [Double],
        _ chance: inout SeededGenerator
    ) throws -> TracedMarket {
        let texts = (0..<pools).map { _ in
            var text = ""
            var isUp = true
            while text.count < ticks {
                let shape = isUp ? 0.95 : 1.1
                let hours = SpellHazard.measuredScaleHours * (pow(chance.number(from: 1e-9, to: 1), -1 / shape) - 1)
                let length = min(ticks, max(1, Int((hours * 3600 / Double(gap)).rounded())))
                text += String(repeating: isUp ? "1" : "0", count: length)
                isUp.toggle()
            }
            return String(text.prefix(ticks))
        }
        return try TracedMarket(pools: texts, gap: gap, ratios: ratios)
    }

    @Test("where spells are as it believes, it costs no more than it expects, and not much less", arguments: [1, 2])
    func promise(pools: Int) throws {
        var chance = SeededGenerator(seed: 3)
        let ratios = Array([0.3, 0.35].prefix(pools))
        let terms = try TrialTerms(workSeconds: 12 * 3600, deadlineSeconds: 16 * 3600, changeoverSeconds: 720)
        let tables = ActionTables()
        var policy = LeastExpectedCost(sharing: tables)
        var (expected, paid) = (0.0, 0.0)
        for _ in 0..<300 {
            let market = try Self.market(pools: pools, gap: 200, ticks: 300, ratios: ratios, &chance)
            let question = SpotQuestion(
                elapsed: 0,
                work: 12 * 3600,
                workLeft: 12 * 3600,
                timeLeft: 16 * 3600,
                step: 200,
                changeover: 720,
                largestChangeover: 720,
                changeoverLeft: 0,
                placement: .waiting,
                pools: market.pools.map { .init(isUp: $0.isUp[0], spellAge: 0, priceRatio: $0.priceRatio) }
            )
            let choice = policy.choose(question)
            expected += try #require(policy.costs(question)[choice])
            paid += PolicyTrial(market: market, terms: terms).run(policy, from: 0).costOnDemandHours
        }
        // Waiting is reckoned too dear, and with two pools by more.
        #expect(paid <= 1.02 * expected, "\(paid / 300) h instead of \(expected / 300)")
        #expect(paid >= (pools == 1 ? 0.92 : 0.84) * expected, "\(paid / 300) h instead of \(expected / 300)")
    }

    @Test(
        "on the reference's traces it is never late, near the optimum, and nowhere worse than the best published rule",
        .enabled(if: PolicyReference.loaded != nil)
    )
    func reference() async throws {
        let reference = try #require(PolicyReference.loaded)
        var all: [Double] = []
        for environment in reference.environments {
            let grid = try PolicyGrid(
                market: environment.market(priceRatio: reference.price_ratio),
                cells: environment.cells.map {
                    try TrialTerms(
                        workSeconds: Int64(reference.work_hours * 3600),
                        deadlineSeconds: Int64(($0.deadline_hours * 3600).rounded()),
                        changeoverSeconds: Int64(($0.changeover_hours * 3600).rounded())
                    )
                },
                starts: environment.starts
            )
            var (ours, published) = (0.0, 0.0)
            for (cell, expected) in zip(await grid.run([.standard], findsOptimum: false), environment.cells) {
                let runs = try #require(cell.runs[.standard])
                #expect(runs.allSatisfy { !$0.isLate })
                let optimum = expected.optimum.reduce(0, +)
                let ratio = runs.map(\.costOnDemandHours).reduce(0, +) / optimum
                // No more than rounding is below what is possible.
                for (run, least) in zip(runs, expected.optimum) { #expect(run.costOnDemandHours >= least - 0.02) }
                all.append(ratio)
                ours += ratio
                published += try #require(expected.costs["ratio"]).reduce(0, +) / optimum
            }
            #expect(ours <= published * 1.005, "\(environment.trace): \(ours / published)")
        }
        let mean = all.reduce(0, +) / Double(all.count)
        #expect(mean <= 1.05, "\(mean)")
    }
}
