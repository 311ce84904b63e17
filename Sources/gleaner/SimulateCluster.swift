import ArgumentParser
import ConfigurationFile
import Foundation
import HTTPTransport
import Model
import Simulation

struct SimulateCluster: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cluster",
        abstract: "Says what a month of a cluster would have cost, from files alone.",
        discussion: """
            Submits past workloads again, each at its time, to a simulated cluster and cloud with recorded spot capacity \
            and prices, and lets the service decide as it does in production, in virtual time. Several --config stand \
            side by side; the first column is the first of them with on-demand alone.

            WORKLOADS are what kubectl prints, YAML or JSON: Jobs, JobSets, PyTorchJobs, MPIJobs and lone Pods.
              kubectl get jobs,pods -A -o yaml > month.yaml
            metadata.creationTimestamp is when each is submitted. Its members compute for as long as the first of these \
            says: the annotation world.gleaner.dev/work; the containers' times of its pods, where the file holds them; \
            status.startTime to completionTime, which has the wait for nodes in it; the annotation \
            gleaner.dev/expected-runtime; the first configuration's defaultExpectedRuntime. Status and whatever else \
            the cluster wrote counts for nothing else. Annotations gleaner.dev/... hold as in a cluster: work with \
            gleaner.dev/checkpoint (http is taken for signal) is kept at an interruption; work without begins anew, or \
            at its last gleaner.dev/checkpoint-interval. Namespaces, volumes, claims and priority classes may stand in \
            the file too; claims that do not are taken to be reachable from everywhere.

            TRACES are files {"metadata": {"gap_seconds": 300}, "data": [0, 1, 1, ...]}, or folders of them: how many \
            nodes could be had in each step. The name says of what: INSTANCETYPE_ZONE.json, or one that ends in \
            ZONE_MODEL_COUNT.json (..._us-west-2a_v100_1.json: every machine with one V100). They begin at the first \
            submission, or at metadata.start where that is a time, and again at their end. Spot without a trace is \
            never sold; on-demand is always to be had.

            PRICES are a CSV file like config/catalogues/aws-us-east-1.csv (machines, on-demand prices, average spot \
            saving), and for spot prices as they were what AWS prints:
              aws ec2 describe-spot-price-history --output json --product-descriptions Linux/UNIX > spot.json

            How long starts take is the first configuration's changeover, for all of them.
            """
    )

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case table
        case json
        case csv
    }

    @Option(help: "Workloads of the past, YAML or JSON.")
    var workloads: String

    @Option(parsing: .upToNextOption, help: "Spot capacity: a folder of traces, or files.")
    var traces: [String]

    @Option(help: "A CSV file; spot price histories in JSON beside it, each with a --prices of its own.")
    var prices: [String]

    @Option(
        help: """
            The service's configuration, YAML; may be given several times. Default: one pool with every machine of the \
            CSV file, which believes all annotations.
            """
    )
    var config: [String] = []

    @Option(help: "How many nodes one of a trace stands for: a trace that was recorded with one node speaks of one.")
    var traceFactor: Int64 = 1

    @Option(help: "How long after the last submission the replay ends, if something is not finished by then.")
    var patience = "14d"

    @Option(help: "Of everything that is left to chance.")
    var seed: UInt64 = 1

    @Option(name: .shortAndLong, help: "table, json or csv.")
    var output: Format = .table

    func validate() throws {
        guard (1...100_000).contains(traceFactor) else {
            throw ValidationError("--trace-factor \(traceFactor): must be from 1 to 100000")
        }
        guard let patience = Duration(shorthand: patience), patience > .zero else {
            throw ValidationError("--patience \(patience): must be a duration such as 36h or 14d")
        }
    }

    func run() async throws {
        try await Console.run {
            let bench = try ReplayBench(
                workloads: workloads,
                traces: traces,
                traceFactor: traceFactor,
                prices: prices,
                configurations: try config.map { ($0, try ConfigurationFile.load(path: $0)) },
                patience: Duration(shorthand: patience) ?? .zero,
                seed: seed
            )
            for note in bench.notes { Console.say("gleaner: \(note)") }
            let outcomes = await Self.run(bench)
            let report = bench.report(outcomes)
            switch output {
            case .json: Console.printData(try report.json())
            case .csv: Console.printData(report.csv)
            case .table: Console.printData(report.table)
            }
            for failure in report.failures { Console.say("gleaner: \(failure)") }
            guard report.failures.isEmpty else { throw ExitCode(1) }
        }
    }

    /// Runs all scenarios at once, as far as there are cores.
    private static func run(_ bench: ReplayBench) async -> [ReplayOutcome] {
        let bar = ProgressBar(parts: bench.scenarios.count)
        defer { bar?.finish() }
        return await withTaskGroup(of: (Int, ReplayOutcome).self) { group in
            for (index, scenario) in bench.scenarios.enumerated() {
                group.addTask {
                    (index, bench.replay.run(scenario) { bar?.set(index, to: $0) })
                }
            }
            var outcomes: [(index: Int, outcome: ReplayOutcome)] = []
            for await outcome in group { outcomes.append(outcome) }
            return outcomes.sorted { $0.index < $1.index }.map(\.outcome)
        }
    }
}
