import Foundation
import HTTPTransport
import Journal
import Kubernetes
import Logging
import Model
import Runtime

/// The real loop beside the real API server, with the deployed role, and a cloud that the test speaks for.
final class Rig: Sendable {
    /// The wall's time, and as much more as the test lets pass at once.
    final class SkewedClock: Runtime.Clock {
        private let skew = Locked(Duration.zero)

        var now: Timestamp {
            Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) + skew.withLock { $0 }
        }

        func sleep(until time: Timestamp) async throws {
            while now < time { try await Task.sleep(for: min(max(.milliseconds(1), time - now), .milliseconds(20))) }
        }

        func pass(_ time: Duration) { skew.withLock { $0 += time } }
    }

    let cloud: RigCloud
    let clock = SkewedClock()
    let engine: Engine
    private let cluster: WatchedCluster

    /// - Parameters:
    ///   - client: As whom to act.
    ///   - namespace: The only one that is served.
    ///   - journal: Where facts go.
    init(_ client: KubernetesClient, namespace: String, journal: any Runtime.Journal) {
        let shape = Pool.ShapeTemplate(name: "a10g", instanceTypes: ["g5.xlarge"])
        let pool = Pool(name: "single", shapes: [shape], namespaces: [namespace])
        let cloud = RigCloud(clock: clock)
        let cluster = WatchedCluster(inner: RealCluster.cluster(client))
        (self.cloud, self.cluster) = (cloud, cluster)
        engine = Engine(
            configuration: GleanerConfiguration(clusterName: "test", pools: [pool]),
            parts: Engine.Parts(cloud: cloud, notices: cloud, cluster: cluster, journal: journal, clock: clock),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    /// When the loop was first told that no node has room for a pod.
    func unschedulableAt(_ pod: String) -> ContinuousClock.Instant? { cluster.unschedulable.withLock { $0[pod] } }
}

/// Notes when the loop is told what.
struct WatchedCluster: Runtime.Cluster {
    let inner: KubernetesCluster
    let unschedulable = Box()

    final class Box: Sendable {
        private let times = Locked<[String: ContinuousClock.Instant]>([:])
        func withLock<Value>(_ body: (inout [String: ContinuousClock.Instant]) -> Value) -> Value {
            times.withLock(body)
        }
    }

    func observe(_ deliver: @escaping @Sendable ([Event]) async -> Void) async {
        await inner.observe { events in
            for case .podChanged(let pod) in events where pod.isUnschedulable {
                unschedulable.withLock { $0[pod.id.name] = $0[pod.id.name] ?? .now }
            }
            await deliver(events)
        }
    }

    func update(_ update: NodeUpdate) async throws { try await inner.update(update) }
    func update(_ update: ProvisioningUpdate) async throws { try await inner.update(update) }
    func evict(_ eviction: Eviction) async -> EvictionOutcome { await inner.evict(eviction) }
    func unsuspend(_ unsuspension: Unsuspension) async -> UnsuspensionOutcome { await inner.unsuspend(unsuspension) }
    func tell(_ events: [ObjectEvent]) async { await inner.tell(events) }
}

/// A cloud that starts whatever is asked for, and its queue.
final class RigCloud: Cloud, NoticeSource {
    struct Launch: Sendable {
        var request: LaunchRequest
        var at: ContinuousClock.Instant
        var instances: [Instance]
    }

    private struct Kept: Sendable {
        var launches: [Launch] = []
        var terminated: [InstanceID] = []
        var messages: [QueuedMessage] = []
    }

    private let clock: Rig.SkewedClock
    private let kept = Locked(Kept())
    /// No two clusters of one test run share instances.
    private let prefix = "i-\(UUID().uuidString.lowercased().prefix(8))"

    init(clock: Rig.SkewedClock) { self.clock = clock }

    var launches: [Launch] { kept.withLock { $0.launches } }
    var terminated: [InstanceID] { kept.withLock { $0.terminated } }

    func say(_ notice: Notice) {
        kept.withLock { $0.messages.append(QueuedMessage(notice: notice, receipt: notice.id)) }
    }

    func catalogue(instanceTypes: [String]) async throws -> Catalogue {
        let offers: Resources = Resources([
            "cpu": Quantity(4), "memory": Quantity(16 << 30), "nvidia.com/gpu": Quantity(1), "pods": Quantity(50),
        ])
        let type = InstanceType(name: "g5.xlarge", allocatable: offers, accelerator: "A10G")
        let offering = Offering(instanceType: "g5.xlarge", zone: "us-east-1a", capacityType: .spot)
        let price = PricePoint(
            offering: offering,
            pricePerHour: Money("0.4") ?? .zero,
            effectiveAt: Timestamp(seconds: 0)
        )
        return Catalogue(instanceTypes: ["g5.xlarge": type], prices: [offering: price])
    }

    func prices(instanceTypes: [String], since: Timestamp) async throws -> [PricePoint] { [] }

    func launch(_ request: LaunchRequest) async -> LaunchOutcome {
        let at = ContinuousClock.now
        return kept.withLock { kept in
            if let known = kept.launches.first(where: { $0.request.id == request.id }) {
                return .launched(known.instances)
            }
            let first = kept.launches.reduce(0) { $0 + $1.instances.count }
            let instances = (0..<request.count).map { index in
                Instance(
                    id: InstanceID("\(prefix)-\(first + index)"),
                    offering: request.offering,
                    state: .running,
                    launchedAt: clock.now,
                    tags: request.tags
                )
            }
            kept.launches.append(Launch(request: request, at: at, instances: instances))
            return .launched(instances)
        }
    }

    func terminate(_ instances: [InstanceID]) async throws { kept.withLock { $0.terminated += instances } }

    func instances(clusterName: String) async throws -> [Instance] {
        kept.withLock { kept in
            kept.launches.flatMap(\.instances).map { instance in
                var shown = instance
                if kept.terminated.contains(instance.id) { shown.state = .terminated }
                return shown
            }
        }
    }

    func receive() async throws -> [QueuedMessage] {
        try await Task.sleep(for: .milliseconds(20))
        return kept.withLock { $0.messages }
    }

    func acknowledge(_ receipts: [String]) async throws {
        kept.withLock { $0.messages.removeAll { receipts.contains($0.receipt) } }
    }
}
