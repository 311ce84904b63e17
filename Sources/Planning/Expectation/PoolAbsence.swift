import Foundation
package import Model

/// How long a spot capacity pool had nothing each time, and how often that ended: both fade, as what is known of its
/// spells of capacity does (`PoolExposure`).
package struct PoolAbsence: Hashable, Sendable {
    private var updatedAt: Timestamp
    /// At `updatedAt`, faded.
    private var returns = 0.0
    private var logAges = 0.0

    /// - Parameter start: before which nothing is known of the pool.
    package init(since start: Timestamp) {
        updatedAt = start
    }

    /// Takes in a time without capacity that is over.
    ///
    /// - Parameters:
    ///   - start: when it was first seen.
    ///   - end: when it was last seen.
    ///   - now: the time; not earlier than anything that was told before.
    ///   - halfLife: after which an observation counts half.
    package mutating func add(from start: Timestamp, to end: Timestamp, at now: Timestamp, halfLife: Duration) {
        let kept = kept(until: now, halfLife)
        updatedAt = max(updatedAt, now)
        returns = returns * kept + 1
        logAges = logAges * kept + Self.logAge(from: start, to: end)
    }

    /// What was seen until a time.
    ///
    /// - Parameters:
    ///   - now: not earlier than anything that was told before.
    ///   - halfLife: after which an observation counts half.
    /// - Returns: Times without capacity that ended, and the sum of ln(1 + age / scale) over them.
    package func counts(at now: Timestamp, halfLife: Duration) -> (returns: Double, logAges: Double) {
        let kept = kept(until: now, halfLife)
        return (returns * kept, logAges * kept)
    }

    /// The logarithm of a time's length over the scale of `SpellHazard`.
    package static func logAge(from start: Timestamp, to end: Timestamp) -> Double {
        let hours = Double(max(0, end.milliseconds - start.milliseconds)) / 3_600_000
        return log1p(hours / SpellHazard.measuredScaleHours)
    }

    private func kept(until now: Timestamp, _ halfLife: Duration) -> Double {
        let seconds = Double(max(0, now.milliseconds - updatedAt.milliseconds)) / 1000
        return exp(-log(2) * seconds / max(1, Double(halfLife.components.seconds)))
    }
}
