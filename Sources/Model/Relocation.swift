/// A node whose work is moved because the cloud says that it is at risk, before anybody takes it.
package struct Relocation: Hashable, Codable, Sendable {
    package var claim: ClaimID
    /// That are asked to save, and move; sorted.
    package var workloads: [WorkloadID]
    /// When it must be done; nil when nothing but the risk presses.
    package var deadline: Timestamp?
    /// The sums.
    package var summary: String
    /// Set when more than the cloud's warning makes it move.
    package var cause: Disruption.Reason?

    package init(
        claim: ClaimID,
        workloads: [WorkloadID],
        deadline: Timestamp?,
        summary: String,
        cause: Disruption.Reason? = nil
    ) {
        self.claim = claim
        self.workloads = workloads
        self.deadline = deadline
        self.summary = summary
        self.cause = cause
    }
}

/// What else happens between a notice and the requeue, so that each step has its time in the journal.
package enum InterruptionStep: Hashable, Codable, Sendable {
    /// The node takes no new pods from here on.
    case cordoned(ClaimID, node: String)
    /// Planning was asked for what will take the node's place.
    case replacementPlanned(ClaimID)
    /// So many pods of a workload whose attempt has ended wait again, or run.
    case requeued(WorkloadID, pods: Int)
    /// The node is given up before the cloud takes it, or left where it is.
    case relocationIntended(Relocation)
    case relocationAbandoned(ClaimID, reason: String)
}
