import Autoscaler
import Billing
import Model
import Runtime

@testable import Server

/// A source over books that a story filled, and a status as the core would tell it.
actor SampleSource: StatusSource {
    let now: Timestamp
    let startedAt = SampleStory.start
    let configuration = SampleStory.configuration
    private let books = Books(configuration: SampleStory.configuration)
    private var shown: Status
    /// How often all that is known was put together.
    private(set) var statusReads = 0
    private(set) var pauses: [String] = []
    private(set) var notices: [Notice] = []

    let standby: String?
    private(set) var tally: QueueTally?

    /// An empty one: nothing was ever seen.
    init(standby: String? = nil) {
        self.standby = standby
        now = SampleStory.end
        shown = Status(
            isPaused: false,
            isDryRun: false,
            isLeader: true,
            claims: [],
            workloads: [],
            offerings: [],
            pendingPods: 0,
            clusterObservedAt: nil,
            cloudObservedAt: nil,
            pricesObservedAt: nil
        )
    }

    private static let advice = Status.CheckpointAdvice(
        intervalSeconds: 840,
        costSeconds: 42,
        isMeasured: true,
        worth: { .init(wastedShare: 0.07123456, presentWastedShare: 0.31, savedPerHour: Money("2.3477") ?? .zero) },
        asksAt: SampleStory.end + .seconds(300),
        failure: "llm-0: it answers <b>503</b>"
    )

    func read(_ tally: QueueTally) { self.tally = tally }

    func queueTally() async -> QueueTally? { tally }

    /// One with all that a story tells.
    init(_ story: SampleStory) async {
        self.init()
        await books.record(story.entries)
        let ended = Set(
            story.entries.compactMap { entry in
                if case .workloadEnded(let id, _) = entry.fact { id } else { nil }
            }
        )
        shown.claims = story.claims
        shown.workloads = story.workloads.map { workload in
            let claims = story.claims.filter { $0.workloads.contains(workload.id) }.map(\.id)
            let isWaiting = claims.isEmpty && !ended.contains(workload.id)
            return Status.WorkloadStatus(
                workload: workload,
                phase: ended.contains(workload.id) ? .succeeded : isWaiting ? .waiting : .running,
                attempts: story.attempts(of: workload.id),
                interruptions: max(0, story.attempts(of: workload.id) - 1),
                reason: isWaiting ? "No capacity: \"p4d\" & others <b>closed</b>" : nil,
                claims: claims,
                lastCheckpointAt: nil,
                checkpointAdvice: isWaiting || ended.contains(workload.id) ? nil : Self.advice
            )
        }
        let offering = Offering(instanceType: "p4d.24xlarge", zone: "us-east-1a", capacityType: .spot)
        shown.offerings = [
            Status.OfferingStatus(
                offering: offering,
                shape: "a100",
                pool: "training",
                accelerator: "A100",
                accelerators: 8,
                pricePerHour: Money("9.8321") ?? .zero,
                priceEffectiveAt: SampleStory.start,
                closedUntil: now + .seconds(120),
                closedReason: "InsufficientInstanceCapacity"
            )
        ]
        shown.pendingPods = 1
        shown.clusterObservedAt = now - .seconds(2)
        shown.cloudObservedAt = now - .seconds(20)
        shown.pricesObservedAt = now - .seconds(120)
    }

    func status() -> Status {
        statusReads += 1
        return shown
    }

    func freshness() -> Freshness {
        Freshness(clusterObservedAt: shown.clusterObservedAt, pricesObservedAt: shown.pricesObservedAt)
    }
    func firstEntryAt() async -> Timestamp? { await books.firstEntryAt }
    func report(_ query: CostQuery) async -> CostReport { await books.report(query, now: now) }
    func workloadCosts(shareIdle: Bool) async -> [WorkloadCost] {
        await books.workloadCosts(shareIdle: shareIdle, now: now)
    }
    func decisions(limit: Int) async -> [DecisionRecord] { await books.decisions(limit: limit) }
    func interruptions() async -> [InterruptionRecord] { await books.interruptions() }
    func counters() async -> Counters { await books.counters }

    func namespaces() async -> Set<String> {
        await books.namespaces().union(shown.workloads.map(\.workload.id.namespace))
    }

    func take(_ notice: Notice) async -> Bool {
        notices.append(notice)
        return true
    }

    func setPaused(_ paused: Bool, by: String) {
        shown.isPaused = paused
        pauses.append(by)
    }

    func observe(prices: Timestamp?) { shown.pricesObservedAt = prices }
}
