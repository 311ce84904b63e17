import Foundation
import Model

/// Round marks for an axis that begins at zero.
struct Axis {
    var marks: [Double]
    var top: Double { marks.last ?? 1 }

    /// - Parameters:
    ///   - largest: The largest value that must fit.
    ///   - count: About how many marks there are.
    init(largest: Double, count: Int = 4) {
        guard largest > 0, largest.isFinite else {
            marks = [0, 1]
            return
        }
        let rough = largest / Double(count)
        let power = pow(10, floor(log10(rough)))
        let step = [1, 2, 2.5, 5, 10].map { $0 * power }.first { $0 >= rough } ?? rough
        marks = (0...Int((largest / step).rounded(.up))).map { Double($0) * step }
    }

    /// `$1.50`, `$20`, `$1.2k`, with as many digits as the marks need.
    func label(_ value: Double) -> String {
        let step = marks.count > 1 ? marks[1] : 1
        if step >= 1000 { return "$\(Self.trimmed(value / 1000, places: 1))k" }
        if step >= 1, step == step.rounded() {
            return String(Wording.money(Money(Decimal(Int(value.rounded())))).dropLast(3))
        }
        return "$\(Self.trimmed(value, places: step >= 0.1 ? 2 : 4, pads: step >= 0.01))"
    }

    private static func trimmed(_ value: Double, places: Int, pads: Bool = false) -> String {
        let text = String(format: "%.\(places)f", value)
        guard !pads, text.contains(".") else { return text }
        let short = text.reversed().drop { $0 == "0" }.drop { $0 == "." }.reversed()
        return short.isEmpty ? "0" : String(short)
    }
}
