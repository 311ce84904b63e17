import Foundation
import Model
import Planning

/// What checkpoints, and work that is computed again, take of the spells of capacity that were measured.
///
/// Work begins with each spell and goes on to its end. Of a spell that ends without time to save, all since the end of the
/// last checkpoint is wasted; of one that is told, the cost of one more checkpoint, and all that were made; of one that
/// lasts beyond the trace, the checkpoints alone.
package struct CheckpointTrial: Sendable {
    /// When to save, of what is compared.
    package enum Rule: String, CaseIterable, Sendable {
        /// `CheckpointTiming` on the hazard that the service would have learned by then.
        case advice
        /// Young's sqrt(2 cost x mean time between losses), which is known for each trace beforehand.
        case young
        /// The one interval that wastes least over all traces, known beforehand.
        case bestFixed = "best-fixed"
        /// The same for each trace by itself.
        case bestFixedPerTrace = "best-fixed-per-trace"
    }

    package struct Outcome: Sendable {
        package var rule: Rule
        /// By trace; infinite where no regular checkpoint is made, nil where it changes.
        package var intervalHours: [Double?]
        /// By trace.
        package var wastedHours: [Double]

        package var totalHours: Double { wastedHours.reduce(0, +) }
    }

    /// A moment at which a spell may end.
    private struct End: Sendable {
        var hours: Double
        var weight: Double
        var isLoss: Bool
        var isEnd: Bool
    }

    /// As `SpellHazard.measured` has it.
    package static let measuredInterruptionsInFirstDay =
        (SpellHazard.measured.expected(fromAge: 0, to: 24) * 100).rounded() / 100
    /// In the middle of so many equal parts of a tick.
    private static let momentsPerTick = 30
    /// Each brings the time of the next save closer.
    private static let mostLooks = 6
    /// Of a save that is further away nobody asks when exactly.
    private static let longestHours = 1e4
    private static let pool = Offering(instanceType: "traced", zone: "traced", capacityType: .spot)
    private static let halfLife = GleanerConfiguration.Economics().hazardHalfLife
    /// From half a minute to 40 days, each 3% longer than the one before.
    private static let intervals = (0..<400).map { 0.5 / 60 * pow(1.03, Double($0)) }

    private let traces: [CapacitySpells]
    private let terms: CheckpointTerms
    private let prior: SpellHazard
    private let ends: [[End]]

    /// - Parameters:
    ///   - traces: tried one by one; none tells of another.
    ///   - terms: of all checkpoints.
    ///   - interruptionsInFirstDay: what the advice expects of a node before it has seen anything.
    /// - Throws: `PolicyTrialError`.
    package init(
        traces: [CapacitySpells],
        terms: CheckpointTerms,
        interruptionsInFirstDay: Double
    ) throws(PolicyTrialError) {
        guard interruptionsInFirstDay >= 0, interruptionsInFirstDay <= 1000 else {
            throw .badInterruptionsPerDay(interruptionsInFirstDay)
        }
        guard !traces.isEmpty else { throw .noTraces }
        self.traces = traces
        self.terms = terms
        prior = SpellHazard(interruptionsInFirstDay: interruptionsInFirstDay)
        ends = traces.map { trace in trace.spells.flatMap { Self.ends(of: $0.spell, trace, terms) } }
    }

    /// Of all traces, as it is reckoned here.
    package var hours: Double { ends.joined().reduce(0) { $0 + $1.hours * $1.weight } }

    private static func ends(of spell: CapacitySpells.Spell, _ trace: CapacitySpells, _ terms: CheckpointTerms) -> [End]
    {
        let tick = Double(trace.gapSeconds) / 3600
        guard spell.wasEnded else {
            return [End(hours: Double(spell.ticks) * tick, weight: 1, isLoss: false, isEnd: false)]
        }
        let moments = terms.endsWithinTick ? momentsPerTick : 1
        let losing = terms.losingShare
        return (0..<moments).flatMap { index in
            let part = terms.endsWithinTick ? (Double(index) + 0.5) / Double(moments) : 1
            let hours = (Double(spell.ticks - 1) + part) * tick
            return [(losing, true), (1 - losing, false)].filter { $0.0 > 0 }.map { share, isLoss in
                End(hours: hours, weight: share / Double(moments), isLoss: isLoss, isEnd: true)
            }
        }
    }

    /// Tries all rules.
    ///
    /// - Returns: what each wastes, in the order of `Rule.allCases`.
    package func run() -> [Outcome] {
        let young = traces.indices.map { trace in
            (2 * terms.costHours * meanHoursBetweenLosses(in: trace)).squareRoot()
        }
        // Of those that waste the same the first is taken: none where none helps.
        let candidates = [.infinity] + Self.intervals
        let wasted = traces.indices.map { trace in candidates.map { wastedHours(every: $0, in: trace) } }
        let shared = candidates.indices.min { first, second in
            wasted.reduce(0) { $0 + $1[first] } < wasted.reduce(0) { $0 + $1[second] }
        }
        let own = wasted.map { hours in hours.indices.min { hours[$0] < hours[$1] } ?? 0 }
        return Rule.allCases.map { rule in
            switch rule {
            case .advice:
                Outcome(
                    rule: rule,
                    intervalHours: traces.map { _ in nil },
                    wastedHours: traces.indices.map { advisedHours(in: $0) }
                )
            case .young:
                Outcome(
                    rule: rule,
                    intervalHours: young,
                    wastedHours: traces.indices.map { wastedHours(every: young[$0], in: $0) }
                )
            case .bestFixed:
                Outcome(
                    rule: rule,
                    intervalHours: traces.map { _ in candidates[shared ?? 0] },
                    wastedHours: wasted.map { $0[shared ?? 0] }
                )
            case .bestFixedPerTrace:
                Outcome(
                    rule: rule,
                    intervalHours: own.map { candidates[$0] },
                    wastedHours: traces.indices.map { wasted[$0][own[$0]] }
                )
            }
        }
    }

    private func meanHoursBetweenLosses(in trace: Int) -> Double {
        let run = ends[trace].reduce(0) { $0 + $1.hours * $1.weight }
        let losses = ends[trace].reduce(0) { $0 + ($1.isLoss ? $1.weight : 0) }
        return losses > 0 ? run / losses : .infinity
    }

    /// What a spell wastes when it ends at a moment.
    ///
    /// - Parameters:
    ///   - end: the moment.
    ///   - saves: checkpoints that were complete by then, or by the notice.
    ///   - saved: when the last of them was.
    ///   - interval: that came after it.
    /// - Returns: Hours.
    private func waste(_ end: End, saves: Double, saved: Double, interval: Double) -> Double {
        let cost = terms.costHours
        if end.isLoss { return saves * cost + end.hours - saved }
        let begun = min(max(0, stop(end) - saved - interval), cost)
        return saves * cost + begun + (end.isEnd ? min(cost, end.hours) : 0)
    }

    /// Until when regular checkpoints are made.
    private func stop(_ end: End) -> Double {
        guard end.isEnd, !end.isLoss, let notice = terms.noticeSeconds else { return end.hours }
        return max(0, end.hours - Double(notice) / 3600)
    }

    private func wastedHours(every interval: Double, in trace: Int) -> Double {
        let period = interval + terms.costHours
        return ends[trace].reduce(0) { sum, end in
            let saves = interval.isFinite ? (stop(end) / period + 1e-9).rounded(.down) : 0
            let saved = saves > 0 ? saves * period : 0
            return sum + end.weight * waste(end, saves: saves, saved: saved, interval: interval)
        }
    }

    // MARK: - Advice

    /// As the service learns: from the shared prior, and from what it has seen of this trace by then.
    private func advisedHours(in index: Int) -> Double {
        let trace = traces[index]
        var exposure = PoolExposure(since: Timestamp(milliseconds: 0))
        var (tick, sum) = (0, 0.0)
        for (gap, spell) in trace.spells {
            tick += gap
            let began = Timestamp(milliseconds: Int64(tick) * trace.gapSeconds * 1000)
            exposure.changeStanding(by: 1, at: began, halfLife: Self.halfLife)
            var moments = Self.ends(of: spell, trace, terms).sorted { stop($0) < stop($1) }[...]
            var (saves, saved) = (0.0, 0.0)
            while !moments.isEmpty {
                let interval = advisedInterval(after: saved, exposure, began: began)
                let next = saved + interval + terms.costHours
                let here = moments.prefix { stop($0) < next }
                for end in here {
                    sum += end.weight * waste(end, saves: saves, saved: saved, interval: interval)
                }
                moments = moments.dropFirst(here.count)
                (saves, saved) = (saves + 1, next)
            }
            tick += spell.ticks
            let ended = Timestamp(milliseconds: Int64(tick) * trace.gapSeconds * 1000)
            if spell.wasEnded { exposure.interrupt(at: ended, halfLife: Self.halfLife) }
            exposure.changeStanding(by: -1, at: ended, halfLife: Self.halfLife)
        }
        return sum
    }

    /// What is learned while it computes counts as well: at its time the next save may turn out to be due later.
    private func advisedInterval(after saved: Double, _ exposure: PoolExposure, began: Timestamp) -> Double {
        let timing = CheckpointTiming(costHours: terms.costHours, losingShare: terms.losingShare)
        var (interval, looked) = (0.0, -1.0)
        for _ in 0..<Self.mostLooks where interval > looked && interval < Self.longestHours {
            looked = interval
            let estimate = SpellHazardEstimate(
                exposures: [Self.pool: exposure],
                prior: prior,
                halfLife: Self.halfLife,
                at: began + .milliseconds(Int64((saved + looked) * 3_600_000))
            )
            let risk = SpellRisk(pools: [.init(hazard: estimate.hazard(of: Self.pool), ageHours: saved)])
            interval = max(looked, timing.intervalHours(after: 0, risk) ?? .infinity)
        }
        return interval
    }
}
