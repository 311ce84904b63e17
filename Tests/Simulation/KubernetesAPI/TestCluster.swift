import Foundation
import Kubernetes
import Logging
import ServiceLifecycle
import Simulation
import TestSupport

/// A cluster without a world: a store, a clock that stands still, and nobody who acts on either.
actor TestCluster: ClusterFront {
    private var store: ObjectStore
    private var now: Int64
    private var signals = ChangeSignals()

    init(now: Int64 = 1_763_700_000_000) {
        self.now = now
        store = ObjectStore(now: now)
    }

    @discardableResult
    func withStore<Value: Sendable>(
        _ body: @Sendable (inout ObjectStore, Int64) throws -> Value
    ) async throws -> Value {
        defer { signals.notify() }
        return try body(&store, now)
    }

    func changeSignals() async -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let source = signals.subscribe()
        let relay = Task {
            for await _ in source { continuation.yield() }
        }
        watchers += 1
        continuation.onTermination = { _ in
            relay.cancel()
            Task { await self.forgetWatcher() }
        }
        return stream
    }

    /// How many watches are being served.
    private(set) var watchers = 0

    private func forgetWatcher() { watchers -= 1 }

    func advance(seconds: Int64) { now += seconds * 1000 }

    /// Serves this cluster on a free port while the body runs.
    nonisolated func serving<Value: Sendable>(
        _ settings: KubernetesAPI<TestCluster>.Settings = .init(),
        _ body: @Sendable (Int) async throws -> Value
    ) async throws -> Value {
        try await TestSupport.serving {
            KubernetesAPI(front: self, settings: settings, logger: silentLogger, onListening: $0)
        } _: {
            try await body($0)
        }
    }
}

/// A program's exit and what it said.
struct Outcome: Sendable {
    var status: Int32
    var output: String
    var errors: String
}

/// Runs kubectl against a server, with a home of its own.
struct Kubectl: Sendable {
    /// Where kubectl is, none when it is not installed.
    static let path: String? = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        .map { "\($0)/kubectl" }.first { FileManager.default.isExecutableFile(atPath: $0) }

    let port: Int
    let home: URL
    var token: String?

    init(port: Int, token: String? = nil) throws {
        self.port = port
        self.token = token
        home = FileManager.default.temporaryDirectory.appendingPathComponent("kubectl-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
    }

    func write(_ name: String, _ text: String) throws -> String {
        let file = home.appendingPathComponent(name)
        try Data(text.utf8).write(to: file)
        return file.path
    }

    /// Runs a command to its end, or ends it after that many seconds.
    func run(_ arguments: [String], seconds: Double = 60) async throws -> Outcome {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.path ?? "/usr/bin/false")
        process.arguments =
            ["--server", "http://127.0.0.1:\(port)"] + (token.map { ["--token", $0] } ?? []) + arguments
        process.environment = [
            "HOME": home.path, "KUBECONFIG": "/dev/null", "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "",
        ]
        let files = ["out", "err"].map { home.appendingPathComponent("\(UUID().uuidString).\($0)") }
        for file in files { try Data().write(to: file) }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: files[0])
        process.standardError = try FileHandle(forWritingTo: files[1])
        let (ends, end) = AsyncStream<Void>.makeStream()
        process.terminationHandler = { _ in end.finish() }
        try process.run()
        let id = process.processIdentifier
        let watchdog = Task {
            try await Task.sleep(for: .seconds(seconds))
            kill(id, SIGTERM)
        }
        for await _ in ends {}
        watchdog.cancel()
        let texts = try files.map { String(decoding: try Data(contentsOf: $0), as: UTF8.self) }
        return Outcome(status: process.terminationStatus, output: texts[0], errors: texts[1])
    }
}
