/// Something to be done by an adapter, which answers with an event.
package enum Command: Sendable {
    /// Come back with `wake` at this time, or later.
    case wake(at: Timestamp)
    case plan(generation: Int, PlanInput)
    /// Which standing nodes may go. Answered by `consolidated`.
    case consolidate(generation: Int, ConsolidationInput)
    /// Answered by `launchEnded`.
    case launch(LaunchRequest)
    /// Answered by `terminationAccepted` or `terminationFailed`.
    case terminate([InstanceID], reason: String)
    /// Answered by `instancesListed` or `cloudUnreachable`.
    case listInstances
    /// Answered by `pricesObserved` or `cloudUnreachable`, and by `blueprintsObserved` when those can be had.
    case refreshPrices
    /// Answered by `inquiryAnswered` or `inquiryFailed`.
    case inquire(Inquiry)
    /// Removes what launches left in the cloud beside machines, such as launch templates, and nobody uses any more. What
    /// these requests need stays. Not answered: what cannot be removed now is removed another time.
    case sweepLaunchResources(keeping: [LaunchRequest])
    /// Answered by `nodeUpdated` or `nodeUpdateFailed`.
    case updateNode(NodeUpdate)
    /// Answered by `evictionEnded`.
    case evict(Eviction)

    /// Answered by `unsuspensionEnded`.
    case unsuspend(Unsuspension)

    /// Tells objects what was decided about them. Not answered: what cannot be told is dropped.
    case tell([ObjectEvent])

    /// Posts to the pod. Answered by `checkpointAnswered`.
    case requestCheckpoint(CheckpointRequest)
    /// Looks into object storage. Answered by `checkpointSearched`.
    case searchCheckpoint(CheckpointSearch)
    /// Answered by `provisioningRequestUpdated` or `provisioningRequestUpdateFailed`.
    case updateProvisioningRequest(ProvisioningUpdate)
}

/// A pod to be moved off its node.
package struct Eviction: Hashable, Sendable {
    package var pod: PodID
    /// The request fails when the pod of this name is another by now.
    package var uid: String
    /// How long it may take to save and stop.
    package var graceSeconds: Int64
    /// Past the last safe moment before a reclaim: deletes without asking the disruption budget.
    package var overridesBudget: Bool
    package var reason: String

    package init(pod: PodID, uid: String, graceSeconds: Int64, overridesBudget: Bool, reason: String) {
        self.pod = pod
        self.uid = uid
        self.graceSeconds = graceSeconds
        self.overridesBudget = overridesBudget
        self.reason = reason
    }
}

/// What a step of the core decides: facts to commit first, then commands to send.
package struct Decisions: Sendable {
    package var facts: [Fact] = []
    package var commands: [Command] = []
    /// Ids of notices that could not be taken in yet: their messages stay in the queue and come again.
    package var heldNotices: Set<String> = []

    package init() {}

    package var isEmpty: Bool { facts.isEmpty && commands.isEmpty }
}
