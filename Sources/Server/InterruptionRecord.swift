package import Model

/// A node that the cloud took back, and what became of the work on it.
package struct InterruptionRecord: Hashable, Sendable {
    package enum Outcome: String, Hashable, Sendable, CaseIterable {
        /// The notice still runs.
        case pending
        /// Nothing was lost: all was saved, or nothing ran.
        case saved
        /// Work after the last checkpoint was thrown away.
        case lost
    }

    /// What one workload kept and lost.
    package struct Effect: Hashable, Sendable {
        package var workload: WorkloadID
        /// Nil while its attempt still runs.
        package var end: AttemptEnd?

        package init(workload: WorkloadID, end: AttemptEnd? = nil) {
            self.workload = workload
            self.end = end
        }
    }

    /// When the cloud announced it, or took it without a word.
    package var at: Timestamp
    package var claim: ClaimID
    package var instance: InstanceID
    package var offering: Offering?
    /// False when the cloud took it without a notice.
    package var wasAnnounced: Bool
    /// When the instance was gone; nil while it stands.
    package var reclaimedAt: Timestamp?
    /// The workloads that ran on the node, sorted.
    package var effects: [Effect]
    /// What was done about it, in order.
    package var steps: [InterruptionStepRecord]

    package init(
        at: Timestamp,
        claim: ClaimID,
        instance: InstanceID,
        offering: Offering?,
        wasAnnounced: Bool = true,
        reclaimedAt: Timestamp? = nil,
        effects: [Effect] = [],
        steps: [InterruptionStepRecord] = []
    ) {
        self.at = at
        self.claim = claim
        self.instance = instance
        self.offering = offering
        self.wasAnnounced = wasAnnounced
        self.reclaimedAt = reclaimedAt
        self.effects = effects
        self.steps = steps
    }

    /// Accelerator-seconds of all its workloads that were thrown away.
    package var lostWorkSeconds: Int64 { effects.reduce(0) { $0 + ($1.end?.lostWork.acceleratorSeconds ?? 0) } }

    package var outcome: Outcome {
        if lostWorkSeconds > 0 { return .lost }
        let isOpen = effects.contains { $0.end == nil } || (effects.isEmpty && reclaimedAt == nil)
        return isOpen ? .pending : .saved
    }
}
