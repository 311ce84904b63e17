/// The cloud's name of a machine.
package struct InstanceID: Hashable, Comparable, Codable, Sendable, CustomStringConvertible {
    package var value: String

    package init(_ value: String) {
        self.value = value
    }

    package init(from decoder: any Decoder) throws {
        value = try decoder.singleValueContainer().decode(String.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(value)
    }

    package static func < (left: InstanceID, right: InstanceID) -> Bool { left.value < right.value }
    package var description: String { value }
}

/// A machine as the cloud describes it.
package struct Instance: Hashable, Codable, Sendable {
    package enum State: String, Hashable, Codable, Sendable {
        case pending
        case running
        case shuttingDown = "shutting-down"
        case terminated
        case stopping
        case stopped
    }

    package var id: InstanceID
    package var offering: Offering
    package var state: State
    /// When the cloud accepted the launch.
    package var launchedAt: Timestamp
    /// From StateTransitionReason, when the instance is on its way out: `User initiated (2026-11-21 05:00:00 GMT)`.
    package var endedAt: Timestamp?
    /// The code of StateReason: `Server.SpotInstanceTermination`, `Client.UserInitiatedShutdown`.
    package var stateReason: String?
    package var tags: [String: String]
    /// The machine image that it was made from; nil where the cloud does not say.
    package var imageID: String?

    package init(
        id: InstanceID,
        offering: Offering,
        state: State,
        launchedAt: Timestamp,
        endedAt: Timestamp? = nil,
        stateReason: String? = nil,
        tags: [String: String] = [:],
        imageID: String? = nil
    ) {
        self.id = id
        self.offering = offering
        self.state = state
        self.launchedAt = launchedAt
        self.endedAt = endedAt
        self.stateReason = stateReason
        self.tags = tags
        self.imageID = imageID
    }

    /// The state reason of a spot instance that the cloud took back.
    package static let spotReclaimed = "Server.SpotInstanceTermination"

    package var isGone: Bool { state == .shuttingDown || state == .terminated }
}
