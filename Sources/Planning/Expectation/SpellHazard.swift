import Foundation

/// How likely the cloud takes capacity back, by the age of its spell: the longer it has lasted, the longer it goes on.
///
/// The time until a spell ends has a Lomax distribution, so the hazard is shape / (age + scale). Then ln(1 + age / scale)
/// is exponential with the shape as its rate, which makes the shape as easy to learn as a constant rate is: it is
/// interruptions over the sum of these logarithms.
package struct SpellHazard: Hashable, Codable, Sendable {
    /// The likeliest for all spells, of capacity and of none, in the traces published with "Can't Be Late" (NSDI 2024), each
    /// with a shape of its own.
    package static let measuredScaleHours = 0.5
    /// The middle of what those traces of scarce GPUs show, 0.6 to 1.5: 3.7 interruptions in the first day.
    package static let measured = SpellHazard(shape: 0.95)

    package var shape: Double
    package var scaleHours: Double

    /// - Parameters:
    ///   - shape: what the hazard times the age comes to in the long run; 0 for what is never taken back.
    ///   - scaleHours: the age at which the hazard has come down to half of what it began with; above 0.
    package init(shape: Double, scaleHours: Double = measuredScaleHours) {
        self.shape = max(0, shape)
        self.scaleHours = scaleHours
    }

    /// - Parameter count: of interruptions to expect in a node's first day.
    package init(interruptionsInFirstDay count: Double) {
        self.init(shape: max(0, count) / log1p(24 / Self.measuredScaleHours))
    }

    /// - Parameter hours: since the spell began; a negative age counts as 0.
    /// - Returns: Interruptions to expect an hour at that age.
    package func perHour(atAge hours: Double) -> Double { shape / (max(0, hours) + scaleHours) }

    /// Interruptions to expect between two ages, if each would leave the age as it is.
    ///
    /// - Parameters:
    ///   - start: hours since the spell began.
    ///   - end: not less.
    /// - Returns: The integral of the hazard.
    package func expected(fromAge start: Double, to end: Double) -> Double {
        let start = max(0, start)
        return shape * log1p(max(0, end - start) / (start + scaleHours))
    }

    /// - Parameters:
    ///   - start: hours since the spell began.
    ///   - end: not less.
    /// - Returns: How likely a spell that has reached the first age reaches the second.
    package func survival(fromAge start: Double, to end: Double) -> Double {
        exp(-expected(fromAge: start, to: end))
    }

    /// - Parameters:
    ///   - age: hours since the spell began.
    ///   - hours: above 0.
    /// - Returns: How many hours from that age on a spell ends on average that ends within the given ones.
    package func meanEnd(fromAge age: Double, within hours: Double) -> Double {
        let age = max(0, age)
        let start = age + scaleHours
        let lasts = survival(fromAge: age, to: age + hours)
        // Where next to none ends, when it does matters to nobody.
        guard shape > 0, lasts < 1 - 1e-9 else { return hours / 2 }
        // The integral of survival over the time.
        let kept =
            abs(shape - 1) < 1e-6
            ? start * log1p(hours / start) : start / (shape - 1) * -expm1((1 - shape) * log1p(hours / start))
        return min(hours, max(0, (kept - hours * lasts) / (1 - lasts)))
    }
}
