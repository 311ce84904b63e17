import Foundation
package import Model

/// The files of a replay and the configurations to be compared on them.
package struct ReplayBench: Sendable {
    package let replay: Replay
    /// On-demand alone first, then the configurations in their order.
    package let scenarios: [Replay.Scenario]
    /// What was left out, taken for granted, or is not as it may seem.
    package let notes: [String]
    private let seed: UInt64

    /// What the column is called that has no spot.
    package static let onDemandName = "on-demand only"

    /// - Parameters:
    ///   - workloads: The file of past workloads.
    ///   - traces: Files and folders.
    ///   - traceFactor: How many nodes one of a trace stands for.
    ///   - prices: Files.
    ///   - configurations: With the paths of their files; where there are none, one of everything is made.
    ///   - patience: How long after the last submission the replay ends at the latest.
    ///   - seed: Of everything that is left to chance.
    /// - Throws: `ReplayError`, `ManifestError`, `CloudCatalogueError`.
    package init(
        workloads: String,
        traces: [String],
        traceFactor: Int64 = 1,
        prices: [String],
        configurations: [(path: String, configuration: GleanerConfiguration)],
        patience: Duration = .seconds(14 * 86_400),
        seed: UInt64 = 1
    ) throws {
        let prices = try ReplayPrices(paths: prices)
        var traces = try ReplayTraces(paths: traces)
        traces.factor = traceFactor
        var named = Self.named(configurations)
        if named.isEmpty { named = [("default", try Replay.standardConfiguration(prices, traces))] }
        let first = named[0].configuration
        let file = try ReplayFile(
            path: workloads,
            assumedLength: first.defaultExpectedRuntime,
            restore: .seconds(first.changeover.restoreSeconds)
        )
        let replay = Replay(
            file: file,
            prices: prices,
            traces: traces,
            seed: seed,
            changeover: first.changeover,
            patience: patience
        )
        let scenarios = try named.map { try replay.scenario($0.configuration, name: $0.name) }
        let base = try replay.scenario(Replay.onDemandOnly(first), name: Self.onDemandName)
        self.replay = replay
        self.scenarios = [base] + scenarios
        self.seed = seed
        let span = replay.submissions
        notes =
            ["\(file.workloads.count) workloads, submitted \(span.lowerBound) to \(span.upperBound)"] + file.notes
            + Self.notes(of: scenarios)
    }

    /// Names by which columns are told apart: those of the files, with their folders only where they must be.
    private static func named(
        _ configurations: [(path: String, configuration: GleanerConfiguration)]
    ) -> [(name: String, configuration: GleanerConfiguration)] {
        let names = configurations.map { URL(filePath: $0.path).lastPathComponent }
        return configurations.enumerated().map { index, item in
            let isAlone = names.count { $0 == names[index] } == 1
            return (isAlone ? names[index] : item.path, item.configuration)
        }
    }

    /// What holds for all is said once.
    private static func notes(of scenarios: [Replay.Scenario]) -> [String] {
        var result: [String] = []
        for scenario in scenarios {
            for note in scenario.notes where !result.contains(note) {
                let isCommon = scenarios.allSatisfy { $0.notes.contains(note) }
                result.append(isCommon ? note : "\(scenario.name): \(note)")
            }
        }
        return result
    }

    /// - Parameter outcomes: Of all scenarios, in their order.
    /// - Returns: The report.
    package func report(_ outcomes: [ReplayOutcome]) -> ReplayReport {
        ReplayReport(submissions: replay.submissions, seed: seed, outcomes: outcomes, notes: notes)
    }

    /// Runs one scenario after another.
    /// - Returns: The report.
    package func run() -> ReplayReport { report(scenarios.map { replay.run($0) }) }
}
