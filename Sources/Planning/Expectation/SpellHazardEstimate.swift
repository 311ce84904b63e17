package import Model

/// The falling hazard of each spot capacity pool, from what was seen there.
///
/// A gamma distribution is the belief beforehand about a shape, of which interruptions and the logarithms of ages say more
/// (`SpellHazard`); the mean afterwards is (weight x prior + interruptions) / (weight + sum of logarithms). As in
/// `HazardEstimate` all pools together move the given prior, and each pool moves that to its own.
package struct SpellHazardEstimate: Hashable, Sendable {
    /// Log-ages that a prior is worth: four spells of capacity as the published traces show them.
    static let priorWeight = 5.0
    /// How many interruptions come without a notice beforehand: EC2 sends them "on a best effort basis",
    /// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html
    package static let priorUnannouncedShare = 0.05
    /// Interruptions that this is worth.
    static let unannouncedWeight = 20.0

    /// Of pools in which nodes have stood.
    package var hazards: [Offering: SpellHazard]
    /// Of all other spot pools.
    package var prior: SpellHazard
    /// When the present spell of each pool began in which nodes stand.
    package var beganAt: [Offering: Timestamp]
    /// Interruptions that come without a notice, as a share of all.
    package var unannouncedShare: Double

    /// - Parameters:
    ///   - exposures: by spot offering.
    ///   - prior: where nothing was seen yet.
    ///   - halfLife: after which an observation counts half.
    ///   - now: the time of the estimate.
    package init(
        exposures: [Offering: PoolExposure],
        prior: SpellHazard,
        halfLife: Duration,
        at now: Timestamp
    ) {
        let weight = Self.priorWeight
        // Sums of floating numbers depend on their order.
        let pools = exposures.sorted { $0.key < $1.key }.map { offering, exposure in
            (offering: offering, counts: exposure.spells(at: now, halfLife: halfLife))
        }
        let interruptions = pools.reduce(0) { $0 + $1.counts.interruptions }
        let logAges = pools.reduce(0) { $0 + $1.counts.logAges }
        let unannounced = pools.reduce(0) { $0 + $1.counts.unannounced }
        let shared = (prior.shape * weight + interruptions) / (weight + logAges)
        self.prior = SpellHazard(shape: shared, scaleHours: prior.scaleHours)
        hazards = Dictionary(
            uniqueKeysWithValues: pools.map { pool in
                let shape = (shared * weight + pool.counts.interruptions) / (weight + pool.counts.logAges)
                return (pool.offering, SpellHazard(shape: shape, scaleHours: prior.scaleHours))
            }
        )
        beganAt = exposures.compactMapValues(\.spellBeganAt)
        let known = Self.unannouncedWeight
        unannouncedShare = (Self.priorUnannouncedShare * known + unannounced) / (known + interruptions)
    }

    /// - Parameter offering: on-demand and reserved capacity is never taken back.
    /// - Returns: What is expected of it, by the age of its spell.
    package func hazard(of offering: Offering) -> SpellHazard {
        guard offering.capacityType == .spot else { return SpellHazard(shape: 0, scaleHours: prior.scaleHours) }
        return hazards[offering] ?? prior
    }

    /// - Parameters:
    ///   - offering: a pool.
    ///   - time: at which its spell's age is asked for.
    /// - Returns: Hours since nodes have stood there without an interruption; 0 where none stands.
    package func ageHours(of offering: Offering, at time: Timestamp) -> Double {
        guard let began = beganAt[offering] else { return 0 }
        return Double(max(0, time.milliseconds - began.milliseconds)) / 3_600_000
    }

    /// - Parameters:
    ///   - offering: a pool.
    ///   - time: at which.
    /// - Returns: Interruptions to expect an hour at its spell's age.
    package func perHour(of offering: Offering, at time: Timestamp) -> Double {
        hazard(of: offering).perHour(atAge: ageHours(of: offering, at: time))
    }
}
