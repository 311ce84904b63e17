/// Everything that can reach the core from outside.
package enum Event: Sendable {
    /// A `wake` command's time has come.
    case wake
    /// Replaces all that was known of the cluster: the answer to a fresh list.
    case clusterListed(pods: [Pod], nodes: [Node], jobs: [Job])
    case podChanged(Pod)
    case podRemoved(Pod)
    case nodeChanged(Node)
    case nodeRemoved(name: String)
    case jobChanged(Job)
    case jobRemoved(Job)
    /// Replaces all that was known of what else has a say in where pods run; without what cannot be read.
    case schedulingObjectsListed([SchedulingObject])
    case schedulingObjectChanged(SchedulingObject)
    case schedulingObjectRemoved(SchedulingObject)
    /// The watch is broken: what is known of the cluster may be stale until the next list.
    case clusterUnreachable(reason: String)

    case catalogueObserved(Catalogue)
    /// The answer to `refreshPrices`.
    case pricesObserved([PricePoint])
    /// How machines of each pool, by its name, are made from now on.
    case blueprintsObserved([String: PoolBlueprint])
    /// What the cloud says of its market beside prices; comes with every refresh of prices.
    case marketObserved(MarketReport)
    /// The answer to `listInstances`: every instance with our cluster tag that the cloud still shows.
    case instancesListed([Instance])
    /// A call to the cloud other than a launch failed.
    case cloudUnreachable(reason: String)
    /// The answer to `inquire`.
    case inquiryAnswered(InquiryAnswer)
    case inquiryFailed(Inquiry, reason: String)
    case launchEnded(LaunchID, LaunchOutcome)
    case terminationAccepted([InstanceID])
    case terminationFailed([InstanceID], reason: String)
    case noticeReceived(Notice)

    case planned(generation: Int, Plan)
    case consolidated(generation: Int, [Consolidation])
    case evictionEnded(PodID, uid: String, EvictionOutcome)
    case nodeUpdated(NodeUpdate)
    case nodeUpdateFailed(NodeUpdate, reason: String)

    case unsuspensionEnded(Unsuspension, UnsuspensionOutcome)

    /// Someone asked for it over HTTP.
    case pauseRequested(Bool, by: String)
    /// Nil when leadership was lost.
    case leadership(epoch: Int64?)

    /// The answer to `requestCheckpoint`.
    case checkpointAnswered(CheckpointRequest, CheckpointAnswer)
    /// The answer to `searchCheckpoint`.
    case checkpointSearched(CheckpointSearch, CheckpointFinding)
    case provisioningRequestUpdated(ProvisioningUpdate)
    case provisioningRequestUpdateFailed(ProvisioningUpdate, reason: String)
}

/// How an eviction ended.
package enum EvictionOutcome: Hashable, Sendable {
    case accepted
    /// A PodDisruptionBudget forbids it for now.
    case blockedByBudget(message: String)
    case gone
    case failed(message: String)
}
