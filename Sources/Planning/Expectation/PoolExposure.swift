import Foundation
package import Model

/// How long nodes of one spot capacity pool (instance type and zone) were exposed to interruptions and how many came:
/// both fade, since what a pool did long ago says little of what it does now.
///
/// Neighbours are taken together, so the pool counts and not its nodes: time counts once, however many nodes stand, and
/// interruptions that come close together are one. So does the age: a spell begins when a node comes where none stood, or
/// with the reclaim of an interruption that others outlive.
package struct PoolExposure: Hashable, Sendable {
    /// In "Spot-and-Scoot: Peeking Into Spot Instance Availability" (2026) more than 92% of the instances of a type and
    /// zone that were lost together were lost within three minutes of each other.
    static let sameCause: Duration = .seconds(180)

    /// Nodes that stand at present.
    package private(set) var standing = 0
    private var updatedAt: Timestamp
    private var interruptedAt: Timestamp?
    /// At `updatedAt`, faded.
    private var seconds = 0.0
    private var interruptions = 0.0
    /// Of them those that came without a notice.
    private var unannounced = 0.0
    /// Each moment of exposure over the spell's age by then and the scale of `SpellHazard`, faded.
    private var logAges = 0.0
    /// When the present spell began, or will when the cloud has taken what it said it would; nil while no node stands.
    package private(set) var spellBeganAt: Timestamp?

    /// What was seen of spells, faded: of a Lomax distribution's shape it says all that is to be known.
    package struct Spells: Hashable, Sendable {
        package var interruptions: Double
        package var unannounced: Double
        /// The sum of ln((end + scale) / (start + scale)) over the ages through which nodes have stood.
        package var logAges: Double
    }

    /// - Parameter start: before which nothing is known of the pool.
    package init(since start: Timestamp) {
        updatedAt = start
    }

    /// Faded seconds of exposure and faded interruptions at a time; what was last heard holds until then.
    ///
    /// - Parameters:
    ///   - now: not earlier than anything that was told before; else as of then.
    ///   - halfLife: after which an observation counts half.
    /// - Returns: Seconds with at least one node, and interruptions.
    package func counts(at now: Timestamp, halfLife: Duration) -> (seconds: Double, interruptions: Double) {
        var copy = self
        copy.advance(to: now, halfLife: halfLife)
        return (copy.seconds, copy.interruptions)
    }

    /// What was seen of spells until a time; what was last heard holds until then.
    ///
    /// - Parameters:
    ///   - now: not earlier than anything that was told before; else as of then.
    ///   - halfLife: after which an observation counts half.
    /// - Returns: Interruptions and log-ages.
    package func spells(at now: Timestamp, halfLife: Duration) -> Spells {
        var copy = self
        copy.advance(to: now, halfLife: halfLife)
        return Spells(interruptions: copy.interruptions, unannounced: copy.unannounced, logAges: copy.logAges)
    }

    /// Takes in that nodes were launched or have gone.
    ///
    /// - Parameters:
    ///   - change: by how many there are more, or fewer when it is negative.
    ///   - time: when; what comes out of order counts from the latest time known.
    ///   - halfLife: after which an observation counts half.
    package mutating func changeStanding(by change: Int, at time: Timestamp, halfLife: Duration) {
        advance(to: time, halfLife: halfLife)
        standing = max(0, standing + change)
        spellBeganAt = standing == 0 ? nil : spellBeganAt ?? updatedAt
    }

    /// Takes in that the cloud takes a node back.
    ///
    /// - Parameters:
    ///   - time: when; what comes out of order counts from the latest time known.
    ///   - halfLife: after which an observation counts half.
    ///   - wasAnnounced: by a notice, which the reclaim follows.
    package mutating func interrupt(at time: Timestamp, halfLife: Duration, wasAnnounced: Bool = true) {
        advance(to: time, halfLife: halfLife)
        let isSame = interruptedAt.map { updatedAt - $0 <= Self.sameCause } ?? false
        if !isSame {
            interruptions += 1
            if !wasAnnounced { unannounced += 1 }
        }
        interruptedAt = updatedAt
        if standing > 0 { spellBeganAt = wasAnnounced ? updatedAt + Notice.interruptionLead : updatedAt }
    }

    /// Counts fade by 2^(-t / half-life); exposure that goes on meanwhile adds the integral of that.
    private mutating func advance(to time: Timestamp, halfLife: Duration) {
        guard time > updatedAt else { return }
        let elapsed = Double(time.milliseconds - updatedAt.milliseconds) / 1000
        let start = updatedAt
        updatedAt = time
        let fadingPerSecond = log(2) / max(1, Double(halfLife.components.seconds))
        let kept = exp(-fadingPerSecond * elapsed)
        interruptions *= kept
        unannounced *= kept
        seconds *= kept
        logAges *= kept
        guard standing > 0 else { return }
        seconds += -expm1(-fadingPerSecond * elapsed) / fadingPerSecond
        guard let began = spellBeganAt, began < time else { return }
        func hours(since time: Timestamp) -> Double { Double(updatedAt.milliseconds - time.milliseconds) / 3_600_000 }
        let age = hours(since: began)
        logAges += Self.fadedLogAge(from: max(0, age - hours(since: start)), to: age, fading: fadingPerSecond * 3600)
    }

    /// The integral of e^(-fading x (end - age)) / (age + scale) over ages in hours: what lies further back counts less.
    private static func fadedLogAge(from start: Double, to end: Double, fading: Double) -> Double {
        let scale = SpellHazard.measuredScaleHours
        // e^-30 of anything is nothing; half of a fading time is short enough for the rule below.
        var low = max(start, end - 30 / fading)
        let piece = 0.5 / fading
        var sum = 0.0
        while low < end {
            let high = min(end, low + piece)
            // Simpson's rule over the logarithm of the age, by which only the fading is left to integrate.
            let (first, last) = (log(low + scale), log(high + scale))
            let count = 16
            let step = (last - first) / Double(count)
            for index in 0...count {
                let weight = index == 0 || index == count ? 1.0 : index.isMultiple(of: 2) ? 2 : 4
                let age = exp(first + step * Double(index)) - scale
                sum += weight * step / 3 * exp(-fading * (end - age))
            }
            low = high
        }
        return sum
    }
}
