/// Why a leader had to stop.
package enum LeadershipLost: Error, Equatable, CustomStringConvertible {
    /// Somebody else has the lease.
    case taken(lease: String, by: String)
    /// It could not be renewed in time.
    case notRenewed(lease: String, reason: String)

    package var description: String {
        switch self {
        case .taken(let lease, let holder):
            "leadership was lost: \(holder) has taken lease \(lease)"
        case .notRenewed(let lease, let reason):
            "leadership was lost: lease \(lease) could not be renewed in time: \(reason)"
        }
    }
}
