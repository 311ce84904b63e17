import Foundation

/// Runs a trainer as a local process, asks it to stop as Kubernetes does, and sees how it ends.
package struct TrialRun: Sendable {
    package var words: [String]
    package var environment: [String: String]
    /// Where it runs; nil for the caller's folder.
    package var folder: String?
    /// How long it works before SIGTERM.
    package var after: Duration
    /// From SIGTERM until it is killed.
    package var grace: Duration
    /// Whether only exit codes from 128 on start it again.
    package var needsSignalCode = false

    package init(
        words: [String],
        environment: [String: String],
        folder: String? = nil,
        after: Duration,
        grace: Duration
    ) {
        self.words = words
        self.environment = environment
        self.folder = folder
        self.after = after
        self.grace = grace
    }

    /// Runs it to its end. What it prints goes to standard error. Nobody of its process group is left behind, also when
    /// the task is cancelled.
    ///
    /// - Returns: How it ended.
    /// - Throws: `TrialError` when it cannot be started, `CancellationError`.
    package func run() async throws -> TrialOutcome {
        let process = try started()
        defer { process.killGroup() }
        do {
            if let ending = try await ending(of: process, within: after) { return outcome(ending) }
            let asked = ContinuousClock.now
            // Only the container's first process is asked.
            process.signal(SIGTERM)
            if let ending = try await ending(of: process, within: grace) {
                return outcome(ending, secondsAfterSignal: Self.seconds(asked.duration(to: .now)))
            }
            process.killGroup()
            process.reap()
            return outcome(.killed, secondsAfterSignal: Self.seconds(asked.duration(to: .now)))
        } catch {
            process.killGroup()
            process.reap()
            throw error
        }
    }

    private func outcome(_ ending: TrialOutcome.Ending, secondsAfterSignal: Double? = nil) -> TrialOutcome {
        TrialOutcome(
            ending: ending,
            secondsAfterSignal: secondsAfterSignal,
            needsSignalCode: needsSignalCode,
            grace: grace
        )
    }

    private func started() throws -> TrialProcess {
        guard let program = words.first, !program.isEmpty else { throw TrialError.nothingToRun }
        if let folder {
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue else {
                throw TrialError.noFolder(folder)
            }
        }
        return try TrialProcess(
            path: try path(of: program),
            words: words,
            environment: environment,
            folder: folder
        )
    }

    private func path(of program: String) throws -> String {
        if program.contains("/") {
            let place = program.hasPrefix("/") ? program : (folder.map { "\($0)/" } ?? "") + program
            guard FileManager.default.isExecutableFile(atPath: place) else { throw TrialError.noProgram(program) }
            return program
        }
        for folder in (environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":") {
            let candidate = "\(folder)/\(program)"
            if FileManager.default.isExecutableFile(atPath: candidate) { return candidate }
        }
        throw TrialError.noProgram(program)
    }

    private func ending(of process: TrialProcess, within time: Duration) async throws -> TrialOutcome.Ending? {
        let deadline = ContinuousClock.now + time
        while true {
            if let ending = process.ending() { return ending }
            guard ContinuousClock.now < deadline else { return nil }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    private static func seconds(_ duration: Duration) -> Double {
        let (seconds, attoseconds) = duration.components
        return Double(seconds) + Double(attoseconds) / 1e18
    }
}

/// Why a trial could not begin.
package enum TrialError: Error, Equatable, CustomStringConvertible {
    case nothingToRun
    case noProgram(String)
    case noFolder(String)
    case notStarted(String, String)

    package var description: String {
        switch self {
        case .nothingToRun:
            "the manifest does not say what the image runs; say it after --, as in: --run-command -- python3 train.py"
        case .noProgram(let name):
            "\(name) is no program here; say another command after --, as in: --run-command -- python3 train.py"
        case .noFolder(let path):
            "the container's working directory \(path) is not here; name another one with --directory"
        case .notStarted(let command, let reason):
            "\(command) cannot be started: \(reason)"
        }
    }
}
