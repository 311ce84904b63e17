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

/// A queue that brings what the cloud says of our instances.
package protocol NoticeSource: Sendable {
    /// Waits for messages, for at most some seconds; an empty answer is not an error. Several may wait at once.
    func receive() async throws -> [QueuedNotice]

    /// Deletes messages, once their notices are in the journal.
    func acknowledge(_ receipts: [String]) async throws
}

/// A message of the queue; what is no notice of ours carries nil and is acknowledged all the same.
package struct QueuedNotice: Sendable {
    package var notice: Notice?
    package var receipt: String

    package init(notice: Notice?, receipt: String) {
        self.notice = notice
        self.receipt = receipt
    }
}
