package import Model

/// What an instant fleet is asked for. Equal specifications are one launch, however often they arrive.
package struct LaunchSpecification: Hashable, Sendable {
    /// A place to launch in.
    package struct Override: Hashable, Sendable {
        package var instanceType: String
        package var zone: String

        package init(instanceType: String, zone: String) {
            self.instanceType = instanceType
            self.zone = zone
        }
    }

    /// At most 64 ASCII characters.
    package var clientToken: String
    package var count: Int
    /// Fewer than these are not launched at all.
    package var minimum: Int
    package var overrides: [Override]
    package var capacityType: CapacityType
    package var tags: [String: String] = [:]
    /// Base64.
    package var userData: String?
    package var imageID = "ami-00000000000000000"
    /// Name of the launch template it was made from, for the answer.
    package var launchTemplate: String?
    /// Of the reservation in whose capacity it is launched.
    package var reservationID: String?
    package var placementGroup: String?
    package var fleetTags: [String: String] = [:]
    package var singleZone = false
    package var singleInstanceType = false

    package init(
        clientToken: String,
        count: Int,
        minimum: Int,
        overrides: [Override],
        capacityType: CapacityType
    ) {
        self.clientToken = clientToken
        self.count = count
        self.minimum = minimum
        self.overrides = overrides
        self.capacityType = capacityType
    }
}

/// What became of an instant fleet; the same for every repetition of its token.
package struct LaunchAnswer: Hashable, Sendable {
    /// Instances of one offering.
    package struct Group: Hashable, Sendable {
        package var offering: Offering
        package var instances: [InstanceID]
    }

    /// An override that gave nothing, or too little.
    package struct Refusal: Hashable, Sendable {
        package var instanceType: String
        package var zone: String
        package var error: CloudError
    }

    package var fleetID: String
    package var groups: [Group]
    package var refusals: [Refusal]

    package var instances: [InstanceID] { groups.flatMap(\.instances) }
}
