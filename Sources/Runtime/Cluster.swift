package import Model

/// The Kubernetes cluster, as the loop uses it.
package protocol Cluster: Sendable {
    /// Lists, then watches pods, nodes and jobs, and as far as it may what else has a say in where pods run, until it is
    /// cancelled. Delivers `clusterListed` and `schedulingObjectsListed` after every fresh list, then changes in order;
    /// `clusterUnreachable` whenever the watch breaks, and mends it by itself.
    func observe(_ deliver: @escaping @Sendable ([Event]) async -> Void) async

    func update(_ update: NodeUpdate) async throws

    func evict(_ eviction: Eviction) async -> EvictionOutcome

    func update(_ update: ProvisioningUpdate) async throws
}
