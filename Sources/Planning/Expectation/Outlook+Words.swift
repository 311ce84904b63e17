package import Model

/// How sums are said to a person.
extension Outlook {
    /// The sum by which an option is chosen or rejected:
    /// `4 x 12.40 $/h x (0.1 h start + 6 h work + 0.6 interruptions x 0.2 h) = 332.32 $`.
    ///
    /// Times are rounded for reading, the result is not reckoned from what is shown.
    ///
    /// - Parameters:
    ///   - pricePerHour: of one node.
    ///   - nodes: that run, and are billed, for the whole time.
    /// - Returns: One line without a full stop.
    package func sum(pricePerHour: Money, nodes: Int = 1) -> String {
        let price = (nodes == 1 ? "" : "\(nodes) x ") + "\(Self.perHour(pricePerHour)) $/h"
        guard totalSeconds < CostModel.longestSeconds else { return "\(price) x (\(parts)), without end" }
        let isOneTerm = startSeconds == 0 && checkpointSeconds == 0 && interruptionSeconds == 0
        return "\(price) x \(isOneTerm ? Self.hours(Double(computingSeconds)) : "(\(parts))")"
            + " = \(cost(pricePerHour: pricePerHour, nodes: nodes).formatted()) $"
    }

    /// The times that a price is multiplied with: `0.1 h start + 6 h work + 0.6 interruptions x 0.2 h`.
    package var parts: String {
        var terms: [String] = []
        if startSeconds > 0 { terms.append("\(Self.hours(Double(startSeconds))) start") }
        terms.append("\(Self.hours(Double(computingSeconds))) work")
        if checkpointSeconds > 0 { terms.append("\(Self.hours(Double(checkpointSeconds))) checkpoints") }
        if interruptionSeconds > 0, expectedInterruptions > 0 {
            let each = Double(interruptionSeconds) / expectedInterruptions
            terms.append("\(Self.number(expectedInterruptions)) interruptions x \(Self.hours(each))")
        }
        return terms.joined(separator: " + ")
    }

    /// How likely an interruption is and what it would cost: `12% chance of an interruption, which costs 0.2 h`.
    package var risk: String {
        guard interruptionProbability > 0, expectedInterruptions > 0 else { return "no interruptions" }
        let percent = interruptionProbability * 100
        let chance =
            switch percent {
            case ..<1: "less than 1%"
            case 99...: "more than 99%"
            default: "\(Int(percent.rounded()))%"
            }
        let each = Self.hours(Double(interruptionSeconds) / expectedInterruptions)
        return "\(chance) chance of an interruption, which costs \(each)"
    }

    private static func hours(_ seconds: Double) -> String { "\(number(seconds / 3600)) h" }

    /// To cents, or as many places of them as the price has, four at most: prices of small instances differ there.
    private static func perHour(_ price: Money) -> String {
        let exact = price.rounded(places: 4)
        return (2...4).map { exact.formatted(places: $0) }.first { Money($0) == exact } ?? exact.formatted(places: 4)
    }

    /// As many digits as say something: two places below 1, one below 100, none above.
    private static func number(_ value: Double) -> String {
        let hundredths = Int64((min(max(0, value), 1e12) * 100).rounded())
        if hundredths == 0 { return value > 0 ? "<0.01" : "0" }
        if hundredths < 100 { return decimal(hundredths, places: 2) }
        if hundredths < 10_000 { return decimal((hundredths + 5) / 10, places: 1) }
        return "\((hundredths + 50) / 100)"
    }

    /// A whole number of tenths or hundredths, without zeros at its end.
    private static func decimal(_ amount: Int64, places: Int) -> String {
        let unit: Int64 = places == 1 ? 10 : 100
        let digits = String(amount % unit)
        var fraction = String(repeating: "0", count: places - digits.count) + digits
        while fraction.last == "0" { fraction.removeLast() }
        return fraction.isEmpty ? "\(amount / unit)" : "\(amount / unit).\(fraction)"
    }
}
