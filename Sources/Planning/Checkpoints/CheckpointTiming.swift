import Foundation

/// When to save next, so that the least is wasted: time spent on checkpoints, and work that is computed again.
///
/// From one checkpoint on, a spell that ends after t hours wastes all of t, and one that goes on for T = interval + cost
/// wastes the cost, so the least expected waste w at the moment y is
///
///     w(y) = min over T of: sum of t f(t) for t < T, and S(T) (cost + w(y + T))
///
/// with the density f and the survival S from y on. What is to be chosen ends at y + T, so the hazard there decides: for a
/// hazard h that falls by `fall` (`SpellRisk`), two terms of the solution for small costs are
///
///     T = cost / 3 + cost x fall + sqrt((cost x fall)^2 + 2 cost / h)
///
/// Without `fall` this is Young's sqrt(2 cost / h) with the next term of J. T. Daly, "A higher order estimate of the
/// optimum checkpoint interval for restart dumps", Future Generation Computer Systems 22, 2006, equation 20. On a Lomax
/// hazard it wastes no more than 0.5% over the exact solution, for shapes from 0.6 to 3 and costs up to the scale.
///
/// A stop that leaves time to save throws nothing away, but ends the spell as any other. Then w over the share of
/// stops that do not solves the same equation, with the cost over that share in place of the cost.
package struct CheckpointTiming: Hashable, Sendable {
    /// Of one checkpoint, during which nothing else is computed.
    package let costHours: Double
    /// Stops that throw away what is not saved, as a share of all.
    package let losingShare: Double

    /// - Parameters:
    ///   - costHours: of one checkpoint; a negative one counts as 0.
    ///   - losingShare: of stops after which there is no time to save, from 0 to 1.
    package init(costHours: Double, losingShare: Double = 1) {
        self.costHours = max(0, costHours)
        self.losingShare = min(max(0, losingShare), 1)
    }

    /// - Parameters:
    ///   - costHours: of one checkpoint; a negative one counts as 0.
    ///   - noticeHours: that a notice leaves to save in; nil for one that cannot save on a notice.
    ///   - unannouncedShare: of stops that come without a notice, from 0 to 1.
    package init(costHours: Double, noticeHours: Double?, unannouncedShare: Double) {
        let fits = noticeHours.map { costHours <= $0 } ?? false
        self.init(costHours: costHours, losingShare: fits ? unannouncedShare : 1)
    }

    /// How long to compute between a checkpoint and the next.
    ///
    /// - Parameters:
    ///   - hours: from the risk's moment to the end of the last checkpoint, or the start where there was none.
    ///   - risk: of being stopped.
    /// - Returns: Hours, at least 0; nil when no regular checkpoint is worth its cost.
    package func intervalHours(after hours: Double, _ risk: SpellRisk) -> Double? {
        let hazard = risk.perHour(after: hours)
        guard hazard > 0, losingShare > 0 else { return nil }
        let cost = costHours / losingShare
        let falling = cost * risk.fall(after: hours)
        let length = cost / 3 + falling + (falling * falling + 2 * cost / hazard).squareRoot()
        // Of a constant hazard the exact solution is T = cost + (1 - e^(-hT)) / h, and this is less: the terms above
        // are for costs that are small against 1 / h.
        let least = cost - expm1(-hazard * cost) / hazard
        return max(length, least) - costHours
    }
}
