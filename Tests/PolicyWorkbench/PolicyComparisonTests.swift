import Foundation
import Planning
import PolicyWorkbench
import Simulation
import Testing

@Suite("Policies compared")
struct PolicyComparisonTests {
    private func grid(seed: UInt64 = 3, jitter: Double = 0) throws -> PolicyGrid {
        var chance = SeededGenerator(seed: 5)
        let market = try TracedMarket.random(pools: 2, ticks: 300, gap: 600, &chance)
        var cells: [TrialTerms] = []
        for deadline in [14, 18, 24] as [Int64] {
            for changeover in [300, 1200] as [Int64] {
                cells.append(
                    try TrialTerms(
                        workSeconds: 12 * 3600,
                        deadlineSeconds: deadline * 3600,
                        changeoverSeconds: changeover,
                        changeoverJitter: jitter
                    )
                )
            }
        }
        return try PolicyGrid(market: market, cells: cells, starts: [0, 20, 60, 150], seed: seed)
    }

    @Test("a grid gives the same runs every time, whatever ends first")
    func determinism() async throws {
        let rules: [SpotRule] = [.ssr, .greedy, .slackRatio]
        let first = try await grid(jitter: 0.5).run(rules, findsOptimum: true)
        for _ in 0..<3 {
            let again = try await grid(jitter: 0.5).run(rules, findsOptimum: true)
            for (one, other) in zip(first, again) {
                #expect(one.terms == other.terms && one.runs == other.runs && one.optimum == other.optimum)
            }
        }
        let other = try await grid(seed: 4, jitter: 0.5).run(rules, findsOptimum: true)
        #expect(zip(first, other).contains { $0.runs != $1.runs })
    }

    @Test("every part is reported once")
    func parts() async throws {
        var parts = 0
        let grid = try grid()
        _ = await grid.run([.ssr, .greedy], findsOptimum: true) { parts += 1 }
        #expect(parts == grid.partCount * 3)
    }

    @Test("figures are means over starts, and the optimum's are the least")
    func rows() async throws {
        let rules: [SpotRule] = [.onDemand, .ssr]
        let cells = try await grid().run(rules, findsOptimum: true)
        let comparison = PolicyComparison([cells, cells], rules: rules)
        #expect(comparison.runsPerRow == 8)
        #expect(comparison.rows.map(\.rule) == (0..<6).flatMap { _ in [SpotRule.onDemand, .ssr, nil] })
        let onDemand = comparison.rows(of: .onDemand)
        #expect(onDemand.map(\.deadlineSeconds) == [14, 14, 18, 18, 24, 24].map { $0 * 3600 })
        #expect(abs(onDemand[0].costShare - (12 * 3600 + 300) / (12 * 3600.0)) < 1e-9)
        #expect(onDemand[0].starts == 1 && onDemand[0].spotHours == 0)
        for (row, optimum) in zip(comparison.rows(of: .ssr), comparison.rows(of: nil)) {
            #expect(row.costShare >= optimum.costShare - 1e-6)
            let ratio = try #require(row.overOptimum)
            #expect(abs(ratio - row.costShare / optimum.costShare) < 1e-9)
            #expect(row.lateRuns == 0)
        }
        let mean = try #require(comparison.mean(of: .ssr))
        #expect(mean.costShare < 1 && (mean.overOptimum ?? 0) >= 1)
    }

    @Test("one policy over another: by market, with Student's interval over markets")
    func contrast() async throws {
        func market(_ text: String) async throws -> [PolicyGrid.Cell] {
            let terms = try TrialTerms(workSeconds: 3600, deadlineSeconds: 7200, changeoverSeconds: 0)
            let grid = try PolicyGrid(market: TracedMarket(text), cells: [terms], starts: [0])
            return await grid.run([.onDemand, .slackRatio], findsOptimum: false)
        }
        let always = try await market("111111111111")
        let never = try await market("000000000000")
        let contrast = PolicyContrast(of: .slackRatio, over: .onDemand, [always, never])
        #expect(abs(contrast.ratios[0] - 0.3) < 1e-12 && contrast.ratios[1] == 1)
        #expect(abs(contrast.mean - 0.65) < 1e-12 && contrast.worst == 1)
        // The standard error of the mean is 0.35.
        #expect(abs((contrast.halfWidth ?? 0) - 12.706 * 0.35) < 1e-9)
        #expect(PolicyContrast(of: .slackRatio, over: .onDemand, [always]).halfWidth == nil)
    }

    @Test("without the optimum there is nothing to be over")
    func withoutOptimum() async throws {
        let comparison = PolicyComparison([try await grid().run([.ssr], findsOptimum: false)], rules: [.ssr])
        #expect(comparison.rows.count == 6 && comparison.rows.allSatisfy { $0.overOptimum == nil })
        #expect(comparison.mean(of: nil) == nil)
    }

    @Test("the plot is well-formed, has a line and a name for each policy and for the optimum, and no script")
    func chart() async throws {
        let rules = SpotRule.allCases
        let comparison = PolicyComparison([try await grid().run(rules, findsOptimum: true)], rules: rules)
        let svg = PolicyChart(comparison, title: "12 h of work & <more>").svg
        #expect(svg.contains("12 h of work &amp; &lt;more>"))
        // Two panels; the right one is without the optimum, which is its base, and without on demand.
        #expect(svg.ranges(of: "<polyline").count == 2 * rules.count + 1 - 1)
        #expect(svg.ranges(of: "<circle").count == 3 * (2 * rules.count))
        for name in rules.map(\.rawValue) + ["optimum"] { #expect(svg.contains(">\(name)</text>")) }
        #expect(svg.contains("prefers-color-scheme: dark"))
        #expect(!svg.contains("script") && !svg.contains("nan") && !svg.contains("inf"))
        for tag in ["svg", "style", "text"] {
            #expect(svg.ranges(of: "<\(tag)").count == svg.ranges(of: "</\(tag)>").count)
        }
    }
}
