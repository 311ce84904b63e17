import Autoscaler
import Foundation
import HTTPTypes
import Model
import Testing

@testable import Server

@Suite("The API, over real connections")
struct APITests {
    @Test("a process that stands by is alive, not ready, and answers nothing that only the leader knows")
    func standby() async throws {
        let source = SampleSource(standby: "Stands by: pod-1 leads.")
        try await LiveServer.serving(source) { server in
            #expect(try await server.ask("/livez").status == 200)
            let ready = try await server.ask("/readyz")
            #expect(ready.status == 503)
            #expect(try ready.object()["missing"] as? [String] == ["Stands by: pod-1 leads."])
            for (path, method) in [("/", "GET"), ("/api/v1/costs", "GET"), ("/api/v1/pause", "POST")] {
                let answer = try await server.ask(path, method: method)
                #expect(answer.status == 503)
                #expect(
                    try answer.object()["detail"] as? String == "Stands by: pod-1 leads. Ask the process that leads."
                )
            }
            #expect(try await server.ask("/metrics").status == 200)
        }
        #expect(await source.pauses.isEmpty)
    }

    @Test("costs come as JSON, and as CSV when asked for; the rows add up to the total")
    func costs() async throws {
        let source = await SampleSource(SampleStory())
        try await LiveServer.serving(source) { server in
            let answer = try await server.ask("/api/v1/costs?aggregate=team,capacityType&step=6h&window=all")
            #expect(answer.status == 200)
            #expect(answer.headers["content-type"] == "application/json")
            let report = try answer.object()
            let steps = try #require(report["steps"] as? [[String: Any]])
            #expect(steps.count == 5)
            var sum = Money.zero
            for row in steps.flatMap({ $0["rows"] as? [[String: Any]] ?? [] }) {
                sum += try #require((row["totalCost"] as? String).flatMap { Money($0) })
            }
            let total = try #require((report["total"] as? [String: Any])?["totalCost"] as? String)
            #expect(sum.formatted() == total)
            #expect(sum > .zero)

            for (path, headers) in [("?format=csv", [:]), ("", ["Accept": "text/csv"])] {
                let csv = try await server.ask("/api/v1/costs\(path)", headers: headers)
                #expect(csv.headers["content-type"] == "text/csv; charset=utf-8")
                #expect(csv.text.hasPrefix("windowStart,windowEnd,workload,totalCost,"))
            }
            for (path, headers) in [("&format=table", [:]), ("", ["Accept": "text/plain"])] {
                let table = try await server.ask("/api/v1/costs?aggregate=team\(path)", headers: headers)
                #expect(table.headers["content-type"] == "text/plain; charset=utf-8")
                #expect(table.text.hasPrefix("TEAM "))
                #expect(table.text.contains("\ntotal "))
            }
            let refused = try await server.ask("/api/v1/costs", headers: ["Accept": "image/png"])
            #expect(refused.status == 406)
            #expect(try await server.ask("/api/v1/costs?format=xml").status == 400)
        }
    }

    @Test("a filter leaves one team's rows, also when a form wrote its plus sign as a blank")
    func filter() async throws {
        let source = await SampleSource(SampleStory())
        try await LiveServer.serving(source) { server in
            for plus in ["%2B", "+", "%20"] {
                let filter = "team:%22vision%22\(plus)namespace:%22vision%22,%22x%22"
                let answer = try await server.ask("/api/v1/costs?aggregate=team&includeIdle=false&filter=\(filter)")
                let steps = try #require(try answer.object()["steps"] as? [[String: Any]])
                let rows = steps.flatMap { $0["rows"] as? [[String: Any]] ?? [] }
                #expect(rows.compactMap { $0["name"] as? String } == ["vision"])
            }
        }
    }

    @Test("workloads, nodes, offerings, interruptions and decisions are listed")
    func lists() async throws {
        let story = SampleStory()
        let source = await SampleSource(story)
        try await LiveServer.serving(source) { server in
            let workloads = try await server.ask("/api/v1/workloads").items()
            #expect(workloads.count == story.workloads.count)
            let resnet = try #require(workloads.first { $0["name"] as? String == "resnet" })
            #expect(resnet["lostWorkSeconds"] as? Int == 1260)
            #expect(resnet["attempts"] as? Int == 2)
            #expect(resnet["team"] as? String == "vision")
            let csv = try await server.ask("/api/v1/workloads?format=csv").text
            #expect(csv.split(separator: "\r\n").count == story.workloads.count + 1)

            #expect(try await server.ask("/api/v1/nodes").items().count == story.claims.count)
            let offering = try #require(try await server.ask("/api/v1/offerings").items().first)
            #expect(offering["pricePerHour"] as? String == "9.8321")
            #expect(offering["closedReason"] as? String == "InsufficientInstanceCapacity")

            let interruptions = try await server.ask("/api/v1/interruptions").items()
            #expect(interruptions.compactMap { $0["outcome"] as? String } == ["lost", "saved"])

            let decisions = try await server.ask("/api/v1/decisions?limit=5").items()
            #expect(decisions.count == 5)
            #expect(decisions[0]["kind"] as? String == "wait")
            let since = (SampleStory.end - .seconds(2390)).description
            #expect(try await server.ask("/api/v1/decisions?since=\(since)").items().count == 1)
        }
    }

    @Test(
        "a bad request is told which parameter, what was given and what is allowed",
        arguments: [
            ("/api/v1/costs?windwo=24h", 400, "Parameter \"windwo\" is not known. Did you mean \"window\"?"),
            ("/api/v1/costs?window=24x", 400, "Parameter \"window\" is \"24x\"; allowed: 24h, 2d,"),
            ("/api/v1/costs?window=2026-01-02T00:00:00Z,2026-01-01T00:00:00Z", 400, "does not end before it begins"),
            ("/api/v1/costs?aggregate=teem", 400, "did you mean team?"),
            ("/api/v1/costs?aggregate=team,team", 400, "each once"),
            ("/api/v1/costs?step=1s", 400, "Parameter \"step\" is \"1s\""),
            ("/api/v1/costs?window=9w&step=1m", 400, "at most 2000 steps"),
            ("/api/v1/costs?filter=team:vision", 400, "Parameter \"filter\""),
            ("/api/v1/costs?filter=team:%22a%22%2B", 400, "Parameter \"filter\""),
            ("/api/v1/costs?includeIdle=yes", 400, "allowed: true or false"),
            ("/api/v1/costs?window=1h&window=2h", 400, "more than once"),
            ("/api/v1/costs?window=%ff", 400, "is not percent-encoded UTF-8"),
            ("/api/v1/costs?window=99999999999999999999d", 400, "Parameter \"window\""),
            ("/api/v1/nodes?x=1", 400, "None is taken here."),
            ("/api/v1/decisions?limit=0", 400, "a whole number from 1 to 2000"),
            ("/api/v1/decisions?since=yesterday", 400, "an RFC 3339 time"),
            ("/api/v1/cost", 404, "Did you mean /api/v1/costs?"),
            ("/nowhere-at-all", 404, "See /openapi.json."),
            ("/api/v1/pause", 405, "use POST"),
        ]
    )
    func badRequests(path: String, status: Int, detail: String) async throws {
        try await LiveServer.serving(SampleSource()) { server in
            let answer = try await server.ask(path)
            #expect(answer.status == status)
            #expect(answer.headers["content-type"] == "application/problem+json")
            let problem = try answer.object()
            #expect(problem["status"] as? Int == status)
            let text = try #require(problem["detail"] as? String)
            #expect(text.contains(detail), "\(text)")
        }
    }

    @Test("windows that people write all work")
    func windows() async throws {
        let source = await SampleSource(SampleStory())
        try await LiveServer.serving(source) { server in
            let pair = "2026-11-24T00:00:00Z,2026-11-25T00:00:00+01:00"
            for window in ["24h", "2d", "90m", "1w", "today", "yesterday", "month", "all", pair] {
                let answer = try await server.ask("/api/v1/costs?window=\(window)")
                #expect(answer.status == 200, "\(window): \(answer.text.prefix(300))")
            }
        }
    }

    @Test("pause and resume reach the core, but not from another site's page")
    func pause() async throws {
        let source = await SampleSource(SampleStory())
        try await LiveServer.serving(source) { server in
            let foreign = [
                ["Origin": "https://evil.example"], ["Origin": "null"], ["Sec-Fetch-Site": "cross-site"],
                ["Origin": "http://127.0.0.1:1"],
            ]
            for headers in foreign {
                let refused = try await server.ask("/api/v1/pause", method: "POST", headers: headers)
                #expect(refused.status == 403)
            }
            #expect(await source.pauses.isEmpty)

            let paused = try await server.ask("/api/v1/pause", method: "POST")
            #expect(try paused.object()["paused"] as? Bool == true)
            #expect(await source.status().isPaused)
            let own = ["Origin": "http://127.0.0.1:\(server.port)"]
            #expect(try await server.ask("/api/v1/resume", method: "POST", headers: own).status == 200)
            #expect(await !source.status().isPaused)
            #expect(await source.pauses == Array(repeating: "HTTP request from 127.0.0.1", count: 2))
        }
    }

    @Test("a foreign name for this machine cannot pause it")
    func foreignHost() {
        for name in ["localhost", "localhost:80", "127.0.0.1:8080", "[::1]:80", "127.1.2.3"] {
            #expect(Responder.isLoopbackName(name))
        }
        for name in ["evil.example", "evil.example:80", "localhost.evil.example", "", "[::2]:80"] {
            #expect(!Responder.isLoopbackName(name))
        }
        #expect(!Responder.isLoopbackName("127.evil.example"))
    }

    @Test("it is alive at once, and ready only with a listed cluster and fresh prices")
    func probes() async throws {
        let empty = SampleSource()
        try await LiveServer.serving(empty) { server in
            #expect(try await server.ask("/livez").status == 200)
            let answer = try await server.ask("/readyz")
            #expect(answer.status == 503)
            #expect((try answer.object()["missing"] as? [String])?.count == 2)
        }
        let full = await SampleSource(SampleStory())
        try await LiveServer.serving(full) { server in
            #expect(try await server.ask("/readyz").status == 200)
            await full.observe(prices: full.now - .seconds(7200))
            let answer = try await server.ask("/readyz")
            #expect(answer.status == 503)
            #expect(answer.text.contains("7200 s old"))
        }
    }

    @Test("no answer is cached, sniffed or framed")
    func headers() async throws {
        try await LiveServer.serving(SampleSource()) { server in
            for path in Route.all.filter({ $0.method == .get }).map(\.path) + ["/nowhere"] {
                let headers = try await server.ask(path).headers
                #expect(headers["cache-control"] == "no-store")
                #expect(headers["x-content-type-options"] == "nosniff")
                #expect(headers["content-security-policy"]?.contains("default-src 'none'") == true)
            }
            let head = try await server.ask("/livez", method: "HEAD")
            #expect(head.status == 200)
            #expect(head.body.isEmpty)
        }
    }

    @Test("a port in use is named, with the way out")
    func portInUse() async throws {
        try await LiveServer.serving(SampleSource()) { server in
            let second = GleanerServer(source: SampleSource(), port: server.port, logger: LiveServer.logger)
            let error = await #expect(throws: ServerError.self) { try await second.run() }
            #expect(error == .addressInUse(host: "127.0.0.1", port: server.port))
            #expect("\(error.map(\.description) ?? "")".hasPrefix("127.0.0.1:\(server.port) is in use"))
        }
    }
}
