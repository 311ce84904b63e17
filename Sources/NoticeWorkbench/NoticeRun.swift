import AWS
import Autoscaler
import Foundation
import Journal
import Kubernetes
import Logging
import Model
import Runtime

/// Many nodes that are taken back at the same time, before the real loop, its journal and its Kubernetes client.
package struct NoticeRun: Sendable {
    /// What came of it.
    package struct Outcome: Sendable {
        /// Trainings, and notices in all.
        package var trainings: Int
        package var notices: Int
        package var asked: Int
        package var cordoned: Int
        package var evicted: Int
        /// Trainings that were asked, or told to stop, more often than once.
        package var repeated: Int
        /// Notices that the journal holds.
        package var recorded: Int
        /// From a notice's arrival until its pod was asked, in seconds, sorted.
        package var delays: [Double]
        /// From the first notice until the last pod was asked, in seconds.
        package var total: Double

        /// The delay that a share of all stays under.
        package func delay(at share: Double) -> Double {
            delays.isEmpty ? 0 : delays[min(delays.count - 1, Int(share * Double(delays.count)))]
        }
    }

    package var count: Int
    package var within: Duration
    package var answerAfter: Duration
    package var seed: UInt64
    /// How long to wait for all of it.
    package var patience: Duration

    package init(
        count: Int = 1000,
        within: Duration = .seconds(1),
        answerAfter: Duration = .milliseconds(5),
        seed: UInt64 = 1,
        patience: Duration = .seconds(60)
    ) {
        self.count = count
        self.within = within
        self.answerAfter = answerAfter
        self.seed = seed
        self.patience = patience
    }

    /// Runs it once.
    /// - Parameter folder: for the journal's file.
    /// - Returns: what came of it until every pod was asked and told to stop, or until the patience was over.
    /// - Throws: what the journal, the loop or the network throws.
    package func run(folder: String) async throws -> Outcome {
        let instances = (0..<count).map { InstanceID("i-\($0)") }
        let cluster = try CrowdedCluster(instances: instances, answerAfter: answerAfter)
        defer { cluster.close() }
        let clock = WallClock()
        let journal = try SQLiteJournal(path: "\(folder)/notices.sqlite")
        let crowd = Crowd(instances: instances, launchedAt: clock.now - .seconds(7200))
        try await crowd.record(in: journal, at: clock.now)
        let storm = NoticeStorm(count: count, within: within, seed: seed, clock: clock)
        let logger = Logger.silent
        let engine = Engine(
            configuration: Crowd.configuration,
            parts: Engine.Parts(
                cloud: SoldOutCloud(instances: crowd.described),
                notices: storm,
                cluster: KubernetesCluster(
                    client: KubernetesClient(KubernetesAccess(server: cluster.url)),
                    clock: clock,
                    logger: logger
                ),
                journal: journal,
                clock: clock,
                trainings: PodCheckpoints()
            ),
            logger: logger
        )
        let loop = Task { try await engine.run() }
        defer { loop.cancel() }
        try await wait(patience) { await engine.status().workloads.count { $0.phase == .running } == self.count }
        let begun = ContinuousClock.now
        storm.begin()
        try await wait(patience) {
            cluster.askedCount == self.count && cluster.evictedCount == self.count
                && cluster.cordonedCount == self.count && storm.acknowledgedCount >= storm.count
        }
        loop.cancel()
        _ = await loop.result
        let recorded = try await journal.entries().count { entry in
            if case .noticeReceived = entry.fact { true } else { false }
        }
        try journal.close()
        let (sent, asked) = (storm.sentAt, cluster.firstAsked)
        return Outcome(
            trainings: count,
            notices: storm.count,
            asked: cluster.askedCount,
            cordoned: cluster.cordonedCount,
            evicted: cluster.evictedCount,
            repeated: cluster.repeated,
            recorded: recorded,
            delays: asked.compactMap { number, at in sent[number].map { ($0.duration(to: at)) / .seconds(1) } }
                .sorted(),
            total: (asked.values.max().map { begun.duration(to: $0) } ?? .zero) / .seconds(1)
        )
    }
}

/// A cloud with prices and without capacity: what is planned is asked for, and nothing comes of it.
private struct SoldOutCloud: Cloud {
    var instances: [Instance]

    func catalogue(instanceTypes: [String]) async throws -> Catalogue {
        let name = CrowdedCluster.instanceType
        let type = InstanceType(name: name, allocatable: Crowd.allocatable, accelerator: "A10G")
        let points = zip(["us-east-1a", "us-east-1b"], ["0.4", "0.5"]).map { zone, price in
            PricePoint(
                offering: Offering(instanceType: name, zone: zone, capacityType: .spot),
                pricePerHour: Money(price) ?? .zero,
                effectiveAt: Timestamp(seconds: 0)
            )
        }
        return Catalogue(
            instanceTypes: [name: type],
            prices: Dictionary(uniqueKeysWithValues: points.map { ($0.offering, $0) })
        )
    }

    func prices(instanceTypes: [String], since: Timestamp) async throws -> [PricePoint] { [] }

    func launch(_ request: LaunchRequest) async -> LaunchOutcome { .failed(.noCapacity, message: "sold out") }

    func terminate(_ instances: [InstanceID]) async throws {}

    func instances(clusterName: String) async throws -> [Instance] { instances }
}

/// Waits until something is so, or for as long as the patience lasts.
func wait(_ patience: Duration, until isDone: () async -> Bool) async throws {
    let end = ContinuousClock.now + patience
    while await !isDone(), ContinuousClock.now < end { try await Task.sleep(for: .milliseconds(5)) }
}
