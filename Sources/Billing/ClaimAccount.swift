import Model

/// What the books know of one claim. All times in whole seconds since 1970, rounded down, as the cloud's events carry
/// them.
struct ClaimAccount: Sendable {
    /// What was asked for.
    struct Terms: Sendable {
        /// A reservation other than a capacity block: what runs in it when it ends goes on as on-demand.
        struct Reserved: Sendable {
            var id: String
            /// Nil where nothing ends it.
            var lapsesAt: Int64?
            /// Index of the price history of on-demand.
            var prices: Int
        }

        var reserved: Reserved?
        var shape: Shape
        var capacityType: CapacityType
        /// Index of the offering's price history.
        var prices: Int
        var launchPrice: ExactPrice
        /// Indices of the workloads it was bought for.
        var workloads: [Int]
        /// Index of its pool, shape and capacity type among the groups.
        var group: Int
    }

    /// A state change, from an event or only estimated.
    struct Sighting: Comparable, Sendable {
        /// Zero for the change itself, one for a state that follows it.
        var rank: Int
        var isEstimated: Bool
        var at: Int64

        static func < (left: Sighting, right: Sighting) -> Bool {
            (left.isEstimated ? 1 : 0, left.rank, left.at) < (right.isEstimated ? 1 : 0, right.rank, right.at)
        }
    }

    /// A pod's time on the node.
    struct Use: Sendable {
        var uid: String
        var workload: Int
        var accelerators: Int64
        var millionths: Int64
        var from: Int64
        var to: Int64?
    }

    var terms: Terms?
    var launchedAt: Int64?
    var running: Sighting?
    var end: Sighting?
    /// The reason of its end, by how sure the word is.
    var reasons: [Sighting: String] = [:]
    var initialisedAt: Int64?
    var drainingAt: Int64?
    var uses: [Use] = []

    /// The best word wins, whatever the order in which the words come.
    mutating func observe(_ observation: InstanceObservation) {
        let at = observation.at.seconds
        switch observation.state {
        case .pending:
            break
        case .running:
            let sighting = Sighting(rank: 0, isEstimated: observation.isEstimated, at: at)
            running = min(running ?? sighting, sighting)
        case .shuttingDown, .stopping, .terminated, .stopped:
            let isChange = observation.state == .shuttingDown || observation.state == .stopping
            let sighting = Sighting(rank: isChange ? 0 : 1, isEstimated: observation.isEstimated, at: at)
            end = min(end ?? sighting, sighting)
            if let reason = observation.reason { reasons[sighting] = max(reasons[sighting] ?? "", reason) }
        }
    }

    /// The reason of its end; nil while it is not known.
    var reason: String? { reasons.min { $0.key < $1.key }?.value }

    /// When it starts to be billed; nil while the cloud has not said that it stands.
    var billedFrom: Int64? { running?.at ?? launchedAt }

    /// EC2 bills Linux instances per second and at least one minute:
    /// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/billing-info-instance.html
    static let minimumSeconds: Int64 = 60

    /// The time it is billed for, as far as it is known now; nil when nothing is.
    func billedTime(now: Int64) -> Range<Int64>? {
        guard let start = billedFrom else { return nil }
        return start..<max(end?.at ?? now, start + Self.minimumSeconds)
    }

    /// A spot instance that the cloud takes back in its first hour is free.
    /// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/billing-for-interrupted-spot-instances.html
    var isFree: Bool {
        reason == Instance.spotReclaimed && endsInFirstSpotHour
    }

    private var endsInFirstSpotHour: Bool {
        guard terms?.capacityType == .spot, let start = billedFrom, let end else { return false }
        return end.at - start < 3600
    }

    /// Whether its bill may still change, prices aside.
    var isEstimated: Bool {
        guard let running, let end else { return true }
        return running.isEstimated || end.isEstimated || end.rank > 0 || (endsInFirstSpotHour && reason == nil)
    }
}

extension ClaimAccount.Sighting: Hashable {}
