import Foundation

extension CheckpointTiming {
    /// How far ahead waste is reckoned: a day, by which a budget is thought of.
    package static let horizonHours = 24.0
    /// Of checkpoints in that time; with more of them waste is reckoned for as long as these take.
    private static let mostSegments = 300

    /// The part of its time that a workload is expected to waste, with checkpoints and with work that is computed again,
    /// until it is stopped or a day has passed. It has just saved, or begun.
    ///
    /// - Parameters:
    ///   - rhythm: of its regular checkpoints.
    ///   - risk: of being stopped, from now on.
    /// - Returns: From 0 to 1.
    package func wastedShare(_ rhythm: CheckpointRhythm, _ risk: SpellRisk) -> Double {
        var start = 0.0
        var alive = 1.0
        var wasted = 0.0
        var run = 0.0
        var segments = 0
        while start < Self.horizonHours, alive > 1e-9, segments < Self.mostSegments {
            segments += 1
            let interval: Double? =
                switch rhythm {
                case .never: nil
                case .fixed(let hours): max(0, hours)
                case .timed: intervalHours(after: start, risk)
                }
            // Less than a second apart they would be one.
            let length = interval.map { max($0 + costHours, 1 / 3600) } ?? .infinity
            let end = min(start + length, Self.horizonHours)
            let living = Self.hoursAlive(from: start, to: end, alive, risk)
            let left = risk.survival(to: end)
            let stopped = alive - left
            // Whoever is stopped after t hours has run for t and lost t, unless told in time to save at the end of it.
            let ran = living - left * (end - start)
            wasted += losingShare * ran + (1 - losingShare) * stopped * min(costHours, end - start)
            if length <= end - start + 1e-12 { wasted += left * min(costHours, length) }
            run += living
            (start, alive) = (end, left)
        }
        return run > 0 ? min(max(wasted / run, 0), 1) : 0
    }

    /// The integral of the survival between two moments, of which the first is reached with a chance.
    private static func hoursAlive(from start: Double, to end: Double, _ alive: Double, _ risk: SpellRisk) -> Double {
        guard !risk.isNone else { return end - start }
        // The hazard changes by its own size within the youngest spell's age: pieces that grow with it.
        var sum = 0.0
        var low = start
        var first = alive
        while low < end {
            let high = min(end, low + max(0.1, 0.5 * low))
            let (middle, last) = (risk.survival(to: (low + high) / 2), risk.survival(to: high))
            sum += (high - low) / 6 * (first + 4 * middle + last)
            (low, first) = (high, last)
        }
        return sum
    }
}
