package import Model

/// A machine of the simulated cloud.
package struct CloudInstance: Hashable, Sendable {
    package var id: InstanceID
    package var offering: Offering
    package var state: Instance.State
    /// Counted from 0 in the order of launches.
    package var number: Int
    package var fleetID: String
    /// Of the launch that made it.
    package var clientToken: String
    package var imageID: String
    /// Base64, as it was sent.
    package var userData: String?
    package var tags: [String: String]
    package var privateAddress: String
    package var privateDNSName: String
    package var subnetID: String
    /// Of the reservation in whose capacity it runs.
    package var reservationID: String?
    package var placementGroup: String?
    package var launchedAt: Timestamp
    package var runningAt: Timestamp?
    package var shuttingDownAt: Timestamp?
    package var terminatedAt: Timestamp?
    package var warnedAt: Timestamp?
    /// When the cloud takes it back.
    package var reclaimAt: Timestamp?
    package var stateReason: StateReason?
    /// The cloud's own checks that fail, sorted, and since when.
    package var failingChecks: [String] = []
    package var impairedAt: Timestamp?

    /// Why it is on its way out.
    package enum StateReason: String, Hashable, Sendable {
        case user = "Client.UserInitiatedShutdown"
        case spotReclaimed = "Server.SpotInstanceTermination"
        case blockEnded = "Server.CapacityBlockReservationExpired"

        package var message: String {
            switch self {
            case .blockEnded: "Server.CapacityBlockReservationExpired: Capacity Block reservation expired"
            case .user: "Client.UserInitiatedShutdown: User initiated shutdown"
            case .spotReclaimed: "Server.SpotInstanceTermination: Spot instance termination"
            }
        }
    }

    /// StateTransitionReason as EC2 words it; empty while it lives.
    package var transitionReason: String {
        guard let shuttingDownAt, let stateReason else { return "" }
        let time = shuttingDownAt.description.replacing("T", with: " ").replacing("Z", with: " GMT")
        return "\(stateReason == .user ? "User" : "Service") initiated (\(time))"
    }

    package var isLive: Bool { state == .pending || state == .running }

    /// The machine as the core knows it.
    package var instance: Instance {
        Instance(
            id: id,
            offering: offering,
            state: state,
            launchedAt: launchedAt,
            endedAt: shuttingDownAt,
            stateReason: stateReason?.rawValue,
            tags: tags,
            imageID: imageID
        )
    }
}
