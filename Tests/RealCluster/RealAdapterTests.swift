import Foundation
import HTTPTransport
import Kubernetes
import Model
import Runtime
import Testing

extension RealClusterTests {
    @Suite("Cluster adapter on a real API server, with the deployed role")
    struct AdapterTests {
        private let cluster: RealCluster
        private let adapter: KubernetesCluster

        init() async throws {
            cluster = try RealCluster()
            adapter = RealCluster.cluster(try await cluster.deployed())
        }

        private func eviction(_ pod: JSON, in namespace: String, overridesBudget: Bool = false) -> Eviction {
            Eviction(
                pod: PodID(namespace: namespace, name: pod.name),
                uid: pod.uid,
                graceSeconds: 3,
                overridesBudget: overridesBudget,
                reason: "the test takes it"
            )
        }

        @Test("pods that the scheduler finds no place for, nodes and jobs are observed as they come and go")
        func observe() async throws {
            let namespace = try await cluster.namespace()
            _ = try await cluster.pod("early", in: namespace)
            let seen = Locked<[String]>([])
            let adapter = adapter
            let task = Task {
                await adapter.observe { events in
                    seen.withLock { words in
                        for event in events {
                            switch event {
                            case .clusterListed(let pods, _, _):
                                words += pods.filter { $0.id.namespace == namespace }.map { "listed \($0.id.name)" }
                            case .podChanged(let pod) where pod.id.namespace == namespace:
                                words.append("\(pod.isUnschedulable ? "unschedulable" : "changed") \(pod.id.name)")
                            case .podRemoved(let pod) where pod.id.namespace == namespace:
                                words.append("removed \(pod.id.name)")
                            case .nodeChanged(let node): words.append("node \(node.name)")
                            case .jobChanged(let job) where job.namespace == namespace:
                                words.append("job \(job.name)")
                            case .schedulingObjectsListed(let objects):
                                if objects.contains(
                                    .namespace(name: namespace, labels: ["kubernetes.io/metadata.name": namespace])
                                ) {
                                    words.append("namespace")
                                }
                            case .clusterUnreachable(let reason): words.append("unreachable \(reason)")
                            default: break
                            }
                        }
                    }
                }
            }
            defer { task.cancel() }
            func comes(_ word: String) async throws -> Bool {
                try await RealCluster.until { seen.withLock { $0.contains(word) } }
            }
            #expect(try await comes("listed early"))
            #expect(try await comes("namespace"))
            let late = try await cluster.pod("late", in: namespace)
            #expect(try await comes("unschedulable late"))
            let template: JSON = [
                "spec": ["restartPolicy": "Never", "containers": [["name": "main", "image": "none"]]]
            ]
            _ = try await cluster.admin.create(
                .jobs,
                namespace: namespace,
                ["metadata": ["name": "train"], "spec": ["template": template]]
            )
            #expect(try await comes("job train"))
            let node = "node-\(namespace)"
            try await cluster.node(node)
            #expect(try await comes("node \(node)"))
            try await cluster.admin.delete(.pods, namespace: namespace, name: "late", uid: late.uid, graceSeconds: 0)
            #expect(try await comes("removed late"))
            #expect(!seen.withLock { $0.contains { $0.hasPrefix("unreachable") } })
            try await remove(node)
        }

        /// Nodes belong to no namespace: without this the next test's pods would find one.
        private func remove(_ node: String) async throws {
            let uid = try await cluster.admin.get(.nodes, name: node).uid
            try await cluster.admin.delete(.nodes, name: node, uid: uid)
        }

