import Foundation

/// Other commands of this same program, started and stopped by process id.
final class ChildProcesses {
    private struct Child {
        var name: String
        var process: Process
        var log: String
    }

    private let folder: URL
    private var children: [Child] = []

    init(folder: URL) {
        self.folder = folder
    }

    /// Starts a command; what it says goes to a log in the folder.
    ///
    /// - Parameters:
    ///   - name: what messages call it.
    ///   - arguments: the command's.
    ///   - environment: added to this process's own; nil removes.
    /// - Throws: when it cannot be started.
    func start(_ name: String, _ arguments: [String], environment: [String: String?] = [:]) throws {
        let log = folder.appending(path: "\(name).log").path()
        _ = FileManager.default.createFile(atPath: log, contents: nil)
        guard let output = FileHandle(forWritingAtPath: log) else { throw CommandFailure("\(log): cannot be written") }
        let process = Process()
        process.executableURL = URL(
            filePath: CommandLine.arguments[0].contains("/") ? CommandLine.arguments[0] : "/proc/self/exe"
        )
        if let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") {
            process.executableURL = URL(filePath: own)
        }
        process.arguments = arguments
        var merged = ProcessInfo.processInfo.environment
        for (key, value) in environment { merged[key] = value }
        process.environment = merged
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        try process.run()
        children.append(Child(name: name, process: process, log: log))
    }

    /// - Throws: when one of them has ended, with the last that it said.
    func check() throws {
        for child in children where !child.process.isRunning {
            let text = FileManager.default.contents(atPath: child.log).map { String(decoding: $0, as: UTF8.self) } ?? ""
            let last = text.split(separator: "\n").suffix(5).joined(separator: "\n")
            throw CommandFailure("the \(child.name) ended with code \(child.process.terminationStatus):\n\(last)")
        }
    }

    /// Waits until a process says that it serves.
    func wait<Content: Codable>(for ready: ReadyFile<Content>) async throws -> Content {
        for _ in 0..<600 {
            if let content = ready.read() { return content }
            try check()
            try await Task.sleep(for: .milliseconds(50))
        }
        throw CommandFailure("the \(children.last?.name ?? "process") did not answer within 30 s")
    }

    /// Asks all to end, the last one first; kills those that do not.
    func stopAll() {
        for child in children.reversed() where child.process.isRunning { child.process.terminate() }
        let deadline = Date().addingTimeInterval(5)
        for child in children.reversed() {
            while child.process.isRunning, Date() < deadline { usleep(20_000) }
            if child.process.isRunning { kill(child.process.processIdentifier, SIGKILL) }
            child.process.waitUntilExit()
        }
    }
}
