import Foundation
import Planning
import PolicyWorkbench
import Simulation
import Testing

/// Costs from an implementation of its own, which is checked against the simulator of the paper's authors and against
/// exhaustive search. Beside the repository; without it there is nothing to hold against.
struct PolicyReference: Decodable, Sendable {
    struct Environment: Decodable, Sendable {
        struct Cell: Decodable, Sendable {
            var deadline_hours: Double
            var changeover_hours: Double
            var costs: [String: [Double]]
            var optimum: [Double]
        }

        /// A file's name without directory, with the number of nodes after a colon if there are several.
        var trace: String
        var starts: [Int]
        var cells: [Cell]

        func market(priceRatio: Double) throws -> TracedMarket {
            let parts = trace.split(separator: ":")
            let path = PolicyReference.shared.appending(path: "traces/\(parts[0])")
            let trace = try CapacityTrace(json: Data(contentsOf: path))
            return try TracedMarket(
                traces: [(String(parts[0]), trace)],
                nodes: [parts.count > 1 ? Int64(parts[1]) ?? 1 : 1],
                priceRatios: [priceRatio]
            )
        }
    }

    var work_hours: Double
    var price_ratio: Double
    var environments: [Environment]

    static let shared = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "shared")

    static let loaded: PolicyReference? = {
        guard let data = try? Data(contentsOf: shared.appending(path: "bench/policy-reference.json")) else {
            return nil
        }
        return try? JSONDecoder().decode(PolicyReference.self, from: data)
    }()
}

@Suite("Costs equal those of an implementation of its own", .enabled(if: PolicyReference.loaded != nil))
struct ReferenceTests {
    private func terms(_ reference: PolicyReference, _ cell: PolicyReference.Environment.Cell) throws -> TrialTerms {
        try TrialTerms(
            workSeconds: Int64(reference.work_hours * 3600),
            deadlineSeconds: Int64((cell.deadline_hours * 3600).rounded()),
            changeoverSeconds: Int64((cell.changeover_hours * 3600).rounded())
        )
    }

    @Test("every published policy costs the same to the last digit given")
    func policies() async throws {
        let reference = try #require(PolicyReference.loaded)
        let rules = SpotRule.allCases.filter { reference.environments[0].cells[0].costs[$0.rawValue] != nil }
        #expect(rules.count == 6)
        for environment in reference.environments {
            let grid = try PolicyGrid(
                market: environment.market(priceRatio: reference.price_ratio),
                cells: environment.cells.map { try terms(reference, $0) },
                starts: environment.starts
            )
            let cells = await grid.run(rules, findsOptimum: false)
            for (cell, expected) in zip(cells, environment.cells) {
                for rule in rules {
                    let runs = try #require(cell.runs[rule])
                    let costs = try #require(expected.costs[rule.rawValue])
                    #expect(runs.map(\.startTick) == environment.starts)
                    #expect(runs.allSatisfy { !$0.isLate })
                    // The reference lets SSR see the spell's age from before the start.
                    guard rule != .ssr else { continue }
                    for (run, cost) in zip(runs, costs) {
                        #expect(
                            abs(run.costOnDemandHours - cost) <= 1e-4,
                            "\(rule) on \(environment.trace) from \(run.startTick) under \(cell.terms)"
                        )
                    }
                }
            }
        }
    }

    @Test("SSR without history from before the start costs 1.0534 of the optimum")
    func ssr() async throws {
        let reference = try #require(PolicyReference.loaded)
        var ratios: [Double] = []
        var same = 0
        for environment in reference.environments {
            let grid = try PolicyGrid(
                market: environment.market(priceRatio: reference.price_ratio),
                cells: environment.cells.map { try terms(reference, $0) },
                starts: environment.starts
            )
            for (cell, expected) in zip(await grid.run([.ssr], findsOptimum: false), environment.cells) {
                let costs = try #require(cell.runs[.ssr]).map(\.costOnDemandHours)
                ratios.append(costs.reduce(0, +) / expected.optimum.reduce(0, +))
                same += zip(costs, try #require(expected.costs["ssr"])).count { abs($0 - $1) <= 1e-4 }
            }
        }
        let mean = ratios.reduce(0, +) / Double(ratios.count)
        #expect(abs(mean - 1.0534) < 5e-5, "\(mean)")
        // Starts in an old spell are few; all others are decided alike.
        #expect(same > ratios.count * 20 * 9 / 10, "\(same) of \(ratios.count * 20)")
    }

    @Test("the optimum is the same", arguments: [0, 4, 9, 12])
    func optimum(environmentIndex: Int) throws {
        let reference = try #require(PolicyReference.loaded)
        let environment = reference.environments[environmentIndex]
        let market = try environment.market(priceRatio: reference.price_ratio)
        for cell in environment.cells {
            let optimum = Optimum(market: market, terms: try terms(reference, cell))
            // Of many starts a few: the finest cells take a second each.
            for index in cell.changeover_hours < 0.1 ? [3] : [1, 7] {
                let cost = optimum.costOnDemandHours(from: environment.starts[index])
                #expect(abs(cost - cell.optimum[index]) <= 1e-3, "\(environment.trace) \(cell.deadline_hours)")
            }
        }
    }
}
