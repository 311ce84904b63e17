package import Autoscaler
package import Billing
package import Model
package import Runtime

/// The running service as the server sees it.
package struct LiveStatus: StatusSource {
    private let engine: Engine
    private let books: Books
    private let clock: any Clock
    package let configuration: GleanerConfiguration
    package let startedAt: Timestamp
    private let standingBy: @Sendable () -> String?

    /// - Parameters:
    ///   - engine: The loop.
    ///   - books: What it has committed.
    ///   - clock: Dates what is shown.
    ///   - configuration: The one that the loop goes by.
    ///   - standingBy: Says who leads while we do not; nil while we do.
    package init(
        engine: Engine,
        books: Books,
        clock: any Clock,
        configuration: GleanerConfiguration,
        standingBy: @escaping @Sendable () -> String? = { nil }
    ) {
        self.engine = engine
        self.books = books
        self.clock = clock
        self.configuration = configuration
        self.standingBy = standingBy
        startedAt = clock.now
    }

    package var now: Timestamp { clock.now }

    package var standby: String? { standingBy() }

    package func status() async -> Status { await engine.status() }

    package func freshness() async -> Freshness { await engine.freshness() }

    package func firstEntryAt() async -> Timestamp? { await books.firstEntryAt }

    package func report(_ query: CostQuery) async -> CostReport { await books.report(query, now: now) }

    package func workloadCosts(shareIdle: Bool) async -> [WorkloadCost] {
        await books.workloadCosts(shareIdle: shareIdle, now: now)
    }

    package func decisions(limit: Int) async -> [DecisionRecord] { await books.decisions(limit: limit) }

    package func interruptions() async -> [InterruptionRecord] { await books.interruptions() }

    package func counters() async -> Counters { await books.counters }

    package func queueTally() async -> QueueTally? { engine.queueTally() }

    package func namespaces() async -> Set<String> {
        let running = Set(await engine.status().workloads.map(\.workload.id.namespace))
        return await running.union(books.namespaces())
    }

    package func take(_ notice: Notice) async -> Bool { await engine.take(notice) }

    package func setPaused(_ paused: Bool, by: String) async { engine.put(.pauseRequested(paused, by: by)) }
}
