import Billing
import Foundation
package import Model

/// The outcomes of one replay side by side.
package struct ReplayReport: Sendable {
    package let submissions: ClosedRange<Timestamp>
    package let seed: UInt64
    /// The first is what the others are compared with.
    package let outcomes: [ReplayOutcome]
    package let notes: [String]

    package init(
        submissions: ClosedRange<Timestamp>,
        seed: UInt64,
        outcomes: [ReplayOutcome],
        notes: [String]
    ) {
        self.submissions = submissions
        self.seed = seed
        self.outcomes = outcomes
        self.notes = notes
    }

    /// Why the figures cannot be trusted; empty when they can.
    package var failures: [String] {
        outcomes.flatMap { outcome -> [String] in
            var result = outcome.refusals.map { "\(outcome.name): the cluster refused \($0)" }
            if !outcome.balances {
                result.append(
                    "\(outcome.name): the books say \(outcome.cost.formatted()), the cloud bills "
                        + outcome.meterCost.formatted()
                )
            }
            let sum = outcome.teams.reduce(Money.zero) { $0 + $1.cost }
            if sum.formatted() != outcome.cost.formatted() {
                result.append(
                    "\(outcome.name): teams add up to \(sum.formatted()), not to \(outcome.cost.formatted())"
                )
            }
            return result
        }
    }

    /// One cost compared with another, in percent, rounded; nil where there is nothing to compare with.
    static func change(_ cost: Money, from base: Money) -> Int? {
        guard base > .zero else { return nil }
        return Int(((cost.approximate / base.approximate - 1) * 100).rounded())
    }

    static func mean(_ seconds: [Int64]) -> Int64? {
        seconds.isEmpty ? nil : seconds.reduce(0, +) / Int64(seconds.count)
    }

    /// Nearest rank.
    static func percentile(_ percent: Int, of seconds: [Int64]) -> Int64? {
        guard !seconds.isEmpty else { return nil }
        return seconds[min(seconds.count - 1, (seconds.count * percent + 99) / 100 - 1)]
    }
}
