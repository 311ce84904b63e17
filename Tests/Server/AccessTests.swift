import Foundation
import HTTPTypes
import Model
import Runtime
import Testing

@testable import Server

@Suite("Who may see and do what")
struct AccessTests {
    private static let reports = ["costs", "workloads", "nodes", "offerings", "interruptions", "decisions"]
        .map { "/api/v1/\($0)" }

    private static func bearer(_ token: String) -> [String: String] { ["Authorization": "Bearer \(token)"] }

    @Test("without a good token everything but the probes is refused, with how to do better")
    func unauthenticated() async throws {
        let cluster = Rulebook()
        try await LiveServer.serving(await SampleSource(SampleStory()), gate: cluster.gate()) { (server) async throws in
            for path in ["/", "/metrics", "/openapi.json"] + Self.reports {
                for headers in [[:], Self.bearer("unknown"), ["Authorization": "Bearer"], Self.bearer("\u{e9}")] {
                    let answer = try await server.ask(path, headers: headers)
                    #expect(answer.status == 401, "\(path) \(headers)")
                    #expect(answer.headers["content-type"] == "application/problem+json")
                    #expect(answer.headers["www-authenticate"]?.contains("Bearer") == true)
                }
            }
            for path in ["/api/v1/pause", "/api/v1/resume", "/api/v1/notices"] {
                #expect(try await server.ask(path, method: "POST").status == 401)
            }
            for path in ["/livez", "/readyz"] { #expect(try await server.ask(path).status == 200) }
            #expect(try await server.ask("/nowhere").status == 404)
        }
    }

    @Test("a user gets the paths that the cluster's roles allow, and no others")
    func paths() async throws {
        let cluster = Rulebook()
        cluster.allow("prometheus", "get", "/gleaner/metrics")
        let source = await SampleSource(SampleStory())
        try await LiveServer.serving(source, gate: cluster.gate()) { (server) async throws in
            let headers = Self.bearer("token-of-prometheus")
            #expect(try await server.ask("/metrics", headers: headers).status == 200)
            #expect(try await server.ask("/metrics", method: "HEAD", headers: headers).status == 200)
            let refused = try await server.ask("/api/v1/costs", headers: headers)
            #expect(refused.status == 403)
            let detail = try refused.object()["detail"] as? String
            #expect(detail?.hasPrefix("prometheus may not get /gleaner/api/v1/costs; bind a ClusterRole") == true)
            #expect(detail?.hasSuffix("such as gleaner-reader.") == true)
            for (path, role) in [("pause", "operator"), ("resume", "operator"), ("notices", "agent")] {
                let answer = try await server.ask("/api/v1/\(path)", method: "POST", headers: headers)
                #expect(answer.status == 403)
                #expect((try answer.object()["detail"] as? String)?.hasSuffix("such as gleaner-\(role).") == true)
            }
            #expect(await source.pauses.isEmpty)
            cluster.allow("prometheus", "post", "/gleaner/api/v1/pause")
            cluster.pass(.seconds(11))
            #expect(try await server.ask("/api/v1/pause", method: "POST", headers: headers).status == 200)
            #expect(await source.pauses == ["prometheus, HTTP request from 127.0.0.1"])
        }
    }

    @Test("probes, which anybody may ask, cost the loop nothing")
    func probes() async throws {
        let source = await SampleSource(SampleStory())
        try await LiveServer.serving(source, gate: Rulebook().gate()) { (server) async throws in
            for path in ["/livez", "/readyz", "/livez?x=1", "/readyz?x=1"] { _ = try await server.ask(path) }
            #expect(try await server.ask("/metrics").status == 401)
            #expect(await source.statusReads == 0)
        }
    }

    @Test("a browser may give the token as a password")
    func browser() async throws {
        let cluster = Rulebook()
        cluster.allow("ada", "get", "/gleaner/")
        try await LiveServer.serving(SampleSource(), gate: cluster.gate()) { (server) async throws in
            for (text, status) in [("ada:token-of-ada", 200), ("token-of-ada", 401)] {
                let headers = ["Authorization": "Basic \(Data(text.utf8).base64EncodedString())"]
                let answer = try await server.ask("/", headers: headers)
                #expect(answer.status == status)
            }
        }
    }

    @Test("reports show a reader only the namespaces whose pods that reader may list")
    func namespaces() async throws {
        let story = SampleStory()
        let namespaces = Set(story.workloads.map(\.id.namespace))
        try #require(namespaces.count > 1)
        let own = "vision"
        let hidden = story.workloads.map(\.id).filter { $0.namespace != own }
        try #require(!hidden.isEmpty)
        let cluster = Rulebook()
        for user in ["reader", "auditor"] {
            for path in ["/"] + Self.reports { cluster.allow(user, "get", "/gleaner" + path) }
        }
        cluster.letList("reader", own)
        cluster.letList("auditor", nil)
        let source = await SampleSource(story)
        try await LiveServer.serving(source, gate: cluster.gate()) { (server) async throws in
            for path in ["/", "/api/v1/costs?format=table"] + Self.reports {
                let mine = try await server.ask(path, headers: Self.bearer("token-of-reader"))
                #expect(mine.status == 200, "\(path)")
                for workload in hidden {
                    #expect(!mine.text.contains(workload.name), "\(path) names \(workload)")
                    #expect(!mine.text.contains("\"\(workload.namespace)\""), "\(path) names \(workload.namespace)")
                }
                // Who may list all sees what everybody saw before.
                let all = try await server.ask(path, headers: Self.bearer("token-of-auditor"))
                guard path.hasPrefix("/api/v1/") else { continue }
                let open = try await LiveServer.answer(source, path)
                #expect(all.text == open.text, "\(path)")
            }
            let items = try await server.ask("/api/v1/workloads", headers: Self.bearer("token-of-reader")).items()
            #expect(!items.isEmpty)
            #expect(items.allSatisfy { $0["namespace"] as? String == own })
            let filter = "/api/v1/costs?aggregate=namespace&filter=namespace:%22\(hidden[0].namespace)%22"
            let costs = try await server.ask(filter, headers: Self.bearer("token-of-reader")).object()
            let rows = (costs["steps"] as? [[String: Any]])?.flatMap { $0["rows"] as? [[String: Any]] ?? [] }
            #expect(rows?.isEmpty == true)
            #expect((costs["total"] as? [String: Any])?["totalCost"] as? String == "0.00")
        }
    }

    @Test("a decision whose text may name others' work is hidden from who may not see all")
    func decisions() {
        func made(_ kind: DecisionRecord.Kind, _ namespaces: Set<String>) -> DecisionRecord {
            var record = DecisionRecord(sequence: 1, at: SampleStory.start, kind: kind, text: "")
            record.namespaces = namespaces
            return record
        }
        #expect(made(.evict, ["a"]).isVisible(in: ["a", "b"]))
        #expect(!made(.evict, ["a", "c"]).isVisible(in: ["a", "b"]))
        #expect(!made(.drain, []).isVisible(in: ["a"]))
        #expect(made(.closeOffering, []).isVisible(in: []))
    }

    @Test("while the cluster cannot be asked nobody passes, and the probes still answer")
    func clusterDown() async throws {
        let cluster = Rulebook()
        cluster.allow("prometheus", "get", "/gleaner/metrics")
        try await LiveServer.serving(SampleSource(), gate: cluster.gate()) { (server) async throws in
            let headers = Self.bearer("token-of-prometheus")
            cluster.isDown = true
            let answer = try await server.ask("/metrics", headers: headers)
            #expect(answer.status == 503)
            #expect(answer.headers["retry-after"] == "1")
            #expect(answer.headers["content-type"] == "application/problem+json")
            #expect(!answer.text.contains("secret address"))
            #expect(try await server.ask("/livez").status == 200)
            cluster.isDown = false
            #expect(try await server.ask("/metrics", headers: headers).status == 200)
            // What was answered shortly before is still known, and not for long.
            cluster.isDown = true
            #expect(try await server.ask("/metrics", headers: headers).status == 200)
            cluster.pass(.seconds(11))
            #expect(try await server.ask("/metrics", headers: headers).status == 503)
        }
    }

    @Test("the cluster is asked once for many requests, and again after ten seconds")
    func remembered() async throws {
        let cluster = Rulebook()
        cluster.allow("prometheus", "get", "/gleaner/metrics")
        let gate = cluster.gate()
        func pass() async throws {
            let user = try await gate.user("token-of-prometheus")
            try await gate.check(user, may: "get", "/metrics")
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<50 { group.addTask { try await pass() } }
            try await group.waitForAll()
        }
        #expect(cluster.asked == 2)
        cluster.forget("prometheus")
        try await pass()
        cluster.pass(.seconds(11))
        await #expect(throws: Problem.self) { try await pass() }
        #expect(cluster.asked == 3)
    }

    @Test("strangers with ever new tokens do not fill the memory, nor turn out who is known")
    func strangers() async throws {
        let cache = ReviewCache<Int, Int>(lifetime: .seconds(10), limit: 4) { .now }
        for number in 0..<100 { #expect(try await cache.answer(number) { number } == number) }
        let gate = Rulebook().gate()
        let long = String(repeating: "x", count: 20_000)
        for token in ["", "two words", "line\nend", long] {
            await #expect(throws: Problem.unauthenticated("What the request carries is no token.")) {
                _ = try await gate.user(token)
            }
        }
    }

    @Test("more questions under way than the limit are refused, not queued without end")
    func overload() async throws {
        let cache = ReviewCache<Int, Int>(lifetime: .seconds(10), limit: 1) { .now }
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let first = Task {
            try await cache.answer(1) {
                for await _ in gate { break }
                return 1
            }
        }
        while await !cache.isBusy { await Task.yield() }
        await #expect(throws: ReviewCache<Int, Int>.Overload.self) { _ = try await cache.answer(2) { 2 } }
        open.yield()
        #expect(try await first.value == 1)
        #expect(try await cache.answer(2) { 2 } == 2)
    }
}
