package import Model

/// What it takes to finish a workload's work on one offering: the same for each of its nodes.
package struct Outlook: Hashable, Sendable {
    /// From launch until the work goes on, undisturbed: boot, pull, restore, and the data where the zone has no copy.
    package var startSeconds: Int64
    /// Work that is left, at the speed of this accelerator.
    package var computingSeconds: Int64
    /// Regular checkpoints during the work, while nothing is computed.
    package var checkpointSeconds: Int64
    /// How often the cloud is expected to take a node back before the work is finished; 0 except on spot.
    package var expectedInterruptions: Double
    /// That this happens at least once, between 0 and 1.
    package var interruptionProbability: Double
    /// Of computing, that an interruption is expected to cost: work done once more, or the time that saving it takes.
    package var lostSecondsPerInterruption: Int64
    /// What is expected to be billed, from launch until the work is finished, everything above and all further starts
    /// included.
    package var totalSeconds: Int64

    package init(
        startSeconds: Int64,
        computingSeconds: Int64,
        checkpointSeconds: Int64 = 0,
        expectedInterruptions: Double = 0,
        interruptionProbability: Double = 0,
        lostSecondsPerInterruption: Int64 = 0,
        totalSeconds: Int64
    ) {
        self.startSeconds = startSeconds
        self.computingSeconds = computingSeconds
        self.checkpointSeconds = checkpointSeconds
        self.expectedInterruptions = expectedInterruptions
        self.interruptionProbability = interruptionProbability
        self.lostSecondsPerInterruption = lostSecondsPerInterruption
        self.totalSeconds = totalSeconds
    }

    /// What is expected to be billed because of interruptions alone, all of them together.
    package var interruptionSeconds: Int64 {
        max(0, totalSeconds - startSeconds - computingSeconds - checkpointSeconds)
    }

    /// What all of it is expected to cost on a number of nodes.
    ///
    /// - Parameters:
    ///   - pricePerHour: of one node.
    ///   - nodes: that run, and are billed, for the whole time.
    /// - Returns: The sum, not rounded.
    package func cost(pricePerHour: Money, nodes: Int = 1) -> Money {
        (pricePerHour * nodes).costing(seconds: totalSeconds)
    }
}
