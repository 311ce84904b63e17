import Foundation

/// The built program, run as a process.
final class Program {
    struct Outcome {
        var status: Int32
        var output: String
        var errors: String
    }

    struct Unended: Error, CustomStringConvertible {
        var description: String
    }

    private let process = Process()
    private let outputPath: String
    private let errorsPath: String

    /// Where the package's files are.
    static let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Beside the tests' own program, where the build puts both.
    static let gleaner: String = {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let beside = URL(filePath: own).deletingLastPathComponent().appending(path: "gleaner").path()
        if FileManager.default.isExecutableFile(atPath: beside) { return beside }
        return package.appending(path: ".build/debug/gleaner").path()
    }()

    /// Starts a program in the package's folder.
    ///
    /// - Parameters:
    ///   - arguments: the program's.
    ///   - executable: the program, by default ours.
    ///   - environment: added to the tests' own.
    ///   - folder: where its output goes.
    /// - Throws: when it cannot be started.
    init(
        _ arguments: [String],
        executable: String = Program.gleaner,
        environment: [String: String] = [:],
        folder: URL
    ) throws {
        let name = UUID().uuidString
        outputPath = folder.appending(path: "\(name).out").path()
        errorsPath = folder.appending(path: "\(name).err").path()
        for path in [outputPath, errorsPath] { _ = FileManager.default.createFile(atPath: path, contents: nil) }
        process.executableURL = URL(filePath: executable)
        process.arguments = arguments
        process.currentDirectoryURL = Self.package
        process.environment = ProcessInfo.processInfo.environment
            .filter { !$0.key.hasPrefix("AWS_") && $0.key != "KUBECONFIG" }
            .merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle(forWritingAtPath: outputPath)
        process.standardError = FileHandle(forWritingAtPath: errorsPath)
        try process.run()
    }

    deinit {
        kill()
    }

    var isRunning: Bool { process.isRunning }
    var output: String { Self.text(outputPath) }
    var errors: String { Self.text(errorsPath) }

    private static func text(_ path: String) -> String {
        String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    }

    /// What a power cut is to it.
    func kill() {
        guard process.isRunning else { return }
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// What a machine that is starved, or moved to another host, is to it.
    func freeze() { Foundation.kill(process.processIdentifier, SIGSTOP) }

    func thaw() { Foundation.kill(process.processIdentifier, SIGCONT) }

    /// Asks it to end, as a supervisor does.
    func terminate() {
        process.terminate()
    }

    /// Waits for its end.
    ///
    /// - Parameter seconds: after so many it is killed.
    /// - Returns: what it said, and its exit code.
    /// - Throws: `Unended` when it was killed.
    func end(within seconds: Double = 20) async throws -> Outcome {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while process.isRunning {
            guard ContinuousClock.now < deadline else {
                kill()
                throw Unended(description: "still running after \(seconds) s; it said: \(errors)")
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        return Outcome(status: process.terminationStatus, output: output, errors: errors)
    }

    /// Runs a program to its end.
    static func run(
        _ arguments: [String],
        executable: String = Program.gleaner,
        environment: [String: String] = [:],
        folder: URL,
        within seconds: Double = 20
    ) async throws -> Outcome {
        try await Program(arguments, executable: executable, environment: environment, folder: folder)
            .end(within: seconds)
    }
}
