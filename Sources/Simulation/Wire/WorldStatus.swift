package import Model

/// What the world itself says of the run: the truth that reports are held against.
package struct WorldStatus: Codable, Sendable {
    package struct Workload: Codable, Sendable {
        package var namespace: String
        package var name: String
        package var completed: Bool
        package var attempts: Int
        package var interruptions: Int
        package var lostWorkSeconds: Int64
        package var checkpointFitsNotice: Bool
    }

    /// What one client token asked of the cloud, and what it got.
    package struct Launch: Codable, Sendable {
        package var clientToken: String
        package var asked: Int
        package var launched: Int
    }

    package var now: Timestamp
    package var startedAt: Timestamp
    package var rate: Double
    package var seed: UInt64
    /// Everything was submitted and is complete, no instance lives, and no message waits to be read.
    package var isDone: Bool
    package var workloads: [Workload]
    package var liveInstances: Int
    package var launchedInstances: Int
    /// Every launch that was asked for, by token.
    package var launches: [Launch]
    package var interruptions: Int
    /// The cloud's own bill until now, rounded to cents once.
    package var meterCost: Money
    package var refusals: [String]

    init(world: World, startedAt: Timestamp, seed: UInt64, rate: Double) {
        let instances = world.cloud.instances
        now = world.now
        self.startedAt = startedAt
        self.rate = rate
        self.seed = seed
        isDone = world.isDone && world.cloud.queue.count == 0
        workloads = world.truths.map {
            Workload(
                namespace: $0.namespace,
                name: $0.name,
                completed: $0.completed,
                attempts: $0.attempts,
                interruptions: $0.interruptions,
                lostWorkSeconds: $0.lostWorkSeconds,
                checkpointFitsNotice: $0.checkpointFitsNotice
            )
        }
        let bill = world.cloud.bill(at: world.now)
        liveInstances = instances.filter(\.isLive).count
        launchedInstances = bill.lines.count
        launches = world.cloud.answers.sorted { $0.key < $1.key }.map { token, launch in
            Launch(
                clientToken: token,
                asked: launch.specification.count,
                launched: launch.answer.instances.count
            )
        }
        interruptions = world.interruptions
        meterCost = bill.roundedTotal
        refusals = world.refusals
    }
}
