/// What happened, as the journal keeps it: enough to rebuild claims, attempts and books, never a copy of pods and nodes.
package enum Fact: Hashable, Codable, Sendable {
    case priceObserved(PricePoint)
    case workloadAdmitted(Workload)

    case launchIntended(LaunchRequest, Explanation)
    case launchEnded(LaunchID, LaunchOutcome)
    case instanceObserved(InstanceObservation)
    case claimInitialised(ClaimID, node: String)
    case claimDraining(ClaimID, reason: String)
    /// Nodes with pods on them are to go: now, or once what replaces them is initialised.
    case consolidationIntended(ConsolidationIntent)
    /// It was given up before its nodes were drained.
    case consolidationAbandoned([ClaimID], reason: String)
    case terminationIntended(ClaimID, InstanceID, reason: String)
    /// An instance with our tag that no claim owns.
    case strayTerminationIntended(InstanceID, reason: String)
    case noticeReceived(Notice, ClaimID)

    /// A pod was bound to a claim's node and holds a share of it.
    case podAssigned(PodUse)
    case podReleased(uid: String, ClaimID)
    case attemptStarted(Attempt)
    /// Every member was asked to save its work.
    case checkpointRequested(WorkloadID, attempt: Int, deadline: Timestamp)
    case evictionIntended(PodID, uid: String, graceSeconds: Int64, reason: String)
    case attemptEnded(AttemptEnd)
    case workloadEnded(WorkloadID, succeeded: Bool)

    case offeringClosed(Offering, until: Timestamp, failures: Int, reason: String)
    case offeringOpened(Offering)
    /// The account may not have more: everything that counts against the quota is closed.
    case quotaClosed(Quota, until: Timestamp, failures: Int, reason: String)
    case quotaOpened(Quota)
    case pauseChanged(Bool, by: String)
    /// A decision that spends nothing: why a workload waits.
    case explained(Explanation)

    case interruptionStep(InterruptionStep)
    /// A pod is asked to save over HTTP.
    case podCheckpointRequested(CheckpointRequest)
    case checkpointAcknowledged(CheckpointAcknowledgement)
    case checkpointFailed(CheckpointFailure)
    /// Object storage was looked through for the checkpoint.
    case checkpointVerified(CheckpointProof)
    case regularCheckpoint(WorkloadID, RegularCheckpointStep)
    case provisioning(WorkloadID, ProvisioningStep)
}

/// A change of an instance's state, as the cloud tells it.
package struct InstanceObservation: Hashable, Codable, Sendable {
    package var claim: ClaimID
    package var instance: InstanceID
    package var state: Instance.State
    /// When the state changed, by the cloud's clock.
    package var at: Timestamp
    /// True when the time is not from a state-change event.
    package var isEstimated: Bool
    /// The StateReason code, once it is known.
    package var reason: String?

    package init(
        claim: ClaimID,
        instance: InstanceID,
        state: Instance.State,
        at: Timestamp,
        isEstimated: Bool,
        reason: String? = nil
    ) {
        self.claim = claim
        self.instance = instance
        self.state = state
        self.at = at
        self.isEstimated = isEstimated
        self.reason = reason
    }
}

/// A pod's share of a node, from its binding on.
package struct PodUse: Hashable, Codable, Sendable {
    package var uid: String
    package var pod: PodID
    package var workload: WorkloadID
    package var claim: ClaimID
    package var accelerators: Int64
    /// The largest part of any one resource of the node that it holds, in millionths.
    package var shareMillionths: Int64

    package init(
        uid: String,
        pod: PodID,
        workload: WorkloadID,
        claim: ClaimID,
        accelerators: Int64,
        shareMillionths: Int64
    ) {
        self.uid = uid
        self.pod = pod
        self.workload = workload
        self.claim = claim
        self.accelerators = accelerators
        self.shareMillionths = shareMillionths
    }
}

/// How an attempt ended and what of it was kept.
package struct AttemptEnd: Hashable, Codable, Sendable {
    package var workload: WorkloadID
    package var number: Int
    package var at: Timestamp
    package var outcome: Attempt.Outcome
    package var lostWork: LostWork
    /// Seconds at the end that went into saving, from the request to the stop.
    package var checkpointSeconds: Int64

    package init(
        workload: WorkloadID,
        number: Int,
        at: Timestamp,
        outcome: Attempt.Outcome,
        lostWork: LostWork,
        checkpointSeconds: Int64
    ) {
        self.workload = workload
        self.number = number
        self.at = at
        self.outcome = outcome
        self.lostWork = lostWork
        self.checkpointSeconds = checkpointSeconds
    }
}

/// A fact in its place in the journal.
package struct JournalEntry: Hashable, Codable, Sendable {
    /// Counted from 1, without gaps.
    package var sequence: Int64
    /// When the core recorded it.
    package var at: Timestamp
    /// The leadership under which it was recorded.
    package var epoch: Int64
    package var fact: Fact

    package init(sequence: Int64, at: Timestamp, epoch: Int64, fact: Fact) {
        self.sequence = sequence
        self.at = at
        self.epoch = epoch
        self.fact = fact
    }
}
