import ArgumentParser
import Foundation
import PlanningWorkbench

/// Measures planning: cost against lower bounds, time, memory, and rules broken.
@main
struct PlanningBenchmark: ParsableCommand {
    enum Output: String, CaseIterable, ExpressibleByArgument {
        case table
        case json
    }

    static let configuration = CommandConfiguration(
        commandName: "planning-benchmark",
        abstract: "Measures planning over seeded inputs, each in a process of its own.",
        discussion: "Exits with 1 when a plan breaks a rule."
    )

    @Option(name: .long, parsing: .upToNextOption, help: "The mixes to measure; all when none is named.")
    var mix: [Mix] = []

    @Option(name: .long, parsing: .upToNextOption, help: "How many pods wait; the usual counts of each mix if absent.")
    var count: [Int] = []

    @Option(name: .long, parsing: .upToNextOption, help: "Seeds of the inputs.")
    var seed: [UInt64] = [1]

    @Option(name: .long, help: "How often each input is planned; the median time counts.")
    var runs = 5

    @Option(name: .shortAndLong, help: "table or json.")
    var output = Output.table

    @Flag(help: .hidden)
    var alone = false

    func validate() throws {
        guard runs > 0 else { throw ValidationError("--runs \(runs): at least 1 is needed.") }
        guard count.allSatisfy({ $0 > 0 }) else { throw ValidationError("--count: at least 1 pod is needed.") }
    }

    func run() throws {
        let cases = (mix.isEmpty ? Mix.allCases : mix).flatMap { mix in
            (count.isEmpty ? Case.usualCounts(mix) : count).flatMap { count in
                seed.map { Case(mix: mix, count: count, seed: $0) }
            }
        }
        if alone, let only = cases.first {
            let measurement = try JSONEncoder().encode(Measurement(only, runs: runs))
            print(String(decoding: measurement, as: UTF8.self))
            return
        }
        if output == .table { print(Report.line(Report.columns)) }
        var measured: [Measurement] = []
        for next in cases {
            let measurement = try measureInChild(next)
            measured.append(measurement)
            if output == .table { show(measurement) }
        }
        let report = Report(measured)
        if output == .json { print(try report.json()) }
        if output == .table {
            for growth in report.growth {
                let ratio = String(format: "%.2f", growth.timePerPodRatio)
                print(
                    "\(growth.mix), seed \(growth.seed): time per pod at \(growth.toPods) is \(ratio) of \(growth.fromPods)"
                )
            }
        }
        if measured.contains(where: { $0.violations > 0 }) { throw ExitCode.failure }
    }

    private func show(_ measurement: Measurement) {
        print(Report.line(Report.row(measurement)))
        fflush(nil)
        for violation in measurement.firstViolations {
            FileHandle.standardError.write(Data("  violation: \(violation)\n".utf8))
        }
    }

    /// A process has but one peak of memory: each case gets its own.
    private func measureInChild(_ next: Case) throws -> Measurement {
        let child = Process()
        child.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        child.arguments = [
            "--alone", "--mix", next.mix.rawValue, "--count", "\(next.count)", "--seed", "\(next.seed)", "--runs",
            "\(runs)",
        ]
        let pipe = Pipe()
        child.standardOutput = pipe
        try child.run()
        let answer = pipe.fileHandleForReading.readDataToEndOfFile()
        child.waitUntilExit()
        guard child.terminationStatus == 0 else {
            throw BenchmarkError.caseFailed(
                mix: next.mix.rawValue,
                count: next.count,
                seed: next.seed,
                status: child.terminationStatus
            )
        }
        return try JSONDecoder().decode(Measurement.self, from: answer)
    }
}

/// Why the benchmark stopped.
enum BenchmarkError: Error, CustomStringConvertible {
    case caseFailed(mix: String, count: Int, seed: UInt64, status: Int32)

    var description: String {
        switch self {
        case .caseFailed(let mix, let count, let seed, let status):
            "the process that measured \(count) pods of \(mix) with seed \(seed) ended with status \(status); "
                + "run it alone with --alone --mix \(mix) --count \(count) --seed \(seed)"
        }
    }
}
