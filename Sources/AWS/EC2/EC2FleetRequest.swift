/// An order for instances that are launched at once or not at all (CreateFleet of type instant).
package struct EC2FleetRequest: Sendable, Equatable {
    package enum CapacityType: String, Sendable {
        case spot
        case onDemand = "on-demand"
        /// In a capacity block that the launch template names.
        case capacityBlock = "capacity-block"
    }

    /// One way to fill the order.
    package struct Override: Sendable, Equatable {
        package var instanceType: String
        package var subnetID: String?
        package var zone: String?
        /// US dollars an hour as a decimal text; spot only. Nil pays up to the on-demand price.
        package var maximumPrice: String?
        /// Lower is tried first, where the strategy heeds it.
        package var priority: Int?

        package init(
            instanceType: String,
            subnetID: String? = nil,
            zone: String? = nil,
            maximumPrice: String? = nil,
            priority: Int? = nil
        ) {
            self.instanceType = instanceType
            self.subnetID = subnetID
            self.zone = zone
            self.maximumPrice = maximumPrice
            self.priority = priority
        }
    }

    /// The launch attempt's id: the same token and request never launch twice.
    package var clientToken: String
    package var launchTemplateName: String
    package var launchTemplateVersion: String
    package var overrides: [Override]
    package var capacityType: CapacityType
    package var count: Int
    /// As in `price-capacity-optimized`, `capacity-optimized-prioritized`, `lowest-price`, `prioritized`; not for a
    /// capacity block.
    package var allocationStrategy: String
    /// Fewer than these are launched as none. EC2 demands `singleInstanceType` or `singleZone` with it.
    package var minimumCount: Int?
    package var singleInstanceType: Bool?
    package var singleZone: Bool?
    /// By resource type, as in `fleet`, `instance` and `volume`.
    package var tags: [String: [String: String]]

    package init(
        clientToken: String,
        launchTemplateName: String,
        launchTemplateVersion: String = "$Latest",
        overrides: [Override],
        capacityType: CapacityType,
        count: Int,
        allocationStrategy: String,
        minimumCount: Int? = nil,
        singleInstanceType: Bool? = nil,
        singleZone: Bool? = nil,
        tags: [String: [String: String]] = [:]
    ) {
        self.clientToken = clientToken
        self.launchTemplateName = launchTemplateName
        self.launchTemplateVersion = launchTemplateVersion
        self.overrides = overrides
        self.capacityType = capacityType
        self.count = count
        self.allocationStrategy = allocationStrategy
        self.minimumCount = minimumCount
        self.singleInstanceType = singleInstanceType
        self.singleZone = singleZone
        self.tags = tags
    }
}
