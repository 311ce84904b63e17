import Foundation
import HTTPTransport
import Kubernetes
import Model
import Runtime
import Testing

@Suite("Asking pods to save")
struct PodCheckpointTests {
    private static let now = Timestamp(seconds: 1_795_237_200)

    private func request(_ url: String, seconds: Int64 = 60, timeout: Int64? = nil) -> CheckpointRequest {
        CheckpointRequest(
            workload: WorkloadID(namespace: "vision", kind: "Job", name: "llm", uid: "u"),
            attempt: 2,
            pod: PodID(namespace: "vision", name: "llm-0"),
            uid: "uid-0",
            url: url,
            deadline: Self.now + .seconds(seconds),
            timeoutSeconds: timeout
        )
    }

    private func answer(_ answer: ScriptedServer.Answer) async throws -> CheckpointAnswer {
        let server = try ScriptedServer { _ in answer }
        return await PodCheckpoints().ask(request("\(server.url)/checkpoint"), at: Self.now)
    }

    private func reason(_ scripted: ScriptedServer.Answer) async throws -> String {
        guard case .failed(let reason) = try await answer(scripted) else { return "acknowledged" }
        return reason
    }

    @Test("a pod is asked by a POST that says until when, and its step and URI are read")
    func post() async throws {
        let server = try ScriptedServer { _ in .whole(200, #"{"step": 1200, "uri": "s3://models/llm/1200"}"#) }
        let said = await PodCheckpoints().ask(request("\(server.url)/checkpoint?a=b"), at: Self.now)
        #expect(said == .acknowledged(CheckpointReceipt(step: 1200, uri: "s3://models/llm/1200")))
        let seen = try #require(server.requests.first)
        #expect(seen.method == "POST" && seen.target == "/checkpoint?a=b")
        #expect(seen.json["deadline"].string == "2026-11-21T05:01:00Z")
        #expect(seen.json["workload"].string == "vision/llm")
        #expect(seen.json["attempt"].integer == 2)
        #expect(seen.json["regular"] == .bool(false))
        var regular = request("\(server.url)/checkpoint")
        regular.isRegular = true
        _ = await PodCheckpoints().ask(regular, at: Self.now)
        #expect(server.requests.last?.json["regular"] == .bool(true))
    }

    @Test("an answer without content is an answer")
    func empty() async throws {
        #expect(try await answer(.whole(204, "")) == .acknowledged(CheckpointReceipt()))
        #expect(try await answer(.whole(200, "{}")) == .acknowledged(CheckpointReceipt()))
    }

    @Test("a redirect is not followed")
    func redirect() async throws {
        let hits = Locked(0)
        let other = try ScriptedServer { _ in
            hits.withLock { $0 += 1 }
            return .whole(200, "{}")
        }
        let said = try await answer(.redirect("\(other.url)/"))
        #expect(said == .failed(reason: "it answers 307, and redirects are not followed"))
        #expect(hits.withLock { $0 } == 0)
    }

    @Test("what is too long, no JSON, or not what was asked for is no answer")
    func malformed() async throws {
        let long = try await reason(.whole(200, "{\"uri\": \"\(String(repeating: "x", count: 20_000))\"}"))
        #expect(long.contains("longer than 16384 bytes"))
        let deep = String(repeating: "[", count: 5000)
        for body in ["saved", "[]", "{\"step\"", deep] {
            #expect(try await reason(.whole(200, body)).hasPrefix("its answer is no JSON object"))
        }
        #expect(try await reason(.whole(200, #"{"step": "many"}"#)).contains("no whole number"))
        #expect(try await reason(.whole(200, #"{"step": -1}"#)).contains("no whole number"))
        #expect(try await reason(.whole(200, #"{"uri": "a\nb"}"#)).contains("no text of one line"))
        #expect(try await reason(.whole(500, "{}")) == "it answers 500")
    }

    @Test("no longer is waited than the annotation or the deadline allows")
    func deadline() async throws {
        let server = try ScriptedServer { _ in .stream([], staysOpen: true) }
        let started = ContinuousClock.now
        for request in [request(server.url, timeout: 1), request(server.url, seconds: 1)] {
            guard case .failed(let reason) = await PodCheckpoints().ask(request, at: Self.now) else {
                Issue.record("it has answered")
                return
            }
            #expect(reason.contains("did not answer in time"))
        }
        #expect(ContinuousClock.now - started >= .seconds(2))
        let late = await PodCheckpoints().ask(request(server.url), at: Self.now + .seconds(61))
        #expect(late == .failed(reason: "no time is left to ask"))
    }

    @Test("the address, the network and the declared ports of a pod are read")
    func pod() throws {
        let json = try JSON(
            parsing: Array(
                #"""
                {"metadata":{"namespace":"a","name":"p","uid":"u","creationTimestamp":"2026-11-21T05:00:00Z"},
                "spec":{"hostNetwork":true,"containers":[{"name":"c","ports":[{"containerPort":8080},
                {"containerPort":53,"protocol":"UDP"},{"containerPort":8080,"protocol":"TCP"}]}],
                "initContainers":[{"name":"s","restartPolicy":"Always","ports":[{"containerPort":9000}]}]},
                "status":{"podIP":"10.0.0.7"}}
                """#.utf8
            )
        )
        let pod = try Pod(json: json)
        #expect(pod.ip == "10.0.0.7")
        #expect(pod.usesHostNetwork)
        #expect(pod.containerPorts == [8080, 9000])
    }
}
