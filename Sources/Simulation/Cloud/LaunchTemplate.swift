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

        package init() {}
    }

    package var id: String
    package var name: String
    package var createdAt: Timestamp
    package var content: Content
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
