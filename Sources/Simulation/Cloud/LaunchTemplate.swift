package import Model

/// What the instances of a fleet have in common: image, user data, tags. One version each.
package struct LaunchTemplate: Hashable, Sendable {
    /// The part that its creator fills.
    package struct Content: Hashable, Sendable {
        package var imageID: String?
        package var instanceType: String?
        /// Base64.
        package var userData: String?
        package var instanceProfile: String?
        package var securityGroupIDs: [String] = []
        package var instanceTags: [String: String] = [:]
        package var volume: Volume?
        /// Elastic Fabric Adapters.
        package var efaInterfaces = 0
        package var placementGroup: String?
        /// Of the capacity that its instances use.
        package var reservationID: String?
        package var isCapacityBlock = false
        package var requiresTokens = false

        package init() {}
    }

    /// A volume of every instance.
    package struct Volume: Hashable, Sendable {
        package var device: String
        package var sizeGiB: Int
        package var type: String
        package var iops: Int?
        package var throughput: Int?
    }

    package var id: String
    package var name: String
    /// Of the request that made it.
    package var clientToken: String?
    package var createdAt: Timestamp
    package var content: Content
    package var tags: [String: String]
}

/// A security group of the network.
package struct CloudSecurityGroup: Hashable, Sendable {
    package var id: String
    package var name: String
    package var networkID: String
    package var tags: [String: String]
}

/// Instances that stand close together.
package struct CloudPlacementGroup: Hashable, Sendable {
    package var id: String
    package var name: String
    package var strategy: String
    package var tags: [String: String]
}

/// A network of one zone.
package struct CloudSubnet: Hashable, Sendable {
    package var id: String
    package var zone: String
    package var zoneID: String
    package var networkID: String
    package var addressBlock: String
    package var tags: [String: String]
}
