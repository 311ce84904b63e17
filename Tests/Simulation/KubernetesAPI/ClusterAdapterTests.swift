import Kubernetes
import Logging
import Model
import Runtime
import Simulation
import Testing

/// The ordinary adapter against the world's API server, over its wire.
@Suite("Kubernetes adapter on the wire")
struct ClusterAdapterTests {
    private struct FixedClock: Runtime.Clock {
        var now: Timestamp { Timestamp(seconds: 1_763_700_000) }
        func sleep(until time: Timestamp) async throws {}
    }

    private let world = TestCluster()

    private func adapter(_ port: Int, token: String? = nil) -> KubernetesCluster {
        let access = KubernetesAccess(
            server: "http://127.0.0.1:\(port)",
            credential: token.map { .token($0) } ?? .none
        )
        return KubernetesCluster(
            client: KubernetesClient(access),
            clock: FixedClock(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            firstBackoff: .milliseconds(10)
        )
    }

    private static func pod(_ name: String) -> JSON {
        [
            "metadata": ["name": .string(name), "labels": ["app": "train"]],
            "spec": ["containers": [["name": "c", "image": "i", "resources": ["requests": ["cpu": "500m"]]]]],
        ]
    }

    @Test("a long list comes page by page, then every change, in order")
    func observe() async throws {
        try await world.withStore { store, now in
            try store.create(["metadata": ["name": "n1"]], as: .nodes, now: now)
            for index in 0..<1203 {
                try store.create(Self.pod("p\(index)"), as: .pods, in: "default", now: now)
            }
        }
        try await world.serving { port in
            let (stream, continuation) = AsyncStream.makeStream(of: [Event].self)
            let adapter = adapter(port)
            let task = Task { await adapter.observe { continuation.yield($0) } }
            defer { task.cancel() }
            var events = stream.makeAsyncIterator()
            guard case .clusterListed(let pods, let nodes, _) = try #require(await events.next()?.first) else {
                Issue.record("the first event is no list")
                return
            }
            #expect(Set(pods.map(\.id.name)).count == 1203)
            #expect(pods.allSatisfy { $0.requests["cpu"] == Quantity(thousandths: 500) })
            #expect(nodes.map(\.name) == ["n1"])

            try await world.withStore { store, now in
                try store.create(Self.pod("new"), as: .pods, in: "default", now: now)
                try store.delete(.pods, in: "default", "new", now: now)
            }
            var words = [String]()
            while words.count < 2, let batch = await events.next() {
                for event in batch {
                    if case .podChanged(let pod) = event { words.append("changed \(pod.id.name)") }
                    if case .podRemoved(let pod) = event { words.append("removed \(pod.id.name)") }
                }
            }
            #expect(words == ["changed new", "removed new"])
        }
    }

    @Test("a suspended Job of ours is unsuspended, once, and one that Kueue manages is not")
    func unsuspend() async throws {
        @Sendable func job(_ name: String, labels: [String: String]) -> JSON {
            [
                "metadata": ["name": .string(name), "labels": JSON(labels)],
                "spec": [
                    "suspend": true,
                    "template": ["spec": ["restartPolicy": "Never", "containers": [["name": "c", "image": "i"]]]],
                ],
            ]
        }
        let uids = try await world.withStore { store, now in
            let queue = [Label.queue: "q"]
            let kueue = queue.merging(["kueue.x-k8s.io/queue-name": "team"]) { $1 }
            return try [job("ours", labels: queue), job("kueue", labels: kueue)].map { job in
                try store.create(job, as: .jobs, in: "default", now: now)["metadata"]["uid"].string ?? ""
            }
        }
        try await world.serving { port in
            let adapter = adapter(port)
            let ours = Unsuspension(namespace: "default", name: "ours", uid: uids[0])
            #expect(await adapter.unsuspend(ours) == .accepted)
            #expect(await adapter.unsuspend(ours) == .accepted)
            let kueue = Unsuspension(namespace: "default", name: "kueue", uid: uids[1])
            #expect(await adapter.unsuspend(kueue) == .refused)
            #expect(await adapter.unsuspend(Unsuspension(namespace: "default", name: "ours", uid: "x")) == .gone)
        }
        let suspended = try await world.withStore { store, _ in
            ["ours", "kueue"].map { store.find(.jobs, in: "default", $0)?.at("spec", "suspend").bool }
        }
        #expect(suspended == [false, true])
    }

