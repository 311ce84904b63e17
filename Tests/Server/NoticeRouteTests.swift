import Foundation
import Model
import Runtime
import Testing

@testable import Server

@Suite("Reports of agents")
struct NoticeRouteTests {
    private static let headers = ["Authorization": "Bearer token-of-agent", "Content-Type": "application/json"]

    private static func cluster() -> Rulebook {
        let cluster = Rulebook()
        cluster.allow("agent", "post", "/gleaner/api/v1/notices")
        cluster.put("agent", on: NodeIdentity(node: "ip-10-0-0-1", instance: "i-1"))
        return cluster
    }

    private static func body(_ item: String, instance: String = "i-1") -> String {
        "{\"instance\":\"\(instance)\",\"notices\":[\(item)]}"
    }

    @Test("what the metadata service announces becomes a notice of the sender's own instance")
    func kinds() async throws {
        let source = SampleSource()
        try await LiveServer.serving(source, gate: Self.cluster().gate()) { (server) async throws in
            let now = source.now
            let items = [
                "{\"kind\":\"interruption\",\"action\":\"terminate\",\"time\":\"\(now + .seconds(90))\"}",
                "{\"kind\":\"rebalance\",\"time\":\"\(now - .seconds(5))\"}",
                """
                {"kind":"maintenance","event":"instance-event-1","action":"system-reboot",\
                "time":"\(now + .seconds(3600))","until":"\(now + .seconds(7200))"}
                """,
            ]
            let body = Self.body(items.joined(separator: ","))
            let answer = try await server.post("/api/v1/notices", body, headers: Self.headers)
            #expect(answer.status == 200)
            #expect(try answer.object()["accepted"] as? Int == 3)
            let notices = await source.notices
            let maintenance = Maintenance(
                id: "instance-event-1",
                code: "system-reboot",
                notBefore: now + .seconds(3600),
                notAfter: now + .seconds(7200)
            )
            #expect(notices.map(\.kind) == [.interruption, .rebalance, .maintenance(maintenance)])
            #expect(notices.allSatisfy { $0.instance == InstanceID("i-1") })
            // The cloud gives two minutes: it is taken back when its metadata says.
            #expect(notices[0].at == now - .seconds(30))
            #expect(try await server.post("/api/v1/notices", body, headers: Self.headers).status == 200)
            #expect(await source.notices.prefix(3).map(\.id) == source.notices.suffix(3).map(\.id))
        }
    }

    @Test("a wrong or forged time moves the reclaim no further than two minutes away")
    func times() async throws {
        let source = SampleSource()
        try await LiveServer.serving(source, gate: Self.cluster().gate()) { (server) async throws in
            for shift in [-10_000_000, 10_000_000] {
                let item = "{\"kind\":\"interruption\",\"time\":\"\(source.now + .seconds(shift))\"}"
                #expect(try await server.post("/api/v1/notices", Self.body(item), headers: Self.headers).status == 200)
            }
            #expect(await source.notices.map(\.at) == [source.now - .seconds(120), source.now])
        }
    }

    @Test("a report about another node's instance is refused, and so is one from nowhere")
    func otherNode() async throws {
        let source = SampleSource()
        let cluster = Self.cluster()
        cluster.allow("stray", "post", "/gleaner/api/v1/notices")
        cluster.allow("pod", "get", "/gleaner/metrics")
        try await LiveServer.serving(source, gate: cluster.gate()) { (server) async throws in
            let item = "{\"kind\":\"rebalance\",\"time\":\"\(source.now)\"}"
            let other = try await server.post(
                "/api/v1/notices",
                Self.body(item, instance: "i-2"),
                headers: Self.headers
            )
            #expect(other.status == 403)
            #expect(try (other.object()["detail"] as? String)?.contains("i-2") == true)
            for user in ["stray", "pod"] {
                let headers = ["Authorization": "Bearer token-of-\(user)"]
                #expect(try await server.post("/api/v1/notices", Self.body(item), headers: headers).status == 403)
            }
            #expect(await source.notices.isEmpty)
        }
        try await LiveServer.serving(source) { (server) async throws in
            let item = "{\"kind\":\"rebalance\",\"time\":\"\(source.now)\"}"
            let answer = try await server.post("/api/v1/notices", Self.body(item))
            #expect(answer.status == 403)
            #expect(answer.text.contains("--authentication kubernetes"))
            #expect(await source.notices.isEmpty)
        }
    }

    @Test("bodies that are no report are told what is wrong, and nothing is taken of them")
    func badBodies() async throws {
        let source = SampleSource()
        try await LiveServer.serving(source, gate: Self.cluster().gate()) { (server) async throws in
            let now = "\(source.now)"
            let bad = [
                "", "{", "[]", "{\"instance\":\"i-1\"}", "{\"instance\":7,\"notices\":[]}",
                Self.body("{\"kind\":\"earthquake\",\"time\":\"\(now)\"}"),
                Self.body("{\"kind\":\"rebalance\",\"time\":\"soon\"}"),
                Self.body("{\"kind\":\"rebalance\"}"),
                Self.body("{\"kind\":\"maintenance\",\"time\":\"\(now)\",\"action\":\"system-reboot\"}"),
                Self.body("{\"kind\":\"maintenance\",\"time\":\"\(now)\",\"action\":\"a b\",\"event\":\"e\"}"),
                Self.body("{\"kind\":\"rebalance\",\"time\":\"\(now)\"},{\"kind\":\"rebalance\",\"time\":\"\"}"),
                Self.body(
                    Array(repeating: "{\"kind\":\"rebalance\",\"time\":\"\(now)\"}", count: 51).joined(separator: ",")
                ),
            ]
            for body in bad {
                let answer = try await server.post("/api/v1/notices", body, headers: Self.headers)
                #expect(answer.status == 400, "\(body.prefix(100))")
                #expect(answer.headers["content-type"] == "application/problem+json")
            }
            let long = Self.body("{\"kind\":\"\(String(repeating: "x", count: 70_000))\"}")
            #expect(try await server.post("/api/v1/notices", long, headers: Self.headers).status == 413)
            var generator = SystemRandomNumberGenerator()
            let good = Array(Self.body("{\"kind\":\"rebalance\",\"time\":\"\(now)\"}").utf8)
            for _ in 0..<200 {
                var bytes = good
                for _ in 0..<3 {
                    let index = Int.random(in: bytes.indices, using: &generator)
                    bytes[index] = UInt8.random(in: 0...255, using: &generator)
                }
                let text = String(decoding: bytes, as: UTF8.self)
                let status = try await server.post("/api/v1/notices", text, headers: Self.headers).status
                #expect([200, 400, 403].contains(status), "\(text)")
            }
            #expect(await source.notices.allSatisfy { $0.kind == .rebalance && $0.instance == InstanceID("i-1") })
        }
    }
}
