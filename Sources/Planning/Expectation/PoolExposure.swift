import Foundation
package import Model

/// How long nodes of one spot capacity pool (instance type and zone) were exposed to interruptions and how many came:
/// both fade, since what a pool did long ago says little of what it does now.
///
/// Neighbours are taken together, so the pool counts and not its nodes: time counts once, however many nodes stand, and
/// interruptions that come close together are one.
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

    /// Takes in that nodes were launched or have gone.
    ///
    /// - Parameters:
    ///   - change: by how many there are more, or fewer when it is negative.
    ///   - time: when; what comes out of order counts from the latest time known.
    ///   - halfLife: after which an observation counts half.
    package mutating func changeStanding(by change: Int, at time: Timestamp, halfLife: Duration) {
        advance(to: time, halfLife: halfLife)
        standing = max(0, standing + change)
    }

    /// Takes in that the cloud takes a node back.
    ///
    /// - Parameters:
    ///   - time: when; what comes out of order counts from the latest time known.
    ///   - halfLife: after which an observation counts half.
    package mutating func interrupt(at time: Timestamp, halfLife: Duration) {
        advance(to: time, halfLife: halfLife)
        let isSame = interruptedAt.map { updatedAt - $0 <= Self.sameCause } ?? false
        if !isSame { interruptions += 1 }
        interruptedAt = updatedAt
    }

    /// Counts fade by 2^(-t / half-life); exposure that goes on meanwhile adds the integral of that.
    private mutating func advance(to time: Timestamp, halfLife: Duration) {
        guard time > updatedAt else { return }
        let elapsed = Double(time.milliseconds - updatedAt.milliseconds) / 1000
        updatedAt = time
        let fadingPerSecond = log(2) / max(1, Double(halfLife.components.seconds))
        let kept = exp(-fadingPerSecond * elapsed)
        interruptions *= kept
        seconds *= kept
        if standing > 0 { seconds += -expm1(-fadingPerSecond * elapsed) / fadingPerSecond }
    }
}
