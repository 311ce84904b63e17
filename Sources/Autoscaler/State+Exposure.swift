import Model
import Planning

/// What facts say of spot capacity pools: how long nodes stood in each, and how often the cloud took one back.
extension State {
    /// Takes in that instances of a launch stand. To be told before the launch itself is taken in.
    mutating func expose(
        to outcome: LaunchOutcome,
        of id: LaunchID,
        at now: Timestamp,
        _ configuration: GleanerConfiguration
    ) {
        guard case .launched(let instances) = outcome, let request = openLaunches.first(where: { $0.id == id }) else {
            return
        }
        change(request.offering, at: now) {
            $0.changeStanding(
                by: min(instances.count, request.count),
                at: now,
                halfLife: configuration.economics.hazardHalfLife
            )
        }
    }

    /// Takes in that a claim's instance has gone. To be told before the claim goes.
    ///
    /// One that goes by itself, without a notice, was taken back as well, unless the cloud gives another reason.
    mutating func expose(to observation: InstanceObservation, at now: Timestamp, _ configuration: GleanerConfiguration)
    {
        guard observation.state == .shuttingDown || observation.state == .terminated,
            let claim = claims[observation.claim]
        else { return }
        let halfLife = configuration.economics.hazardHalfLife
        let wasTaken =
            terminations[observation.instance] == nil && claim.reclaimAt == nil
            && (observation.reason ?? Instance.spotReclaimed) == Instance.spotReclaimed
        change(claim.offering, at: now) {
            // The time may be told late; when it is, what came in between has been counted already.
            let time = min(observation.at, now)
            if wasTaken { $0.interrupt(at: time, halfLife: halfLife, wasAnnounced: false) }
            $0.changeStanding(by: -1, at: time, halfLife: halfLife)
        }
    }

    /// Takes in that the cloud will take a claim's instance back. To be told once a claim.
    mutating func expose(toInterruptionOf id: ClaimID, at now: Timestamp, _ configuration: GleanerConfiguration) {
        guard let claim = claims[id] else { return }
        change(claim.offering, at: now) {
            $0.interrupt(at: now, halfLife: configuration.economics.hazardHalfLife)
        }
    }

    private mutating func change(_ offering: Offering, at now: Timestamp, _ change: (inout PoolExposure) -> Void) {
        guard offering.capacityType == .spot else { return }
        change(&exposures[offering, default: PoolExposure(since: now)])
    }
}
