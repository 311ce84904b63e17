import Foundation

/// One pair of axes of a plot, and lines in it.
struct ChartPanel {
    private static let width = 380.0
    private static let top = 72.0
    private static let bottom = 352.0

    private let caption: String
    private let left: Double
    private let across: ClosedRange<Double>
    private let up: ClosedRange<Double>
    private let upStep: Double

    /// - Parameters:
    ///   - caption: what the values are.
    ///   - left: where the panel begins in the picture.
    ///   - slacks: every place on the axis of slack, in hours.
    ///   - values: every place on the other axis.
    init(caption: String, left: Double, slacks: [Double], values: [Double]) {
        self.caption = caption
        self.left = left
        let end = (slacks.max() ?? 1) * 1.04
        across = 0...max(end, 1e-3)
        let low = values.min() ?? 0
        let high = values.max() ?? 1
        upStep = Self.step(for: max(high - low, 1e-3))
        let first = (low / upStep).rounded(.down) * upStep
        up = first...max((high / upStep).rounded(.up) * upStep, first + upStep)
    }

    /// One, two or five times a power of ten, so that there are about six.
    private static func step(for range: Double) -> Double {
        let rough = range / 6
        let power = pow(10, log10(rough).rounded(.down))
        return [1, 2, 5, 10].map { $0 * power }.first { $0 >= rough } ?? 10 * power
    }

    private func x(_ slack: Double) -> Double {
        left + (slack - across.lowerBound) / (across.upperBound - across.lowerBound) * Self.width
    }

    private func y(_ value: Double) -> Double {
        Self.bottom - (value - up.lowerBound) / (up.upperBound - up.lowerBound) * (Self.bottom - Self.top)
    }

    /// Caption, lines of the grid and what they stand for.
    var axes: String {
        var text = "<text x=\"\(Self.number(left - 36))\" y=\"56\">\(caption)</text>\n"
        let right = left + Self.width
        for index in 0...Int(((up.upperBound - up.lowerBound) / upStep).rounded()) {
            let value = up.lowerBound + Double(index) * upStep
            text += grid(left, y(value), right, y(value))
            text += tick(Self.label(value), left - 8, y(value) + 4, "end")
        }
        let slackStep = Self.step(for: across.upperBound)
        for index in 0...Int((across.upperBound / slackStep).rounded(.down)) {
            let slack = Double(index) * slackStep
            text += grid(x(slack), Self.bottom, x(slack), Self.bottom + 5)
            text += tick(Self.label(slack), x(slack), Self.bottom + 20, "middle")
        }
        return text
            + "<text x=\"\(Self.number(left + Self.width / 2))\" y=\"\(Self.number(Self.bottom + 40))\" "
            + "text-anchor=\"middle\">slack of the deadline, hours</text>\n"
    }

    /// A line through points, each of them marked.
    func line(_ points: [(slack: Double, value: Double)], style: Int) -> String {
        let places = points.map { (Self.number(x($0.slack)), Self.number(y($0.value))) }
        let path = places.map { "\($0),\($1)" }.joined(separator: " ")
        let dots = places.map { "<circle class=\"dot s\(style)\" cx=\"\($0)\" cy=\"\($1)\" r=\"3\"/>" }
        return "<polyline class=\"line s\(style)\" points=\"\(path)\"/>\n\(dots.joined())\n"
    }

    private func grid(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double) -> String {
        "<line class=\"grid\" x1=\"\(Self.number(x1))\" y1=\"\(Self.number(y1))\" "
            + "x2=\"\(Self.number(x2))\" y2=\"\(Self.number(y2))\"/>\n"
    }

    private func tick(_ label: String, _ x: Double, _ y: Double, _ anchor: String) -> String {
        "<text class=\"tick\" x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" text-anchor=\"\(anchor)\">\(label)</text>\n"
    }

    private static func number(_ value: Double) -> String { String(format: "%.1f", value) }

    private static func label(_ value: Double) -> String { String(format: "%g", (value * 1e6).rounded() / 1e6) }
}
