import Foundation
import Planning

/// The least expected waste on a falling hazard, by a dynamic programme over the age of the spell, and that of any rhythm.
///
/// Ages are closer together than any good interval is long; beyond the last of them nothing is wasted any more.
struct ExactTiming {
    private static let lastHours = 100.0
    private let hazard: SpellHazard
    private let costHours: Double
    private let ages: [Double]
    private var least: [Double]

    var leastWaste: Double { least[0] }

    init(hazard: SpellHazard, costHours: Double) {
        self.hazard = hazard
        self.costHours = costHours
        var ages = [0.0]
        // Steps that are a small part of the best interval at any age.
        while let age = ages.last, age < Self.lastHours {
            ages.append(age + 0.06 * (2 * costHours * (age + hazard.scaleHours) / hazard.shape).squareRoot())
        }
        self.ages = ages
        least = Array(repeating: 0, count: ages.count)
        for index in ages.indices.reversed().dropFirst() {
            var best = Double.infinity
            for length in 1..<min(ages.count - index, 120) {
                let span = ages[index + length] - ages[index]
                guard span >= costHours else { continue }
                let later = left(from: ages[index], for: span) * (costHours + least[index + length])
                best = min(best, lost(from: ages[index], for: span) + later)
            }
            // Or never again.
            least[index] = min(best, lost(from: ages[index], for: Self.lastHours - min(ages[index], Self.lastHours)))
        }
    }

    /// - Parameter interval: to compute after a checkpoint at an age, in hours.
    /// - Returns: Hours.
    func waste(_ interval: (Double) -> Double) -> Double {
        var (age, alive, sum) = (0.0, 1.0, 0.0)
        while age < Self.lastHours {
            let length = min(interval(age) + costHours, Self.lastHours - age)
            sum += alive * lost(from: age, for: length)
            alive *= left(from: age, for: length)
            age += length
            if age < Self.lastHours { sum += alive * costHours }
        }
        return sum
    }

    private func left(from age: Double, for hours: Double) -> Double {
        hazard.survival(fromAge: age, to: age + hours)
    }

    /// The integral of t f(t) over the hours after an age.
    private func lost(from age: Double, for hours: Double) -> Double {
        let (start, shape) = (age + hazard.scaleHours, hazard.shape)
        let ratio = (start + hours) / start
        let alive = shape == 1 ? start * log(ratio) : start / (1 - shape) * (pow(ratio, 1 - shape) - 1)
        return alive - hours * pow(ratio, -shape)
    }
}
