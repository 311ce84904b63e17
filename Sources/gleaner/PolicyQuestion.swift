import Foundation
import Model
import Planning
import PolicyWorkbench
import Simulation

/// What `gleaner simulate policy` was asked, read and checked.
struct PolicyQuestion {
    /// Policies, in the order to show them.
    let rules: [SpotRule]

    /// One for each market, with the name of its trace.
    let grids: [(name: String, grid: PolicyGrid)]

    init(_ command: PolicyCommand) throws {
        rules = try Self.rules(command.policy)
        let work = try OptionText.duration("--work", command.work)
        let deadlines = try OptionText.list("--deadline", command.deadline, OptionText.duration)
        let changeovers = try OptionText.list("--changeover", command.changeover, OptionText.duration)
        var cells: [TrialTerms] = []
        for deadline in deadlines {
            for changeover in changeovers {
                cells.append(
                    try TrialTerms(
                        workSeconds: work,
                        deadlineSeconds: deadline,
                        changeoverSeconds: changeover,
                        changeoverJitter: command.changeoverJitter
                    )
                )
            }
        }
        let ticks = try command.startTicks.map { try OptionText.list("--start-ticks", $0, OptionText.tick) }
        guard (1...100_000).contains(command.starts) else {
            throw CommandFailure("--starts \(command.starts): give 1 to 100000")
        }
        let longest = deadlines.max() ?? work
        grids = try Self.markets(command).map { name, market in
            let starts = try ticks ?? market.spreadStarts(command.starts, deadlineSeconds: longest)
            return (name, try PolicyGrid(market: market, cells: cells, starts: starts, seed: command.seed))
        }
    }

    /// How many parts are done for each policy and for the optimum.
    var partCount: Int { grids.reduce(0) { $0 + $1.grid.partCount } }

    private static func markets(_ command: PolicyCommand) throws -> [(name: String, market: TracedMarket)] {
        let traces = try command.trace.map { path in
            (name: path, trace: try OptionText.trace(path))
        }
        let nodes = try OptionText.list("--nodes", command.nodes, OptionText.count)
        let ratios = try OptionText.list("--price-ratio", command.priceRatio, OptionText.number)
        guard command.separately else {
            let market = try TracedMarket(traces: traces, nodes: nodes, priceRatios: ratios)
            return [(traces.map(\.name).joined(separator: ", "), market)]
        }
        guard ratios.count == 1 || ratios.count == traces.count else {
            throw PolicyTrialError.priceRatiosDoNotMatch(ratios: ratios.count, traces: traces.count)
        }
        guard nodes.count == 1 || nodes.count == traces.count else {
            throw PolicyTrialError.nodesDoNotMatch(counts: nodes.count, traces: traces.count)
        }
        return try traces.indices.map { index in
            let market = try TracedMarket(
                traces: [traces[index]],
                nodes: [nodes.count == 1 ? nodes[0] : nodes[index]],
                priceRatios: [ratios.count == 1 ? ratios[0] : ratios[index]]
            )
            return (traces[index].name, market)
        }
    }

    /// Each once, however often it was named.
    private static func rules(_ names: [String]) throws -> [SpotRule] {
        var rules: [SpotRule] = []
        for name in names.flatMap({ $0.split(separator: ",") }).map({ $0.trimmingCharacters(in: .whitespaces) }) {
            let named: [SpotRule]
            if name == "all" {
                named = SpotRule.allCases
            } else if let rule = SpotRule(rawValue: name) {
                named = [rule]
            } else {
                throw PolicyTrialError.unknownPolicy(name, known: SpotRule.allCases.map(\.rawValue) + ["all"])
            }
            rules += named.filter { !rules.contains($0) }
        }
        guard !rules.isEmpty else { throw CommandFailure("--policy: give at least one") }
        return rules
    }
}
