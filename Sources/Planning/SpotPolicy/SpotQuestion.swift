import Foundation

/// What is known of one workload when it has to be decided where it runs until the next decision. All times are in
/// seconds.
package struct SpotQuestion: Hashable, Sendable {
    /// Spot capacity of one zone, enough for the whole workload or none.
    package struct Pool: Hashable, Sendable {
        /// Whether there is capacity for the whole workload now.
        package var isUp: Bool

        /// How long ago the present spell, of capacity or of none, was first seen.
        package var spellAge: Double

        /// The spot price of what is done, over the on-demand price of the same.
        package var priceRatio: Double

        /// Work done a second, over that of on-demand capacity.
        package var speed: Double

        /// Of the present spell and those before it.
        package var seen: SpellRecord

        package init(
            isUp: Bool,
            spellAge: Double,
            priceRatio: Double,
            speed: Double = 1,
            seen: SpellRecord = SpellRecord()
        ) {
            self.isUp = isUp
            self.spellAge = spellAge
            self.priceRatio = priceRatio
            self.speed = speed
            self.seen = seen
        }
    }

    /// Since the workload was admitted.
    package var elapsed: Double

    /// All of the work.
    package var work: Double

    package var workLeft: Double

    /// Until the deadline; infinite where there is none.
    package var timeLeft: Double

    /// What each second until the work is done costs beside capacity, as a part of the on-demand price of a second: what
    /// makes a workload without a deadline get on.
    package var waitingPrice: Double

    /// Until the next decision.
    package var step: Double

    /// What a new start is expected to take before work goes on.
    package var changeover: Double

    /// The longest that a new start may take.
    package var largestChangeover: Double

    /// What the present start still takes before work goes on.
    package var changeoverLeft: Double

    /// Where it runs now: a pool that has just lost its capacity is no placement any more.
    package var placement: SpotPlacement

    package var pools: [Pool]

    /// How likely spells of capacity end by their age, for all that is known without what was seen of the pools.
    package var prior: SpellHazard

    package init(
        elapsed: Double,
        work: Double,
        workLeft: Double,
        timeLeft: Double,
        step: Double,
        changeover: Double,
        largestChangeover: Double,
        changeoverLeft: Double,
        placement: SpotPlacement,
        pools: [Pool],
        waitingPrice: Double = 0,
        prior: SpellHazard = .measured
    ) {
        self.elapsed = elapsed
        self.work = work
        self.workLeft = workLeft
        self.timeLeft = timeLeft
        self.step = step
        self.changeover = changeover
        self.largestChangeover = largestChangeover
        self.changeoverLeft = changeoverLeft
        self.placement = placement
        self.pools = pools
        self.waitingPrice = waitingPrice
        self.prior = prior
    }
}

extension SpotQuestion.Pool {
    /// Takes in that time has passed, and what is seen now.
    ///
    /// - Parameters:
    ///   - seconds: since it was seen before; the present spell has gone on until now, or ends now.
    ///   - isUp: whether there is capacity now.
    package mutating func goOn(for seconds: Double, isUp: Bool) {
        let scale = SpellHazard.measuredScaleHours
        let age = spellAge / 3600 + scale
        let logAge = log1p(seconds / 3600 / age)
        if self.isUp { seen.logAges += logAge } else { seen.logAbsences += logAge }
        guard isUp != self.isUp else {
            spellAge += seconds
            return
        }
        if self.isUp { seen.ends += 1 } else { seen.returns += 1 }
        self.isUp = isUp
        spellAge = 0
    }
}

extension SpotQuestion {
    /// The pool that it runs on and that still has capacity.
    package var standingPool: Int? {
        guard case .spot(let pool) = placement, pools.indices.contains(pool), pools[pool].isUp else { return nil }
        return pool
    }

    /// The pool that the published rules, which know one pool only, take where there are several: the one that it runs
    /// on, else of those with capacity the one where `k + d / (1.4 (y + 0.4))` is least, with the price ratio `k`, and
    /// changeover `d` and age of the spell `y` in hours. Nil without capacity.
    ///
    /// Spells of capacity end with a hazard of about `0.8 / (y + 0.4)` an hour, and each end costs a changeover.
    package var preferredPool: Int? {
        if let standingPool { return standingPool }
        var best: Int?
        var least = Double.infinity
        for index in pools.indices where pools[index].isUp {
            let pool = pools[index]
            let cost = pool.priceRatio + changeover / 3600 / (1.4 * (pool.spellAge / 3600 + 0.4))
            // The first that is up also when its cost is no number.
            guard cost < least || best == nil else { continue }
            least = cost
            best = index
        }
        return best
    }

    /// Spot where there is some, else to wait.
    package var spotOrWaiting: SpotPlacement { preferredPool.map { .spot(pool: $0) } ?? .waiting }
}
