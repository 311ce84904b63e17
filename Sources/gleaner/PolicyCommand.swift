import ArgumentParser
import Foundation
import Kubernetes
import Model
import Planning
import PolicyWorkbench
import Simulation

struct PolicyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy",
        abstract: "Says what a workload with a deadline would have cost on measured spot capacity.",
        discussion: """
            Runs one workload again and again, from several moments of a trace on, and decides at each tick as the service \
            would: spot, on demand, or wait. Each start of an instance costs the changeover before work goes on. Costs are \
            in hours of on-demand capacity; capacity from before the start is not shown to the policy.

              gleaner simulate policy --trace us-east-1a.json --work 48h --deadline 60h --changeover 12m --price-ratio 0.3
              gleaner simulate policy --trace us-east-1a.json --trace us-east-1c.json --price-ratio 0.3,0.35 \\
                --work 48h --deadline 52h,60h,92h --changeover 72s,24m --policy all --svg costs.svg

            A trace says how many instances could be had in each tick: {"metadata": {"gap_seconds": 300}, "data": [0, 1]}. \
            Several traces are pools that are open at the same time, tick by tick; with --separately each is a market of \
            its own, and the figures are means.

            With --policy all, or several, they are compared with each other and with the optimum: the least cost of who \
            knows all of the trace beforehand. It is exact, and takes longer than any policy. With --separately the table also says \
            what the standard policy, or else the first, costs over each other one, with the confidence interval over traces.
            """
    )

    @Option(parsing: .upToNextOption, help: "A trace of spot capacity, JSON; several are pools open at the same time.")
    var trace: [String]

    @Option(help: "How many instances the workload needs at once; one number for all traces, or one for each.")
    var nodes = "1"

    @Option(help: "How long the work takes, such as 48h.")
    var work: String

    @Option(help: "Until when it must be done, from its start on, such as 60h; several with commas between.")
    var deadline: String

    @Option(help: "What each start takes before work goes on, such as 720s; several with commas between.")
    var changeover: String

    @Option(help: "Starts take the changeover times a number from 1 - J to 1 + J, by chance.")
    var changeoverJitter = 0.0

    @Option(help: "Of what starts take with --changeover-jitter.")
    var seed: UInt64 = 0

    @Option(help: "The spot price over the on-demand price, such as 0.3; one for all traces, or one for each.")
    var priceRatio: String

    @Option(
        help: ArgumentHelp(
            "A policy, or all; may be given several times. There are: \(PolicyCommand.names).",
            valueName: "name"
        )
    )
    var policy: [String] = [SpotRule.standard.rawValue]

    @Option(help: "The ticks of the trace at which the workload starts, with commas between; the first is 0.")
    var startTicks: String?

    @Option(help: "Without --start-ticks: from how many ticks, spread evenly over the trace.")
    var starts = 20

    @Flag(help: "Each trace is a market of its own; figures are means over them.")
    var separately = false

    @Option(help: "Also draw the costs against the deadline's slack, with the optimum, into this file.")
    var svg: String?

    @Option(name: .shortAndLong, help: "table or json.")
    var output: TableOrJSON = .table

    private static let names = SpotRule.allCases.map(\.rawValue).joined(separator: ", ")

    func run() async throws {
        try await Console.run {
            let question = try PolicyQuestion(self)
            let findsOptimum = question.rules.count > 1 || svg != nil
            var progress = ProgressLine(
                total: question.partCount * (question.rules.count + (findsOptimum ? 1 : 0)),
                doing: "trying policies"
            )
            var markets: [PolicyReport.Market] = []
            for (name, grid) in question.grids {
                let cells = await grid.run(question.rules, findsOptimum: findsOptimum) { progress.advance() }
                markets.append(PolicyReport.Market(name: name, cells: cells))
            }
            progress.end()
            let report = PolicyReport(markets: markets, rules: question.rules, isSeparate: separately)
            if let svg {
                let chart = PolicyChart(report.comparison, title: report.title)
                do {
                    try Data(chart.svg.utf8).write(to: URL(filePath: svg), options: .atomic)
                } catch {
                    throw CommandFailure("--svg \(svg): cannot be written: \(error.localizedDescription)")
                }
            }
            switch output {
            case .json: Console.printData(report.json.description)
            case .table: Console.printData(report.table)
            }
        }
    }
}
