import HTTPTransport
import Kubernetes
import Model
import Testing

@Suite("Kinds that a cluster may lack, and Jobs that are unsuspended")
struct OptionalKindTests {
    private static let groups = ["/apis/jobset.x-k8s.io", "/apis/kubeflow.org", "/apis/scheduling.x-k8s.io"]

    private static func list(_ items: String = "") -> ScriptedServer.Answer {
        .whole(200, #"{"metadata":{"resourceVersion":"5"},"items":[\#(items)]}"#)
    }

    private static func object(_ name: String) -> String {
        """
        {"metadata":{"name":"\(name)","namespace":"a","uid":"\(name)","resourceVersion":"6",
        "creationTimestamp":"2026-11-21T05:00:00Z"}}
        """
    }

    private func lists(_ events: [Event]) -> [[String]] {
        events.compactMap { event in
            guard case .schedulingObjectsListed(let objects) = event else { return nil }
            return objects.compactMap { object in
                guard case .workload(let workload) = object else { return nil }
                return "\(workload.kind.rawValue) \(workload.name)"
            }
        }
    }

    @Test("a cluster without any of them works, nobody is warned, and one that is installed later is found and watched")
    func appears() async throws {
        let asked = Locked(0)
        let server = try ScriptedServer { request in
            let isJobSets = request.target.hasPrefix("/apis/jobset.x-k8s.io/v1alpha2/jobsets")
            guard request.target.contains("watch=1") else {
                guard Self.groups.contains(where: request.target.hasPrefix) else { return Self.list() }
                guard isJobSets else { return ScriptedServer.status(404, "NotFound", "none") }
                let count = asked.withLock { count in
                    count += 1
                    return count
                }
                return count < 4 ? ScriptedServer.status(404, "NotFound", "none") : Self.list(Self.object("first"))
            }
            guard isJobSets else { return .stream([], staysOpen: true) }
            return .stream([#"{"type":"ADDED","object":\#(Self.object("second"))}"#.flattened], staysOpen: true)
        }
        let warnings = Locked<[String]>([])
        let events = await server.observed(recheck: .milliseconds(20), warnings: warnings) { events in
            events.contains { if case .schedulingObjectChanged = $0 { true } else { false } }
        }
        #expect(lists(events) == [[], ["JobSet first"]])
        #expect(warnings.withLock { $0 }.isEmpty)
        let isUnreachable = events.contains { if case .clusterUnreachable = $0 { true } else { false } }
        #expect(!isUnreachable)
    }

    @Test("one that goes away while it is watched is done without")
    func goesAway() async throws {
        let isGone = Locked(false)
        let server = try ScriptedServer { request in
            guard request.target.hasPrefix("/apis/jobset.x-k8s.io") else {
                return request.target.contains("watch=1") ? .stream([], staysOpen: true) : Self.list()
            }
            if request.target.contains("watch=1") {
                isGone.withLock { $0 = true }
                return ScriptedServer.status(404, "NotFound", "the server could not find the requested resource")
            }
            return isGone.withLock { $0 } ? ScriptedServer.status(404, "NotFound") : Self.list(Self.object("set"))
        }
        let events = await server.observed(recheck: .milliseconds(20)) { lists($0).count == 2 }
        #expect(lists(events) == [["JobSet set"], []])
        let isUnreachable = events.contains { if case .clusterUnreachable = $0 { true } else { false } }
        #expect(!isUnreachable)
    }

    @Test("one that our role may not read is warned of once, and the others are read")
    func forbidden() async throws {
        let server = try ScriptedServer { request in
            if request.target.contains("watch=1") { return .stream([], staysOpen: true) }
            if request.target.hasPrefix("/apis/kubeflow.org/v1/pytorchjobs") {
                return ScriptedServer.status(403, "Forbidden", "no")
            }
            return request.target.hasPrefix("/apis/scheduling.x-k8s.io") ? Self.list(Self.object("band")) : Self.list()
        }
        let warnings = Locked<[String]>([])
        let events = await server.observed(recheck: .milliseconds(20), warnings: warnings) { !lists($0).isEmpty }
        #expect(lists(events) == [["PodGroup band"]])
        #expect(
            warnings.withLock { $0 } == [
                "The pytorchjobs cannot be listed: Gleaner works without knowing them, "
                    + "and so not how many pods of one start together, nor when it is complete."
            ]
        )
    }

    @Test("the version that the server has is the one that is listed and watched")
    func versions() async throws {
        let server = try ScriptedServer { request in
            if request.target.hasPrefix("/apis/kubeflow.org/v2beta1") { return ScriptedServer.status(404, "NotFound") }
            let isOld = request.target.hasPrefix("/apis/kubeflow.org/v1/mpijobs")
            guard request.target.contains("watch=1") else { return isOld ? Self.list(Self.object("old")) : Self.list() }
            guard isOld else { return .stream([], staysOpen: true) }
            return .stream([#"{"type":"MODIFIED","object":\#(Self.object("old"))}"#.flattened], staysOpen: true)
        }
        let events = await server.observed(recheck: .milliseconds(20)) { events in
            events.contains { if case .schedulingObjectChanged = $0 { true } else { false } }
        }
        #expect(lists(events) == [["MPIJob old"]])
    }

    // MARK: - Unsuspending

    private static let unsuspension = Unsuspension(namespace: "a", name: "sweep", uid: "u")

    private static func job(labels: String = #"{"gleaner.dev/queue":"q"}"#, suspend: Bool = true, uid: String = "u")
        -> ScriptedServer.Answer
    {
        .whole(
            200,
            """
            {"metadata":{"namespace":"a","name":"sweep","uid":"\(uid)","resourceVersion":"9","labels":\(labels),
            "creationTimestamp":"2026-11-21T05:00:00Z"},"spec":{"suspend":\(suspend),"template":{"spec":{"containers":[]}}}}
            """
        )
    }

    @Test("a Job is unsuspended as it was read, and read again when somebody else wrote it in between")
    func unsuspend() async throws {
        let patches = Locked(0)
        let server = try ScriptedServer { request in
            guard request.method == "PATCH" else { return Self.job() }
            let isFirst = patches.withLock { count in
                count += 1
                return count == 1
            }
            return isFirst ? ScriptedServer.status(409, "Conflict", "modified") : .whole(200, "{}")
        }
        #expect(await server.cluster().unsuspend(Self.unsuspension) == .accepted)
        #expect(server.requests.map(\.method) == ["GET", "PATCH", "GET", "PATCH"])
        let patch = try #require(server.requests.last)
        #expect(patch.target == "/apis/batch/v1/namespaces/a/jobs/sweep")
        #expect(patch.header("Content-Type") == "application/merge-patch+json")
        #expect(patch.json == ["metadata": ["resourceVersion": "9"], "spec": ["suspend": false]])
    }

    @Test(
        "a Job that is not what it was is left alone",
        arguments: [
            (job(labels: "{}"), UnsuspensionOutcome.refused),
            (job(labels: #"{"gleaner.dev/queue":"q","kueue.x-k8s.io/queue-name":"team"}"#), .refused),
            (job(suspend: false), .accepted), (job(uid: "other"), .gone),
            (ScriptedServer.status(404, "NotFound"), .gone),
        ] as [(ScriptedServer.Answer, UnsuspensionOutcome)]
    )
    func unsuspendOthers(answer: ScriptedServer.Answer, outcome: UnsuspensionOutcome) async throws {
        let server = try ScriptedServer { _ in answer }
        #expect(await server.cluster().unsuspend(Self.unsuspension) == outcome)
        #expect(server.requests.map(\.method) == ["GET"])
    }

    @Test("a role that may not patch Jobs is told")
    func unsuspendForbidden() async throws {
        let server = try ScriptedServer { request in
            request.method == "PATCH" ? ScriptedServer.status(403, "Forbidden", "no") : Self.job()
        }
        guard case .failed(let message) = await server.cluster().unsuspend(Self.unsuspension) else {
            Issue.record("it did not fail")
            return
        }
        #expect(message.contains("check the role"))
    }
}

extension String {
    /// A watch sends one object a line.
    fileprivate var flattened: String { split(separator: "\n").joined() + "\n" }
}
