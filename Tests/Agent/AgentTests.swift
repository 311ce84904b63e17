import AWS
import Agent
import Foundation
import HTTPTransport
import Model
import Server
import TestSupport
import Testing

@Suite("An agent, a metadata service, a cluster and a service")
struct AgentTests {
    private let fake = FakeMetadata()
    private let cluster = FakeCluster()
    private let service = Service()
    private let files = TokenFolder()

    private static var habits: Agent.Habits {
        var habits = Agent.Habits()
        habits.pollInterval = .milliseconds(20)
        habits.firstRetry = .milliseconds(20)
        habits.longestRetry = .milliseconds(100)
        return habits
    }

    /// Runs an agent against the fakes while the body runs.
    private func agent(
        metadata: String,
        service: String,
        authorities: String? = nil,
        _ body: () async throws -> Void
    ) async throws {
        let agent = try Agent(
            metadata: InstanceMetadata(endpoint: metadata, http: HTTPClient()),
            service: service,
            tokenFile: files.token,
            authorities: authorities,
            habits: Self.habits,
            logger: silentLogger
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await agent.run() }
            try await body()
            group.cancelAll()
        }
    }

    private func until(_ what: String, _ condition: () -> Bool) async throws {
        for _ in 0..<3000 {
            if condition() { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        Issue.record("not within 30 s: \(what)")
    }

    private static func inSeconds(_ seconds: Int) -> String {
        Timestamp(seconds: Int64(Date().timeIntervalSince1970) + Int64(seconds)).description
    }

    @Test("every announcement is in the journal once, as the notice that it is")
    func endToEnd() async throws {
        try await LoopbackServer.serving({ fake.reply($0) }) { (metadata) async throws in
            try await LoopbackServer.serving({ cluster.reply($0) }) { (api) async throws in
                try await service.serving(cluster: api.url) { (port) async throws in
                    try await agent(metadata: metadata.url, service: "http://127.0.0.1:\(port)") {
                        fake.recommendRebalance(at: Self.inSeconds(-3))
                        try await until("rebalance") { service.journal.notices.count == 1 }
                        fake.announce("events/maintenance/scheduled", MetadataTests.scheduled)
                        try await until("maintenance") { service.journal.notices.count == 3 }
                        fake.forgetTokens()
                        fake.interrupt("stop", at: Self.inSeconds(100))
                        try await until("interruption") { service.journal.notices.count == 4 }
                        let seen = fake.requests.count
                        try await until("more looks") { fake.requests.count > seen + 20 }
                    }
                }
            }
        }
        let kinds = service.journal.notices.map(\.kind)
        #expect(kinds.count == 4)
        #expect(kinds.first == .rebalance)
        #expect(kinds.last == .interruption)
        #expect(service.journal.notices.allSatisfy { $0.instance == InstanceID("i-1") })
    }

    @Test("a notice is reported until the service is there to take it, with the token as it is by then")
    func serviceDown() async throws {
        try await LoopbackServer.serving({ fake.reply($0) }) { (metadata) async throws in
            try await LoopbackServer.serving({ cluster.reply($0) }) { (api) async throws in
                // A port that is free again.
                let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
                try await service.serving(cluster: api.url) { continuation.yield($0) }
                let port = await ports.first { _ in true } ?? 0
                try await agent(metadata: metadata.url, service: "http://127.0.0.1:\(port)") {
                    fake.interrupt(at: Self.inSeconds(100))
                    let seen = fake.requests.count
                    try await until("some looks") { fake.requests.count > seen + 20 }
                    #expect(service.journal.notices.isEmpty)
                    cluster.rotate("token-1", to: "token-new")
                    let later = Service()
                    try await later.serving(cluster: api.url, port: port) { _ in
                        try await Task.sleep(for: .milliseconds(300))
                        #expect(later.journal.notices.isEmpty)
                        try files.write("token-new\n")
                        try await until("interruption") { later.journal.notices.count == 1 }
                    }
                }
            }
        }
    }

    @Test("over TLS, to the service whose authority the file names")
    func tls() async throws {
        let own = try files.makeCertificate()
        let tls = try TLSFiles(certificate: own.certificate, key: own.key, logger: silentLogger)
        try await LoopbackServer.serving({ fake.reply($0) }) { (metadata) async throws in
            try await LoopbackServer.serving({ cluster.reply($0) }) { (api) async throws in
                try await service.serving(cluster: api.url, tls: tls) { (port) async throws in
                    let url = "https://127.0.0.1:\(port)"
                    try await agent(metadata: metadata.url, service: url, authorities: own.certificate) {
                        fake.interrupt(at: Self.inSeconds(100))
                        try await until("interruption") { service.journal.notices.count == 1 }
                    }
                }
            }
        }
        #expect(throws: AgentError.plainService("http://gleaner.example")) {
            _ = try Agent(
                metadata: InstanceMetadata(http: HTTPClient()),
                service: "http://gleaner.example",
                tokenFile: "/nowhere",
                authorities: nil,
                logger: silentLogger
            )
        }
    }

    @Test("what the agent of another node says of this one is refused, and a replayed report acts once")
    func forged() async throws {
        try await LoopbackServer.serving({ cluster.reply($0) }) { (api) async throws in
            try await service.serving(cluster: api.url) { (port) async throws in
                let report = { (token: String, seconds: Int) async throws -> Int in
                    let time = Self.inSeconds(seconds)
                    let body = "{\"instance\":\"i-1\",\"notices\":[{\"kind\":\"interruption\",\"time\":\"\(time)\"}]}"
                    let request = HTTPRequest(
                        method: "POST",
                        url: "http://127.0.0.1:\(port)/api/v1/notices",
                        headers: ["Authorization": "Bearer \(token)"],
                        body: Array(body.utf8)
                    )
                    return try await HTTPClient().send(request, maximumBodyBytes: 10_000).status
                }
                for (token, expected) in [("token-2", 403), ("token-3", 401)] {
                    let status = try await report(token, 100)
                    #expect(status == expected)
                }
                #expect(service.journal.notices.isEmpty)
                for seconds in [100, 100, 110] {
                    let status = try await report("token-1", seconds)
                    #expect(status == 200)
                }
                #expect(service.journal.notices.count == 1)
            }
        }
    }
}

/// A token file, and a certificate, that go with the test.
final class TokenFolder: Sendable {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "gleaner-agent-\(UUID().uuidString)")

    init() {
        try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try? write("token-1\n")
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }

    var token: String { folder.appending(path: "token").path() }

    func write(_ text: String) throws { try Data(text.utf8).write(to: URL(filePath: token), options: .atomic) }

    func makeCertificate() throws -> (certificate: String, key: String) {
        let certificate = folder.appending(path: "tls.crt").path()
        let key = folder.appending(path: "tls.key").path()
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
            "2", "-subj", "/CN=gleaner", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate,
        ]
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.fileWriteUnknown) }
        return (certificate, key)
    }
}