        @Test("an eviction that a budget forbids is told as such; what the budget leaves is evicted with its grace")
        func budget() async throws {
            let namespace = try await cluster.namespace()
            let node = "node-\(namespace)"
            try await cluster.node(node)
            let first = try await cluster.pod("p-0", in: namespace, on: node)
            _ = try await cluster.admin.create(
                RealCluster.budgets,
                namespace: namespace,
                [
                    "metadata": ["name": "keep"],
                    "spec": ["minAvailable": 1, "selector": ["matchLabels": ["app": "test"]]],
                ]
            )
            let counted = try await RealCluster.until {
                try await cluster.admin.get(RealCluster.budgets, namespace: namespace, name: "keep")
                    .at("status", "currentHealthy").integer == 1
            }
            #expect(counted)
            guard case .blockedByBudget(let message) = await adapter.evict(eviction(first, in: namespace)) else {
                Issue.record("the budget did not hold")
                return
            }
            #expect(message.contains("disruption budget"))

            let second = try await cluster.pod("p-1", in: namespace, on: node)
            let allowed = try await RealCluster.until {
                try await cluster.admin.get(RealCluster.budgets, namespace: namespace, name: "keep")
                    .at("status", "disruptionsAllowed").integer == 1
            }
            #expect(allowed)
            #expect(await adapter.evict(eviction(second, in: namespace)) == .accepted)
            let leaving = try await cluster.admin.get(.pods, namespace: namespace, name: "p-1")
            #expect(leaving.at("metadata", "deletionGracePeriodSeconds").integer == 3)

            // The budget still forbids the first one; past the last safe moment that does not count.
            #expect(await adapter.evict(eviction(first, in: namespace, overridesBudget: true)) == .accepted)
            let overridden = try await cluster.admin.get(.pods, namespace: namespace, name: "p-0")
            let condition = overridden.at("status", "conditions").elements.first { $0["type"] == "DisruptionTarget" }
            #expect(condition?["message"] == "the test takes it")
            #expect(overridden.at("metadata", "deletionTimestamp").string != nil)
            try await remove(node)
        }

        @Test("a pod that is gone, or another of the same name, is not evicted")
        func gone() async throws {
            let namespace = try await cluster.namespace()
            let pod = try await cluster.pod("p", in: namespace)
            var other = eviction(pod, in: namespace)
            other.uid = UUID().uuidString.lowercased()
            #expect(await adapter.evict(other) == .gone)
            other.overridesBudget = true
            #expect(await adapter.evict(other) == .gone)
            other.pod.name = "none"
            other.overridesBudget = false
            #expect(await adapter.evict(other) == .gone)
            let still = try await cluster.admin.get(.pods, namespace: namespace, name: "p")
            #expect(still.at("metadata", "deletionTimestamp") == .null)
        }

        @Test("updates of one node at the same time all count")
        func update() async throws {
            let name = "node-\(UUID().uuidString.lowercased().prefix(8))"
            try await cluster.node(name)
            let adapter = adapter
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<4 {
                    group.addTask {
                        let taint = Taint(key: "gleaner.dev/test-\(number)", effect: .noSchedule)
                        try await adapter.update(NodeUpdate(node: name, unschedulable: true, addTaints: [taint]))
                    }
                }
                try await group.waitForAll()
            }
            let node = try await cluster.admin.get(.nodes, name: name)
            let keys = node.at("spec", "taints").elements.compactMap { $0["key"].string }
            #expect(Set(keys).isSuperset(of: (0..<4).map { "gleaner.dev/test-\($0)" }))
            #expect(node.at("spec", "unschedulable") == true)
            try await remove(name)
        }

        @Test("what the role does not allow is said")
        func role() async throws {
            let nobody = RealCluster.cluster(KubernetesClient(try RealCluster.access("nobody")))
            do {
                try await nobody.check()
                Issue.record("a user without a role was let in")
            } catch {
                #expect(
                    error.description.hasPrefix("GET /api/v1/pods: the API server forbids it (pods is forbidden: ")
                        && error.description.hasSuffix("): check the role that is bound to our user")
                )
            }
            let namespace = try await cluster.namespace()
            let pod = try await cluster.pod("p", in: namespace)
            guard case .failed(let message) = await nobody.evict(eviction(pod, in: namespace)) else {
                Issue.record("a user without a role evicted a pod")
                return
            }
            #expect(message.contains("forbids it") && message.contains("pods/eviction"))
        }
    }
}
