import Foundation
import HTTPTransport
import Logging
import Model
import Runtime
import Testing

@testable import Kubernetes

@Suite("Events on objects")
struct EventRecorderTests {
    private struct StillClock: Runtime.Clock {
        var now: Timestamp { Timestamp(milliseconds: 1_795_237_200_750) }
        func sleep(until time: Timestamp) async throws {}
    }

    private static let pod = ObjectEvent.Subject(kind: "Pod", namespace: "a", name: "p", uid: "u")

    private static func waits(_ message: String = "0/2 offerings: 2 too few cpu") -> ObjectEvent {
        ObjectEvent(subject: pod, reason: .notTriggerScaleUp, message: message)
    }

    private func cluster(_ server: ScriptedServer) -> KubernetesCluster {
        KubernetesCluster(
            client: server.client(),
            clock: StillClock(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    @Test("an event is made in the object's namespace, with all by which kubectl finds it")
    func made() async throws {
        let server = try ScriptedServer { _ in .whole(201, "{}") }
        await cluster(server).tell([
            Self.waits(),
            ObjectEvent(
                subject: .init(kind: "Node", namespace: "", name: "n", uid: "v"),
                reason: .interruptionNotice,
                message: "soon"
            ),
        ])
        let made = server.requests.map(\.json)
        #expect(
            server.requests.map { "\($0.method) \($0.target)" }
                == ["POST /api/v1/namespaces/a/events", "POST /api/v1/namespaces/default/events"]
        )
        let first = try #require(made.first)
        #expect(
            first["involvedObject"] == ["kind": "Pod", "namespace": "a", "name": "p", "uid": "u", "apiVersion": "v1"]
        )
        #expect(first["reason"] == "NotTriggerScaleUp" && first["type"] == "Normal" && first["count"] == 1)
        #expect(first["message"] == "0/2 offerings: 2 too few cpu")
        #expect(first["lastTimestamp"] == "2026-11-21T05:00:00Z" && first["source"] == ["component": "gleaner"])
        #expect(made.last?["involvedObject"] == ["kind": "Node", "name": "n", "uid": "v", "apiVersion": "v1"])
        #expect(made.last?["type"] == "Warning")
    }

    @Test("what happens again raises the count of one event, other words make another")
    func repeated() async throws {
        let server = try ScriptedServer { _ in .whole(200, "{}") }
        let cluster = cluster(server)
        await cluster.tell([Self.waits()])
        await cluster.tell([Self.waits("0/3 offerings: 3 too few cpu"), Self.waits("no fresh prices")])
        let name = EventRecorder.name(of: Self.waits())
        #expect(
            server.requests.map { "\($0.method) \($0.target)" } == [
                "POST /api/v1/namespaces/a/events", "PATCH /api/v1/namespaces/a/events/\(name)",
                "POST /api/v1/namespaces/a/events",
            ]
        )
        #expect(server.requests[1].json["count"] == 2)
        #expect(server.requests[1].json["message"] == "0/3 offerings: 3 too few cpu")
    }

    @Test("an event that an earlier process made goes on counting; one that the server has forgotten is made anew")
    func restarted() async throws {
        let answers = Locked([409, 200, 200, 404, 201])
        let server = try ScriptedServer { _ in
            let code = answers.withLock { $0.removeFirst() }
            return code == 200 ? .whole(200, #"{"count":6}"#) : ScriptedServer.status(code, "")
        }
        let cluster = cluster(server)
        await cluster.tell([Self.waits()])
        await cluster.tell([Self.waits()])
        #expect(server.requests.map(\.method) == ["POST", "PATCH", "PATCH", "PATCH", "POST"])
        #expect(server.requests[2].json == ["count": 7])
        #expect(server.requests[3].json["count"] == 8)
    }

    @Test("what is refused is dropped, and a server that forbids events is not asked again and again")
    func refused() async throws {
        let server = try ScriptedServer { request in
            request.target.contains("/gone/")
                ? ScriptedServer.status(403, "Forbidden", "namespace gone is being terminated")
                : ScriptedServer.status(403, "Forbidden", "events is forbidden")
        }
        let cluster = cluster(server)
        var gone = Self.waits()
        gone.subject.namespace = "gone"
        await cluster.tell([gone, Self.waits(), Self.waits("other")])
        await cluster.tell([Self.waits("third")])
        #expect(server.requests.count == 2)
    }

    @Test("a long message is cut at a character, names stay valid, and many events end when they are cancelled")
    func bounds() async throws {
        let server = try ScriptedServer { _ in .whole(201, "{}") }
        var long = Self.waits(String(repeating: "é", count: 2000))
        long.subject.name = String(repeating: "a", count: 199) + "-" + "b"
        await cluster(server).tell([long])
        let json = try #require(server.requests.first?.json)
        let message = try #require(json["message"].string)
        #expect(message.utf8.count <= 1024 && message.hasSuffix("é…"))
        #expect(json.at("metadata", "name").string?.contains("-.") == false)

        let cluster = cluster(server)
        let task = Task {
            await cluster.tell(
                (0..<1000).map { Self.waits("number \($0) of \(Character(Unicode.Scalar(UInt8(97 + $0 % 26))))") }
            )
        }
        try await Task.sleep(for: .milliseconds(200))
        task.cancel()
        await task.value
        #expect(server.requests.count < 1000)
    }
}
