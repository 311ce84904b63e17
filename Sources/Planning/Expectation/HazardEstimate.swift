package import Model

/// Interruptions an hour of running to expect of each spot capacity pool, from what was seen there.
///
/// Interruptions are taken for a Poisson process with a rate of which a gamma distribution is the belief beforehand; then
/// the mean of the belief afterwards is (weight x prior + interruptions) / (weight + exposure), where the weight is the
/// exposure that the prior is worth (Gelman et al., "Bayesian Data Analysis", 3rd edition, section 2.6). This is done
/// twice: all pools together move the configured prior to the level of this account and region, and each pool moves that
/// to its own.
package struct HazardEstimate: Hashable, Sendable {
    /// Exposure that a prior is worth: two days, in which one interruption comes at the default of one in two days.
    static let priorWeightHours = 48.0

    /// Of pools in which nodes have stood.
    package var interruptionsPerHour: [Offering: Double]
    /// Of all others.
    package var priorInterruptionsPerHour: Double

    /// - Parameters:
    ///   - exposures: by spot offering.
    ///   - priorInterruptionsPerDay: of running, where nothing was seen yet.
    ///   - halfLife: after which an observation counts half.
    ///   - now: the time of the estimate.
    package init(
        exposures: [Offering: PoolExposure],
        priorInterruptionsPerDay: Double,
        halfLife: Duration,
        at now: Timestamp
    ) {
        let weight = Self.priorWeightHours
        // Sums of floating numbers depend on their order.
        let counts = exposures.sorted { $0.key < $1.key }.map { offering, exposure in
            let counts = exposure.counts(at: now, halfLife: halfLife)
            return (offering: offering, hours: counts.seconds / 3600, interruptions: counts.interruptions)
        }
        let hours = counts.reduce(0) { $0 + $1.hours }
        let interruptions = counts.reduce(0) { $0 + $1.interruptions }
        let prior = (max(0, priorInterruptionsPerDay) / 24 * weight + interruptions) / (weight + hours)
        priorInterruptionsPerHour = prior
        interruptionsPerHour = Dictionary(
            uniqueKeysWithValues: counts.map { pool in
                (pool.offering, (prior * weight + pool.interruptions) / (weight + pool.hours))
            }
        )
    }
}
