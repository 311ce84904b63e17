import Foundation

/// How likely a running workload is stopped, by how long it goes on from a moment; the pools that it stands on have their
/// own hazards, and whichever takes a node back stops all of it.
package struct SpellRisk: Hashable, Sendable {
    /// One spot pool that the workload stands on.
    package struct Pool: Hashable, Sendable {
        package var hazard: SpellHazard
        /// Of its spell at the moment; negative where the spell begins later, and then counted as 0 until it does.
        package var ageHours: Double

        package init(hazard: SpellHazard, ageHours: Double) {
            self.hazard = hazard
            self.ageHours = ageHours
        }
    }

    /// Each pool once, however many of its nodes the workload holds. None on capacity that is never taken back.
    package let pools: [Pool]

    package init(pools: [Pool]) {
        self.pools = pools.filter { $0.hazard.shape > 0 }
    }

    /// Whether anything can stop it.
    package var isNone: Bool { pools.isEmpty }

    /// - Parameter hours: by which to go on.
    /// - Returns: The risk from a later moment on, if nothing has stopped the workload by then.
    package func later(byHours hours: Double) -> SpellRisk {
        SpellRisk(pools: pools.map { Pool(hazard: $0.hazard, ageHours: $0.ageHours + max(0, hours)) })
    }

    /// - Parameter hours: from the moment; a negative time counts as 0.
    /// - Returns: Stops to expect an hour.
    package func perHour(after hours: Double) -> Double {
        pools.reduce(0) { $0 + $1.hazard.perHour(atAge: $1.ageHours + max(0, hours)) }
    }

    /// How fast the hazard falls: by its slope over its square, which has no unit. It is 0 for a constant hazard and
    /// 1 / shape for that of one pool at any age.
    ///
    /// - Parameter hours: from the moment; a negative time counts as 0.
    /// - Returns: At least 0.
    package func fall(after hours: Double) -> Double {
        let hazard = perHour(after: hours)
        guard hazard > 0 else { return 0 }
        let slope = pools.reduce(0) { sum, pool in
            let perHour = pool.hazard.perHour(atAge: pool.ageHours + max(0, hours))
            return sum + perHour * perHour / pool.hazard.shape
        }
        return slope / (hazard * hazard)
    }

    /// - Parameter hours: from the moment; a negative time counts as 0.
    /// - Returns: How likely nothing has stopped it by then.
    package func survival(to hours: Double) -> Double {
        exp(
            -pools.reduce(0) {
                $0 + $1.hazard.expected(fromAge: max(0, $1.ageHours), to: max(0, $1.ageHours) + max(0, hours))
            }
        )
    }
}
