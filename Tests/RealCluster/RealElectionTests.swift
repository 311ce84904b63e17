import Foundation
import HTTPTransport
import Kubernetes
import Logging
import Testing

extension RealClusterTests {
    @Suite("Election on a real API server")
    struct ElectionTests {
        @Test("one of two leads; when it falls silent the other follows, with a later epoch and never beside it")
        func election() async throws {
            let cluster = try RealCluster()
            // As it is deployed: the service account's own namespace, and the only lease that its role allows.
            _ = try await cluster.deployed()
            let namespace = "gleaner"
            try await cluster.forgetLease()
            var access = try RealCluster.access("gleaner")
            access.namespace = namespace
            let leading = Locked<(now: Int, most: Int, epochs: [Int64])>((0, 0, []))
            let times = LeaseTimes(lease: .seconds(2), renewal: .milliseconds(1400), retry: .milliseconds(400))
            let tasks = ["a", "b"].map { identity in
                let election = LeaseElection(
                    access,
                    name: "gleaner",
                    identity: identity,
                    times: times,
                    logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
                )
                return Task {
                    try await election.lead { epoch in
                        leading.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1), $0.epochs + [epoch]) }
                        defer { leading.withLock { $0.now -= 1 } }
                        try await Task.sleep(for: .seconds(60))
                    }
                }
            }
            defer { for task in tasks { task.cancel() } }
            #expect(try await RealCluster.until { leading.withLock { $0.epochs == [1] } })
            try await Task.sleep(for: .seconds(3))
            #expect(leading.withLock { $0.epochs } == [1])

            // Somebody takes the lease away and does not renew it.
            let lease = try await cluster.admin.get(.leases, namespace: namespace, name: "gleaner")
            let leader = try #require(lease.at("spec", "holderIdentity").string)
            #expect(["a", "b"].contains(leader))
            _ = try await cluster.admin.patch(
                .leases,
                namespace: namespace,
                name: "gleaner",
                ["spec": ["holderIdentity": "ghost", "leaseTransitions": 1]]
            )
            #expect(try await RealCluster.until { leading.withLock { $0.now == 0 } })
            #expect(try await RealCluster.until { leading.withLock { $0.epochs == [1, 3] } })
            #expect(leading.withLock { $0.most } == 1)
            let taken = try await cluster.admin.get(.leases, namespace: namespace, name: "gleaner")
            #expect(taken.at("spec", "holderIdentity").string != leader)
        }
    }
}
