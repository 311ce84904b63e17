package import Model

/// The cloud, as the loop uses it. Every call may be repeated after a lost answer.
package protocol Cloud: Sendable {
    /// Instance types of the given names, and the current price of each of their offerings.
    func catalogue(instanceTypes: [String]) async throws -> Catalogue

    /// Price changes of the offerings of the given instance types, those in force at `since` included, oldest first.
    func prices(instanceTypes: [String], since: Timestamp) async throws -> [PricePoint]

    /// How machines of each pool are made now, by the pool's name: what node settings name, looked up. Empty where
    /// machines need nothing of the kind.
    func blueprints() async throws -> [String: PoolBlueprint]

    /// What the cloud says of its market beside prices. A part that cannot be had is left out, and does not fail the call.
    func market() async -> MarketReport

    /// Buys all of a request's nodes or none. The request's id is the client token: repeated, it starts nothing new.
    func launch(_ request: LaunchRequest) async -> LaunchOutcome

    /// Those that are gone already do not fail the call.
    func terminate(_ instances: [InstanceID]) async throws

    /// Every instance that carries the cluster's tag and is still shown, terminated ones included.
    func instances(clusterName: String) async throws -> [Instance]

    /// Something that is asked now and then. What the cloud cannot say is left out of the answer.
    func answer(_ inquiry: Inquiry, clusterName: String) async throws -> InquiryAnswer

    /// Removes what launches left beside machines and nobody uses any more; what these requests need stays.
    func sweepLaunchResources(keeping: [LaunchRequest]) async throws
}

extension Cloud {
    package func blueprints() async throws -> [String: PoolBlueprint] { [:] }

    package func sweepLaunchResources(keeping: [LaunchRequest]) async throws {}

    /// A cloud of which nothing can be asked: its machines are well, and it knows no quotas.
    package func answer(_ inquiry: Inquiry, clusterName: String) async throws -> InquiryAnswer {
        switch inquiry {
        case .statuses: .statuses([])
        case .quotas: .quotas([])
        }
    }

    /// A cloud that sells nothing but spot and on-demand has no more to say.
    package func market() async -> MarketReport { MarketReport() }
}
