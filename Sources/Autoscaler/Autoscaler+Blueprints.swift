import Model

/// How machines are made: what requests carry of it, and what is cleared away afterwards.
extension Autoscaler {
    /// How often what launches left behind is looked for.
    static let launchSweepInterval: Duration = .seconds(3600)

    /// How a machine of a pool would be made now; nil when that is not known, or the cloud has nothing to look up.
    func blueprint(pool: String, shape: Shape, offering: Offering) -> NodeBlueprint? {
        progress.blueprints[pool]?.blueprint(for: offering, architecture: shape.architecture)
    }

    /// Why a pool cannot launch an offering, by what its node settings name; nil when it can.
    func blueprintObstacle(pool: String, shape: Shape, offering: Offering) -> String? {
        progress.blueprints[pool]?.obstacle(to: offering, architecture: shape.architecture)
    }

    /// Has launch templates and the like removed that no launch needs any more.
    mutating func sweepLaunchResources(at now: Timestamp) {
        guard !progress.blueprints.isEmpty else { return }
        // Not at once: what an earlier process left may be of use again.
        let last = progress.sweptLaunchResourcesAt ?? now
        progress.sweptLaunchResourcesAt = last
        let due = last + Self.launchSweepInterval
        guard due <= now else {
            wake(at: due)
            return
        }
        progress.sweptLaunchResourcesAt = now
        send(.sweepLaunchResources(keeping: state.openLaunches))
        wake(at: now + Self.launchSweepInterval)
    }
}
