import ArgumentParser
import Foundation
import NoticeWorkbench

/// Measures how long a crowd of notices takes to reach the pods.
@main
struct NoticeBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "notice-benchmark",
        abstract: "Measures the time from an interruption notice until its pod is asked to save.",
        discussion: """
            The service's own loop, journal and Kubernetes client run against an API server on loopback with one \
            training on each node; every second saves on SIGTERM, the others on a POST. With --queue the notices come out \
            of an SQS queue on loopback, in which all are from the first moment on, and the cloud's other endpoints are \
            there as well. Exits with 1 when a pod was not asked, or one twice, or a message was lost or left.
            """
    )

    @Option(help: "How many nodes are taken back.")
    var notices = 1000

    @Option(help: "Within how many milliseconds the notices come.")
    var withinMilliseconds = 1000

    @Option(help: "How many milliseconds the API server takes for an answer.")
    var answerMilliseconds = 5

    @Option(help: "The order of the notices.")
    var seed: UInt64 = 1

    @Option(help: "How often it is measured.")
    var runs = 3

    @Flag(help: "Read the notices from an SQS queue on loopback, which holds them all at once.")
    var queue = false

    @Option(help: "The shape catalogue of the cloud behind the queue.")
    var catalogue = "config/catalogues/aws-us-east-1.csv"

    func validate() throws {
        guard notices > 0, runs > 0, withinMilliseconds >= 0, answerMilliseconds >= 0 else {
            throw ValidationError("All numbers must be positive.")
        }
    }

    func run() async throws {
        try await queue ? measureQueue() : measureStorm()
    }

    private func measureQueue() async throws {
        print(Self.line("journaled", "all after ms", "asked", "all acted ms", "left", "empty ms"))
        var isWhole = true
        for _ in 0..<runs {
            let outcome = try await Self.withFolder {
                try await QueueRun(
                    count: notices,
                    answerAfter: .milliseconds(answerMilliseconds),
                    catalogue: catalogue
                ).run(folder: $0)
            }
            print(
                Self.line(
                    "\(outcome.recordedInstances)/\(outcome.messages)",
                    Self.milliseconds(outcome.journaledAfter),
                    "\(outcome.asked)/\(outcome.messages)",
                    Self.milliseconds(outcome.actedAfter),
                    "\(outcome.left)",
                    Self.milliseconds(outcome.emptyAfter)
                )
            )
            isWhole = isWhole && outcome.isWhole
        }
        if !isWhole { throw ExitCode.failure }
    }

    private static func withFolder<Value>(_ body: (String) async throws -> Value) async throws -> Value {
        let folder = FileManager.default.temporaryDirectory.appending(path: "gleaner-notices-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try await body(folder.path)
    }

    private func measureStorm() async throws {
        print(Self.line("asked", "median ms", "99% ms", "last ms", "all after ms", "twice"))
        var isWhole = true
        for run in 0..<runs {
            let outcome = try await Self.withFolder {
                try await NoticeRun(
                    count: notices,
                    within: .milliseconds(withinMilliseconds),
                    answerAfter: .milliseconds(answerMilliseconds),
                    seed: seed &+ UInt64(run)
                ).run(folder: $0)
            }
            print(
                Self.line(
                    "\(outcome.asked)/\(outcome.trainings)",
                    Self.milliseconds(outcome.delay(at: 0.5)),
                    Self.milliseconds(outcome.delay(at: 0.99)),
                    Self.milliseconds(outcome.delays.last ?? 0),
                    Self.milliseconds(outcome.total),
                    "\(outcome.repeated)"
                )
            )
            isWhole = isWhole && outcome.asked == outcome.trainings && outcome.repeated == 0
        }
        if !isWhole { throw ExitCode.failure }
    }

    private static func milliseconds(_ seconds: Double) -> String { "\(Int((seconds * 1000).rounded()))" }

    private static func line(_ cells: String...) -> String {
        cells.map { String(repeating: " ", count: max(0, 13 - $0.count)) + $0 }.joined()
    }
}
