import ArgumentParser
import Foundation
import Kubernetes
import Model
import Planning
import PolicyWorkbench
import Simulation

struct CheckpointCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "checkpoints",
        abstract: "Says what checkpoints, and work computed again, take of measured spot capacity.",
        discussion: """
            Runs a workload through every spell of capacity of the traces, and saves when the service would ask it to: by \
            what it knows of the pool's hazard at that moment, the age of the spell and the cost of a checkpoint. Wasted \
            is the time that goes into checkpoints, and all that is computed after the last one of a spell.

              gleaner simulate checkpoints --trace us-east-1a.json us-east-1c.json --cost 30s,2m,5m,10m --notice 2m,none

            Beside the advice stand Young's interval sqrt(2 cost x mean time between losses), of which each trace's own \
            mean is known beforehand, and the best fixed interval in hindsight, of all traces and of each. A checkpoint \
            that fits into the notice less 5 s is made then: regular ones guard against ends without a notice alone. The \
            advice begins each trace with --interruptions-per-day, and learns from its spells as they come.

            A trace says how many instances could be had in each tick: {"metadata": {"gap_seconds": 300}, "data": [0, 1]}. \
            Capacity that was there in one tick and not in the next went at some moment between: a spell ends at any \
            moment of its last tick, each equally likely. With --whole-ticks it ends with the tick, and then the best \
            fixed interval in hindsight is the one that divides the ticks.
            """
    )

    @Option(parsing: .upToNextOption, help: "A trace of spot capacity, JSON; may be given several times.")
    var trace: [String]

    @Option(help: "How many instances the workload needs at once; one number for all traces, or one for each.")
    var nodes = "1"

    @Option(help: "What a checkpoint takes, such as 2m; several with commas between.")
    var cost = "30s,2m,5m,10m"

    @Option(help: "How long before a spell's end it is announced, such as 2m, or none; several with commas between.")
    var notice = "2m,none"

    @Option(help: "Ends that come without a notice all the same, as a share of all.")
    var unannounced = SpellHazardEstimate.priorUnannouncedShare

    @Option(help: "What the advice expects of a node's first day before it has seen anything.")
    var interruptionsPerDay = CheckpointTrial.measuredInterruptionsInFirstDay

    @Flag(help: "A spell ends with its last tick, not at any moment of it.")
    var wholeTicks = false

    @Option(name: .shortAndLong, help: "table or json.")
    var output: TableOrJSON = .table

    func run() async throws {
        try await Console.run {
            let traces = try spells()
            let costs = try OptionText.list("--cost", cost, OptionText.duration)
            let notices = try OptionText.list("--notice", notice) { option, text in
                text == "none" ? nil : try OptionText.duration(option, text)
            }
            var cells: [CheckpointReport.Cell] = []
            for notice in notices {
                for cost in costs {
                    cells.append(try cell(cost: cost, notice: notice, of: traces))
                }
            }
            var progress = ProgressLine(total: cells.count, doing: "trying checkpoints")
            let report = await CheckpointReport(traces: traces, cells: cells) { progress.advance() }
            progress.end()
            switch output {
            case .json: Console.printData(report.json.description)
            case .table: Console.printData(report.table)
            }
        }
    }

    private func cell(cost: Int64, notice: Int64?, of traces: [CapacitySpells]) throws -> CheckpointReport.Cell {
        do throws(PolicyTrialError) {
            let terms = try CheckpointTerms(
                costSeconds: cost,
                noticeSeconds: notice,
                unannouncedShare: unannounced,
                endsWithinTick: !wholeTicks
            )
            let trial = try CheckpointTrial(
                traces: traces,
                terms: terms,
                interruptionsInFirstDay: interruptionsPerDay
            )
            return CheckpointReport.Cell(terms: terms, trial: trial)
        } catch {
            throw Self.option(of: error).map { CommandFailure("\($0): \(error)") } ?? error
        }
    }

    /// The option that a mistake is in, with its value; nil when it is in none alone.
    private static func option(of error: PolicyTrialError) -> String? {
        switch error {
        case .badCheckpointCost(let seconds): "--cost \(seconds)s"
        case .badNotice(let seconds): "--notice \(seconds)s"
        case .badUnannouncedShare(let share): "--unannounced \(String(format: "%g", share))"
        case .badInterruptionsPerDay(let count): "--interruptions-per-day \(String(format: "%g", count))"
        default: nil
        }
    }

    private func spells() throws -> [CapacitySpells] {
        let counts = try OptionText.list("--nodes", nodes, OptionText.count)
        guard counts.count == 1 || counts.count == trace.count else {
            throw PolicyTrialError.nodesDoNotMatch(counts: counts.count, traces: trace.count)
        }
        return try trace.enumerated().map { index, path in
            try CapacitySpells(
                name: path,
                trace: try OptionText.trace(path),
                nodes: counts.count == 1 ? counts[0] : counts[index]
            )
        }
    }
}
