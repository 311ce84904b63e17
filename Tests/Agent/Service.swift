import Autoscaler
import Foundation
import Model
import Runtime
import Server
import TestSupport

/// What a service consists of beside its server: a core that owns instance i-1, and a journal that can be read.
struct Service {
    let journal = MemoryJournal()
    let source: LiveStatus
    let engine: Engine

    init() {
        let shape = Pool.ShapeTemplate(name: "a10g", instanceTypes: ["g5.xlarge"])
        let configuration = GleanerConfiguration(clusterName: "test", pools: [Pool(name: "p", shapes: [shape])])
        let clock = WallClock()
        let books = Books(configuration: configuration)
        let journal = journal
        engine = Engine(
            configuration: configuration,
            parts: Engine.Parts(
                cloud: IdleCloud(),
                notices: nil,
                cluster: IdleCluster(),
                journal: journal,
                clock: clock,
                observe: { await books.record($0) }
            ),
            logger: silentLogger
        )
        source = LiveStatus(engine: engine, books: books, clock: clock, configuration: configuration)
    }

    /// Serves while the body runs.
    func serving(
        cluster: String,
        port: Int = 0,
        tls: TLSFiles? = nil,
        _ body: (Int) async throws -> Void
    ) async throws {
        let running = Task { try await engine.run() }
        defer { running.cancel() }
        try await TestSupport.serving { listening in
            GleanerServer(
                source: source,
                port: port,
                gate: FakeCluster.gate(cluster),
                tls: tls,
                logger: silentLogger,
                onListening: listening
            )
        } _: {
            try await body($0)
        }
    }
}

/// Begins with a launch that brought i-1.
final class MemoryJournal: Journal, @unchecked Sendable {
    private let lock = NSLock()
    private var kept: [JournalEntry]
    let identity = "test"

    init() {
        let offering = Offering(instanceType: "g5.xlarge", zone: "us-east-1a", capacityType: .spot)
        let now = WallClock().now
        let price = Money("0.4") ?? .zero
        let shape = Shape(name: "a10g", instanceTypes: ["g5.xlarge"], allocatable: Resources(), accelerator: "A10G")
        let request = LaunchRequest(
            id: "test-1",
            pool: "p",
            shape: shape,
            offering: offering,
            count: 1,
            pricePerHour: price,
            nodeLabels: [:],
            nodeTaints: [],
            tags: [:],
            workloads: [],
            gang: nil,
            expectedCost: price
        )
        let instance = Instance(id: InstanceID("i-1"), offering: offering, state: .running, launchedAt: now)
        let facts: [Fact] = [
            .launchIntended(request, Explanation(workloads: [], chosen: nil, summary: "")),
            .launchEnded(request.id, .launched([instance])),
        ]
        kept = facts.enumerated().map { JournalEntry(sequence: Int64($0 + 1), at: now, epoch: 1, fact: $1) }
    }

    var notices: [Notice] {
        lock.withLock { kept }.compactMap { if case .noticeReceived(let notice, _) = $0.fact { notice } else { nil } }
    }

    func entries() async throws -> [JournalEntry] { lock.withLock { kept } }

    func newestEpoch() async throws -> Int64 { lock.withLock { kept.last?.epoch ?? 0 } }

    func begin(epoch: Int64) async throws {}

    func append(_ facts: [Fact], at: Timestamp, epoch: Int64) async throws -> [JournalEntry] {
        lock.withLock {
            let new = facts.enumerated().map {
                JournalEntry(sequence: Int64(kept.count + $0 + 1), at: at, epoch: epoch, fact: $1)
            }
            kept += new
            return new
        }
    }
}

private struct IdleCloud: Cloud {
    struct Nothing: Error {}

    func catalogue(instanceTypes: [String]) async throws -> Catalogue { Catalogue(instanceTypes: [:], prices: [:]) }
    func prices(instanceTypes: [String], since: Timestamp) async throws -> [PricePoint] { [] }
    func launch(_ request: LaunchRequest) async -> LaunchOutcome { .failed(.unanswered, message: "") }
    func terminate(_ instances: [InstanceID]) async throws { throw Nothing() }
    func instances(clusterName: String) async throws -> [Instance] { throw Nothing() }
}

private struct IdleCluster: Cluster {
    func observe(_ deliver: @escaping @Sendable ([Event]) async -> Void) async {
        try? await Task.sleep(for: .seconds(3600))
    }

    func update(_ update: NodeUpdate) async throws {}
    func update(_ update: ProvisioningUpdate) async throws {}
    func evict(_ eviction: Eviction) async -> EvictionOutcome { .gone }
    func unsuspend(_ unsuspension: Unsuspension) async -> UnsuspensionOutcome { .gone }
    func tell(_ events: [ObjectEvent]) async {}
}
