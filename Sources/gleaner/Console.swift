import ArgumentParser
import ConfigurationFile
import Foundation
import Logging
import Model
import Simulation

/// What a person reads: data on standard output, messages on standard error.
enum Console {
    static func say(_ message: String) {
        FileHandle.standardError.write(Data((message + "\n").utf8))
    }

    static func printData(_ text: String) {
        FileHandle.standardOutput.write(Data((text.hasSuffix("\n") ? text : text + "\n").utf8))
    }

    /// Runs a command's body; what it throws is said in one place, and becomes the exit code.
    static func run(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let error as ExitCode {
            throw error
        } catch is CancellationError {
            return
        } catch let error as ConfigurationError {
            say("\(error)")
            throw ExitCode(2)
        } catch let error as WorldConfigurationError {
            say("\(error)")
            throw ExitCode(2)
        } catch let error as CloudCatalogueError {
            say("\(error)")
            throw ExitCode(2)
        } catch {
            say("gleaner: \(error)")
            throw ExitCode(1)
        }
    }

    @Sendable static func logLevel(_ text: String) throws -> Logger.Level {
        guard let level = Logger.Level(rawValue: text) else {
            let names = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("\"\(text)\" is no log level; there are: \(names)")
        }
        return level
    }

    static func logger(level: Logger.Level) -> Logger {
        var logger = Logger(label: "gleaner") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = level
        return logger
    }
}

/// What a command printed cannot go on with.
struct CommandFailure: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) {
        self.description = description
    }
}

/// A file that says, once it is there, that a process serves and where.
struct ReadyFile<Content: Codable> {
    var path: String

    func write(_ content: Content) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try encoder.encode(content).write(to: URL(filePath: path), options: .atomic)
    }

    func read() -> Content? {
        FileManager.default.contents(atPath: path).flatMap { try? JSONDecoder().decode(Content.self, from: $0) }
    }
}