    @Test("volumes and namespaces come with the list, and change")
    func schedulingObjects() async throws {
        try await world.withStore { store, now in
            store.ensureNamespace("vision", now: now)
            try store.create(VolumeFixtures.volume(zone: "us-east-1b"), as: .persistentVolumes, now: now)
            try store.create(VolumeFixtures.claim, as: .persistentVolumeClaims, in: "vision", now: now)
        }
        try await world.serving { port in
            let (stream, continuation) = AsyncStream.makeStream(of: [Event].self)
            let adapter = adapter(port)
            let task = Task { await adapter.observe { continuation.yield($0) } }
            defer { task.cancel() }
            var objects = SchedulingObjects()
            var hasChanged = false
            events: for await batch in stream {
                for event in batch {
                    switch event {
                    case .schedulingObjectsListed(let listed):
                        objects = SchedulingObjects(listed)
                        #expect(objects.volumeClaims == [VolumeFixtures.expected(zone: "us-east-1b")])
                        try await world.withStore { store, now in
                            try store.modify(.persistentVolumes, "pv-1", now: now) { volume in
                                volume["spec"] = VolumeFixtures.volume(zone: "us-east-1c")["spec"]
                            }
                        }
                    case .schedulingObjectChanged(let object):
                        objects.put(object)
                        hasChanged = true
                    default: continue
                    }
                    if hasChanged { break events }
                }
            }
            #expect(objects.volumeClaims == [VolumeFixtures.expected(zone: "us-east-1c")])
            #expect(objects.namespaceLabels["vision"] == ["kubernetes.io/metadata.name": "vision"])
        }
    }

    @Test("a node is cordoned, tainted and opened again")
    func update() async throws {
        try await world.withStore { store, now in
            try store.create(
                [
                    "metadata": ["name": "n1"],
                    "spec": ["taints": [["key": "gleaner.dev/starting", "effect": "NoSchedule"]]],
                ],
                as: .nodes,
                now: now
            )
        }
        try await world.serving { port in
            let adapter = adapter(port)
            try await adapter.update(
                NodeUpdate(
                    node: "n1",
                    unschedulable: true,
                    addTaints: [.draining("idle")],
                    removeTaintKeys: ["gleaner.dev/starting"]
                )
            )
            var node = try await world.withStore { store, _ in try Node(json: store.get(.nodes, "n1")) }
            let cordoned = Taint(key: "node.kubernetes.io/unschedulable", effect: .noSchedule)
            #expect(node.isUnschedulable && node.taints == [.draining("idle"), cordoned])
            try await adapter.update(
                NodeUpdate(node: "n1", unschedulable: false, removeTaintKeys: ["gleaner.dev/draining"])
            )
            node = try await world.withStore { store, _ in try Node(json: store.get(.nodes, "n1")) }
            #expect(!node.isUnschedulable && node.taints.isEmpty)
            try await adapter.update(NodeUpdate(node: "gone", unschedulable: true))
        }
    }

    @Test("an eviction asks the budget, and past the last safe moment does not")
    func evict() async throws {
        let uid = try await world.withStore { store, now in
            try store.create(
                [
                    "metadata": ["name": "b"],
                    "spec": ["minAvailable": 1, "selector": ["matchLabels": ["app": "train"]]],
                ],
                as: .podDisruptionBudgets,
                in: "default",
                now: now
            )
            let pod = try store.create(Self.pod("p"), as: .pods, in: "default", now: now)
            try store.create(["metadata": ["name": "n1"]], as: .nodes, now: now)
            try store.bind(pod: "p", in: "default", to: "n1", now: now)
            try store.modify(.pods, in: "default", "p", now: now) { pod in
                pod["status"]["phase"] = "Running"
                pod["status"]["conditions"] = [["type": "Ready", "status": "True"]]
            }
            return pod["metadata"]["uid"].string ?? ""
        }
        try await world.serving { port in
            let adapter = adapter(port)
            func evict(_ name: String, _ uid: String, overridesBudget: Bool) async -> EvictionOutcome {
                await adapter.evict(
                    Eviction(
                        pod: PodID(namespace: "default", name: name),
                        uid: uid,
                        graceSeconds: 40,
                        overridesBudget: overridesBudget,
                        reason: "spot interruption"
                    )
                )
            }
            guard case .blockedByBudget(let message) = await evict("p", uid, overridesBudget: false) else {
                Issue.record("the budget was not asked")
                return
            }
            #expect(message.contains("disruption budget"))
            #expect(await evict("p", "another", overridesBudget: true) == .gone)
            #expect(await evict("none", uid, overridesBudget: true) == .gone)
            #expect(await evict("none", uid, overridesBudget: false) == .gone)
            #expect(await evict("p", uid, overridesBudget: true) == .accepted)
            let pod = try await world.withStore { store, _ in try store.get(.pods, in: "default", "p") }
            #expect(pod["metadata"]["deletionGracePeriodSeconds"] == 40)
            #expect(try Pod(json: pod).deletedAt == FixedClock().now)
            let condition = pod["status"]["conditions"].elements.first { $0["type"] == "DisruptionTarget" }
            #expect(condition?["message"] == "spot interruption")
            #expect(pod["status"]["conditions"].elements.count >= 2)
        }
    }

    @Test("a wrong token is told")
    func credentials() async throws {
        try await world.serving(.init(token: "right")) { port in
            try await adapter(port, token: "right").check()
            await #expect(throws: KubernetesError.self) { try await adapter(port, token: "wrong").check() }
        }
    }
}
