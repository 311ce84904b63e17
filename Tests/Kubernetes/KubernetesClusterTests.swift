import HTTPTransport
import Kubernetes
import Model
import Testing

@Suite("Kubernetes cluster")
struct KubernetesClusterTests {
    private static func pod(_ name: String, version: String = "1") -> String {
        """
        {"metadata":{"namespace":"a","name":"\(name)","uid":"\(name)","resourceVersion":"\(version)",\
        "creationTimestamp":"2026-11-21T05:00:00Z"}}
        """
    }

    private static func list(_ items: String = "", version: Int = 5) -> ScriptedServer.Answer {
        .whole(200, #"{"metadata":{"resourceVersion":"\#(version)"},"items":[\#(items)]}"#)
    }

    private static let node = #"""
        {"metadata":{"name":"n","resourceVersion":"3"},"spec":{"unschedulable":true,"taints":[
        {"key":"k","effect":"NoSchedule","value":"old"},{"key":"gleaner.dev/starting","effect":"NoSchedule"},
        {"key":"node.kubernetes.io/unschedulable","effect":"NoSchedule"}]}}
        """#

    /// What `observe` delivers, in words, until `count` deliveries came.
    private func observed(_ server: ScriptedServer, count: Int) async -> [String] {
        let (stream, continuation) = AsyncStream.makeStream(of: [Event].self)
        let cluster = server.cluster()
        let task = Task { await cluster.observe { continuation.yield($0) } }
        defer { task.cancel() }
        var words = [String]()
        for await events in stream {
            for event in events {
                switch event {
                case .clusterListed(let pods, let nodes, let jobs):
                    words.append("listed \(pods.map(\.id.name)) \(nodes.count) \(jobs.count)")
                case .podChanged(let pod): words.append("changed \(pod.id)")
                case .podRemoved(let pod): words.append("removed \(pod.id)")
                case .clusterUnreachable(let reason): words.append("unreachable \(reason)")
                case .schedulingObjectsListed: break
                default: words.append("other")
                }
            }
            if words.count >= count { break }
        }
        return words
    }

    @Test("the cluster is listed, then its changes come in order, and an ended watch goes on where it was")
    func observe() async throws {
        let server = try ScriptedServer { request in
            guard request.target.contains("watch=1") else {
                return request.target.hasPrefix("/api/v1/pods") ? Self.list(Self.pod("p0")) : Self.list()
            }
            guard request.target.hasPrefix("/api/v1/pods") else { return .stream([], staysOpen: true) }
            if request.target.hasSuffix("resourceVersion=5") {
                return .stream(
                    [#"{"type":"ADDED","object":\#(Self.pod("p1", version: "6"))}"# + "\n"],
                    staysOpen: false
                )
            }
            return .stream([#"{"type":"DELETED","object":\#(Self.pod("p1", version: "8"))}"# + "\n"], staysOpen: true)
        }
        #expect(await observed(server, count: 3) == ["listed [\"p0\"] 0 0", "changed a/p1", "removed a/p1"])
        #expect(server.requests.contains { $0.target.hasSuffix("resourceVersion=6") })
    }

    @Test("a watch that breaks is said, and everything is listed anew")
    func unreachable() async throws {
        let watches = Locked(0)
        let server = try ScriptedServer { request in
            guard request.target.contains("watch=1") else { return Self.list() }
            guard request.target.hasPrefix("/api/v1/pods") else { return .stream([], staysOpen: true) }
            let isFirst = watches.withLock { count in
                count += 1
                return count == 1
            }
            return isFirst ? ScriptedServer.status(500, "InternalError", "etcd is away") : .stream([], staysOpen: true)
        }
        #expect(
            await observed(server, count: 3) == [
                "listed [] 0 0",
                "unreachable watch of /api/v1/pods: the API server answers 500 InternalError: etcd is away",
                "listed [] 0 0",
            ]
        )
    }

    @Test("a version that is too old is mended by a fresh list, without an alarm")
    func expired() async throws {
        let server = try ScriptedServer { request in
            guard request.target.contains("watch=1") else { return Self.list(version: 5) }
            return .stream([#"{"type":"ERROR","object":{"code":410,"reason":"Expired"}}"# + "\n"], staysOpen: true)
        }
        #expect(await observed(server, count: 2) == ["listed [] 0 0", "listed [] 0 0"])
    }

    @Test("an object that cannot be read makes the picture unreliable, and names itself")
    func unreadable() async throws {
        let server = try ScriptedServer { request in
            request.target.hasPrefix("/api/v1/pods")
                ? Self.list(#"{"metadata":{"namespace":"a","name":"odd","uid":"u"}}"#) : Self.list()
        }
        #expect(
            await observed(server, count: 1) == ["unreachable Pod a/odd: metadata.creationTimestamp is missing"]
        )
    }

    @Test("a node update is made to what was read, and again when somebody else was faster")
    func update() async throws {
        let patches = Locked(0)
        let server = try ScriptedServer { request in
            guard request.method == "PATCH" else { return .whole(200, Self.node) }
            let isFirst = patches.withLock { count in
                count += 1
                return count == 1
            }
            return isFirst ? ScriptedServer.status(409, "Conflict", "modified") : .whole(200, "{}")
        }
        try await server.cluster().update(
            NodeUpdate(
                node: "n",
                unschedulable: false,
                addTaints: [Taint(key: "k", value: "new", effect: .noSchedule), Taint(key: "k", effect: .noExecute)],
                removeTaintKeys: ["gleaner.dev/starting"]
            )
        )
        #expect(server.requests.map(\.method) == ["GET", "PATCH", "GET", "PATCH"])
        let patch = try #require(server.requests.last)
        #expect(patch.header("Content-Type") == "application/merge-patch+json")
        #expect(
            patch.json == [
                "metadata": ["resourceVersion": "3"],
                "spec": [
                    "unschedulable": false,
                    "taints": [
                        ["key": "k", "effect": "NoSchedule", "value": "new"], ["key": "k", "effect": "NoExecute"],
                    ],
                ],
            ]
        )
    }

    @Test("a node is cordoned together with the taint that says so: nobody else has to write its taints then")
    func cordon() async throws {
        let node = Locked(#"{"metadata":{"name":"n","resourceVersion":"3"},"spec":{}}"#)
        let server = try ScriptedServer { _ in .whole(200, node.withLock { $0 }) }
        try await server.cluster().update(NodeUpdate(node: "n", unschedulable: true))
        let taint: JSON = ["key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"]
        #expect(server.requests.last?.json["spec"] == ["unschedulable": true, "taints": [taint]])
        node.withLock {
            $0 = #"{"metadata":{"name":"n"},"spec":{"unschedulable":true,"taints":[\#(taint)]}}"#
        }
        try await server.cluster().update(NodeUpdate(node: "n", unschedulable: false))
        let patch = try #require(server.requests.last?.json["spec"])
        #expect(patch.object?["taints"] == .some(.null) && patch["unschedulable"] == false)
    }

    @Test("an update that changes nothing, or whose node is gone, succeeds without a patch")
    func updateOfNothing() async throws {
        let server = try ScriptedServer { request in
            request.target.hasSuffix("gone") ? ScriptedServer.status(404, "NotFound") : .whole(200, Self.node)
        }
        try await server.cluster().update(NodeUpdate(node: "gone", unschedulable: true))
        try await server.cluster().update(
            NodeUpdate(node: "n", unschedulable: true, addTaints: [.starting], removeTaintKeys: ["none"])
        )
        #expect(server.requests.map(\.method) == ["GET", "GET"])
    }

    @Test("an update that fails says why")
    func updateFails() async throws {
        let server = try ScriptedServer { _ in ScriptedServer.status(403, "Forbidden", "no") }
        await #expect(throws: KubernetesError.self) {
            try await server.cluster().update(NodeUpdate(node: "n", unschedulable: true))
        }
    }

    @Test(
        "the server's answer to an eviction is told",
        arguments: [
            (.whole(201, "{}"), EvictionOutcome.accepted),
            (
                ScriptedServer.status(429, "TooManyRequests", "Cannot evict", cause: "DisruptionBudget"),
                .blockedByBudget(message: "Cannot evict")
            ),
            (ScriptedServer.status(404, "NotFound", "pods \"p\" not found"), .gone),
            (ScriptedServer.status(409, "Conflict", "the UID in the precondition (u) does not match"), .gone),
            (
                ScriptedServer.status(500, "InternalError", "two budgets"),
                .failed(
                    message: "POST /api/v1/namespaces/a/pods/p/eviction: "
                        + "the API server answers 500 InternalError: two budgets"
                )
            ),
            (
                ScriptedServer.status(429, "TooManyRequests", "busy"),
                .failed(
                    message: "POST /api/v1/namespaces/a/pods/p/eviction: "
                        + "the API server answers 429 TooManyRequests: busy"
                )
            ),
        ] as [(ScriptedServer.Answer, EvictionOutcome)]
    )
    func evict(answer: ScriptedServer.Answer, outcome: EvictionOutcome) async throws {
        let server = try ScriptedServer { request in
            request.method == "GET" ? ScriptedServer.status(404, "NotFound") : answer
        }
        #expect(await server.cluster().evict(Self.eviction(overridesBudget: false)) == outcome)
    }

    @Test("past the last safe moment the pod is marked as disrupted and deleted, whatever its budget says")
    func override() async throws {
        let server = try ScriptedServer { _ in .whole(200, "{}") }
        #expect(await server.cluster().evict(Self.eviction(overridesBudget: true)) == .accepted)
        #expect(
            server.requests.map { "\($0.method) \($0.target)" }
                == ["PATCH /api/v1/namespaces/a/pods/p/status", "DELETE /api/v1/namespaces/a/pods/p"]
        )
        let patch = try #require(server.requests.first)
        #expect(patch.header("Content-Type") == "application/strategic-merge-patch+json")
        #expect(
            patch.json == [
                "metadata": ["uid": "u"],
                "status": [
                    "conditions": [
                        [
                            "type": "DisruptionTarget", "status": "True", "reason": "DeletionByGleaner",
                            "message": "reclaimed", "lastTransitionTime": "2026-11-21T05:00:00Z",
                        ]
                    ]
                ],
            ]
        )
        #expect(server.requests.last?.json["gracePeriodSeconds"] == 40)
        #expect(server.requests.last?.json["preconditions"] == ["uid": "u"])
    }

    @Test("a status that cannot be patched does not hold up the reclaim; another pod of the name is left alone")
    func overrideCorners() async throws {
        let stubborn = try ScriptedServer { request in
            request.method == "PATCH" ? ScriptedServer.status(403, "Forbidden", "no") : .whole(200, "{}")
        }
        #expect(await stubborn.cluster().evict(Self.eviction(overridesBudget: true)) == .accepted)
        let other = try ScriptedServer { _ in
            ScriptedServer.status(409, "Conflict", "Precondition failed: UID in precondition: u, UID in object meta: v")
        }
        #expect(await other.cluster().evict(Self.eviction(overridesBudget: true)) == .gone)
        #expect(other.requests.map(\.method) == ["PATCH"])
    }

    @Test("a check names what is forbidden")
    func check() async throws {
        let server = try ScriptedServer { request in
            request.target.contains("jobs") ? ScriptedServer.status(403, "Forbidden", "no jobs") : Self.list()
        }
        await #expect(
            throws: KubernetesError.status(
                request: "GET /apis/batch/v1/jobs",
                code: 403,
                reason: "Forbidden",
                message: "no jobs",
                causes: []
            )
        ) { try await server.cluster().check() }
    }

    private static func eviction(overridesBudget: Bool) -> Eviction {
        Eviction(
            pod: PodID(namespace: "a", name: "p"),
            uid: "u",
            graceSeconds: 40,
            overridesBudget: overridesBudget,
            reason: "reclaimed"
        )
    }
}
