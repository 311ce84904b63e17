import AWS
import Autoscaler
import HTTPTransport
import Journal
import Kubernetes
import Logging
package import Model
import Runtime

/// Many nodes that are taken back at the same time, their warnings in a queue on loopback: before the real loop, its
/// journal, its clients of the cloud and the queue, and its Kubernetes client.
package struct QueueRun: Sendable {
    /// What came of it. Times are from the moment at which the first warning was in the queue, in seconds.
    package struct Outcome: Sendable {
        package var messages: Int
        /// Notices that the journal holds, and instances that they are about.
        package var recorded: Int
        package var recordedInstances: Int
        package var asked: Int
        package var cordoned: Int
        package var evicted: Int
        /// Messages that were left in the queue.
        package var left: Int
        /// Until the last notice was in the journal.
        package var journaledAfter: Double
        /// Until every pod was asked to save, every node was cordoned and every pod was told to stop.
        package var actedAfter: Double
        /// Until the queue was empty.
        package var emptyAfter: Double

        package var isWhole: Bool {
            left == 0 && [recorded, recordedInstances, asked, cordoned, evicted].allSatisfy { $0 == messages }
        }
    }

    package var count: Int
    package var answerAfter: Duration
    /// Path of a shape catalogue.
    package var catalogue: String
    /// How long to wait for all of it.
    package var patience: Duration

    package init(
        count: Int = 1000,
        answerAfter: Duration = .milliseconds(5),
        catalogue: String,
        patience: Duration = .seconds(60)
    ) {
        self.count = count
        self.answerAfter = answerAfter
        self.catalogue = catalogue
        self.patience = patience
    }

    /// The service's configuration, against a crowd's cloud.
    static var configuration: GleanerConfiguration {
        var result = Crowd.configuration
        result.aws.interruptionQueue = CrowdedCloud.queueName
        result.aws.node.imageID = "ami-00000000000000000"
        result.aws.node.subnetTags = CrowdedCloud.subnetTags
        result.pools[0].node = result.aws.node
        return result
    }

    /// Runs it once.
    /// - Parameter folder: for the journal's file.
    /// - Returns: what came of it until all was done, or until the patience was over.
    /// - Throws: what the journal, the loop or the network throws.
    package func run(folder: String) async throws -> Outcome {
        let journal = try SQLiteJournal(path: "\(folder)/queue.sqlite")
        let cloud = try CrowdedCloud(count: count, identity: journal.identity, catalogue: catalogue)
        let cluster = try CrowdedCluster(instances: cloud.crowd.instances, answerAfter: answerAfter)
        defer { cluster.close() }
        let outcome = try await cloud.serving { endpoint in
            try await run(journal, cloud, cluster, endpoint: endpoint)
        }
        try journal.close()
        return outcome
    }

    private func run(
        _ journal: SQLiteJournal,
        _ cloud: CrowdedCloud,
        _ cluster: CrowdedCluster,
        endpoint: String
    ) async throws -> Outcome {
        let clock = WallClock()
        try await cloud.crowd.record(in: journal, at: clock.now)
        let logger = Logger.silent
        let client = AWSClient(
            configuration: AWSConfiguration(
                region: "us-east-1",
                endpoints: Dictionary(uniqueKeysWithValues: AWSService.allCases.map { ($0, endpoint) })
            ),
            credentials: StaticCredentials(
                Credentials(
                    accessKeyID: CrowdedCloud.accessKeyID,
                    secretAccessKey: Secret(CrowdedCloud.secretAccessKey)
                )
            ),
            http: HTTPClient()
        )
        let journaled = Locked<(instances: Set<InstanceID>, last: ContinuousClock.Instant?)>(([], nil))
        let engine = Engine(
            configuration: Self.configuration,
            parts: Engine.Parts(
                cloud: AWSCloud(client: client, configuration: Self.configuration, clock: clock, logger: logger),
                notices: InterruptionQueue(client: client, name: CrowdedCloud.queueName, logger: logger),
                cluster: KubernetesCluster(
                    client: KubernetesClient(KubernetesAccess(server: cluster.url)),
                    clock: clock,
                    logger: logger
                ),
                journal: journal,
                clock: clock,
                trainings: PodCheckpoints(),
                observe: { entries in
                    let instances = entries.compactMap(\.interrupted)
                    guard !instances.isEmpty else { return }
                    journaled.withLock { journaled in
                        journaled.instances.formUnion(instances)
                        journaled.last = .now
                    }
                }
            ),
            logger: logger
        )
        let loop = Task { try await engine.run() }
        defer { loop.cancel() }
        try await wait(patience) { await engine.status().workloads.count { $0.phase == .running } == count }
        let begun = ContinuousClock.now
        await cloud.takeBack()
        try await wait(patience) {
            cluster.askedCount == count && cluster.evictedCount == count && cluster.cordonedCount == count
                && journaled.withLock { $0.instances.count } == count
        }
        let acted = ContinuousClock.now
        try await wait(patience) { await cloud.waiting == 0 }
        let empty = ContinuousClock.now
        loop.cancel()
        _ = await loop.result
        let recorded = try await journal.entries().compactMap(\.interrupted)
        let left = await cloud.waiting
        return Outcome(
            messages: count,
            recorded: recorded.count,
            recordedInstances: Set(recorded).count,
            asked: cluster.askedCount,
            cordoned: cluster.cordonedCount,
            evicted: cluster.evictedCount,
            left: left,
            journaledAfter: (journaled.withLock { $0.last }.map { begun.duration(to: $0) } ?? .zero) / .seconds(1),
            actedAfter: begun.duration(to: acted) / .seconds(1),
            emptyAfter: begun.duration(to: empty) / .seconds(1)
        )
    }
}

extension JournalEntry {
    /// The instance of which the entry says that the cloud takes it back.
    package var interrupted: InstanceID? {
        if case .noticeReceived(let notice, _) = fact, notice.kind == .interruption { notice.instance } else { nil }
    }
}
