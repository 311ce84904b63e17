import Foundation
import Logging
import Model
import TestSupport
import Testing

@testable import Simulation

@Suite("The cloud's HTTP front")
struct AWSAPITests {
    private static let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/boto3_client.py").path(percentEncoded: false)
    private static let python = ProcessInfo.processInfo.environment["GLEANER_PYTHON"] ?? "python3"

    static let hasBoto3 = run(["-c", "import boto3"]).status == 0

    @Test(
        "boto3 goes through every call and reads every answer",
        .enabled(if: hasBoto3, "needs Python with boto3: install it, or name the interpreter in GLEANER_PYTHON")
    )
    func boto3() async throws {
        let result = try await withServer { port in
            await withCheckedContinuation { continuation in
                Thread.detachNewThread {
                    continuation.resume(
                        returning: Self.run([Self.script, "http://127.0.0.1:\(port)", "AKIDGLEANER", "secret/+key"])
                    )
                }
            }
        }
        #expect(result.status == 0, "\(result.output)")
        #expect(result.output.contains("all calls agree"))
    }

    @Test("a port in use is a message that names it")
    func portInUse() async throws {
        let message = try await withServer { port in
            var configuration = AWSAPIConfiguration(accessKeys: [:])
            configuration.port = port
            do {
                try await AWSAPIServer(
                    configuration: configuration,
                    front: try StillWorld(),
                    logger: Logger(label: "test"),
                    onRunning: { _ in }
                ).run()
                return "it ran"
            } catch {
                return String(describing: error)
            }
        }
        #expect(message.hasPrefix("cannot listen on 127.0.0.1:"))
        #expect(message.contains("choose another port"))
    }

    /// Runs a server on a free port for as long as the body takes.
    private func withServer<R: Sendable>(_ body: @Sendable (Int) async throws -> R) async throws -> R {
        let world = try StillWorld()
        return try await serving {
            AWSAPIServer(
                configuration: AWSAPIConfiguration(accessKeys: ["AKIDGLEANER": "secret/+key"]),
                front: world,
                logger: silentLogger,
                onRunning: $0
            )
        } _: {
            try await body($0)
        }
    }

    private static func run(_ arguments: [String]) -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [python] + arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        do {
            try process.run()
        } catch {
            return (-1, String(describing: error))
        }
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, output)
    }
}
