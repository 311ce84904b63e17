import Billing
import Foundation
import Model

/// Spend and savings over time as SVG. Colours come from the style sheet, so that they follow light and dark.
struct Chart {
    typealias Step = (window: Range<Timestamp>, figures: CostFigures)

    private static let width = 640.0
    private static let height = 260.0
    private static let left = 66.0
    private static let right = 12.0
    private static let top = 14.0
    private static let bottom = 44.0

    let steps: [Step]
    private let axis: Axis

    private init(steps: [Step], largest: Double) {
        self.steps = steps
        axis = Axis(largest: largest)
    }

    // MARK: The two charts

    /// What was spent in each step, stacked, with the on-demand equivalent as a line.
    static func spend(_ steps: [Step], each step: Duration) -> HTML {
        let largest = steps.map { max($0.figures.cost, $0.figures.onDemandEquivalentCost).approximate }.max() ?? 0
        let chart = Chart(steps: steps, largest: largest)
        let slot = (width - left - right) / Double(max(1, steps.count))
        let bar = min(max(1, slot * 0.72), 40)
        var shapes: [HTML] = []
        for (index, step) in steps.enumerated() {
            let x = left + slot * (Double(index) + 0.5) - bar / 2
            var base = 0.0
            var pieces: [HTML] = []
            for (name, amount) in chart.stack(step.figures) where amount > 0 {
                let (low, high) = (chart.y(base), chart.y(base + amount))
                pieces.append(
                    """
                    <rect class="\(name)" x="\(number(x))" y="\(number(high))" width="\(number(bar))" \
                    height="\(number(low - high))"/>
                    """
                )
                base += amount
            }
            shapes.append("<g><title>\(chart.title(step))</title>\(pieces)</g>")
        }
        let line = steps.enumerated().map { index, step in
            let x = left + slot * (Double(index) + 0.5)
            return "\(number(x)),\(number(chart.y(step.figures.onDemandEquivalentCost.approximate)))"
        }
        shapes.append("<polyline class=\"equivalent\" points=\"\(line.joined(separator: " "))\"/>")
        let legend: [(String, String)] = [
            ("work", "work"), ("overhead", "idle, boot, drain, checkpoint"), ("lost", "lost work"),
            ("equivalent", "on-demand equivalent"),
        ]
        return chart.figure(
            "Spend per \(name(of: step))",
            legend,
            shapes,
            label: "Bars of what was spent in each step of time, with the on-demand equivalent as a line"
        )
    }

    /// What was spent since the beginning, below its on-demand equivalent: the space between is what was saved.
    static func savings(_ steps: [Step]) -> HTML {
        var (spent, equivalent) = (0.0, 0.0)
        var sums: [(spent: Double, equivalent: Double)] = [(0, 0)]
        for step in steps {
            spent += step.figures.cost.approximate
            equivalent += step.figures.onDemandEquivalentCost.approximate
            sums.append((spent, equivalent))
        }
        let chart = Chart(steps: steps, largest: max(spent, equivalent))
        let slot = (width - left - right) / Double(max(1, steps.count))
        func points(_ value: ((spent: Double, equivalent: Double)) -> Double) -> [String] {
            sums.enumerated().map { "\(number(left + slot * Double($0))),\(number(chart.y(value($1))))" }
        }
        let (below, above) = (points(\.spent), points(\.equivalent))
        let floor = [
            "\(number(left + slot * Double(sums.count - 1))),\(number(chart.y(0)))",
            "\(number(left)),\(number(chart.y(0)))",
        ]
        var shapes: [HTML] = []
        if !steps.isEmpty {
            shapes = [
                "<polygon class=\"saved\" points=\"\((above + below.reversed()).joined(separator: " "))\"/>",
                "<polygon class=\"spent\" points=\"\((below + floor).joined(separator: " "))\"/>",
                "<polyline class=\"spent-line\" points=\"\(below.joined(separator: " "))\"/>",
                "<polyline class=\"equivalent\" points=\"\(above.joined(separator: " "))\"/>",
            ]
        }
        return chart.figure(
            "Spend and savings since the beginning",
            [("spent", "spent"), ("saved", "saved"), ("equivalent", "on-demand equivalent")],
            shapes,
            label: "Total spend below its on-demand equivalent; the space between them is what was saved"
        )
    }

    // MARK: Parts

    private func figure(_ title: String, _ legend: [(name: String, text: String)], _ shapes: [HTML], label: String)
        -> HTML
    {
        let keys = legend.map { entry -> HTML in "<li><i class=\"key \(entry.name)\"></i>\(entry.text)</li>" }
        let body: HTML =
            if steps.isEmpty {
                "<p class=\"empty\">Nothing was spent yet.</p>"
            } else {
                """
                <svg viewBox="0 0 \(Self.number(Self.width)) \(Self.number(Self.height))" role="img" aria-label="\(label)">\
                \(grid)\(shapes)\(times)</svg>
                """
            }
        return "<figure><figcaption><h2>\(title)</h2><ul class=\"legend\">\(keys)</ul></figcaption>\(body)</figure>"
    }

    private var grid: [HTML] {
        axis.marks.map { mark in
            let y = Self.number(y(mark))
            return """
                <line class="\(mark == 0 ? "base" : "grid")" x1="\(Self.number(Self.left))" \
                x2="\(Self.number(Self.width - Self.right))" y1="\(y)" y2="\(y)"/>\
                <text class="amount" x="\(Self.number(Self.left - 8))" y="\(y)" dy="4">\(axis.label(mark))</text>
                """
        }
    }

    /// About six times along the bottom; the date where a day begins, and on the first.
    private var times: [HTML] {
        let slot = (Self.width - Self.left - Self.right) / Double(max(1, steps.count))
        let every = max(1, Int((Double(steps.count) / 6).rounded(.up)))
        let isDaily = steps.first.map { ($0.window.upperBound - $0.window.lowerBound).inSeconds >= 86_400 } ?? false
        var previous = ""
        return steps.indices.filter { $0 % every == 0 }.map { index in
            let time = steps[index].window.lowerBound
            let x = Self.number(Self.left + slot * Double(index) + min(slot / 2, 20))
            let day = Wording.day(time)
            defer { previous = day }
            let first: HTML =
                isDaily ? "" : "<text x=\"\(x)\" y=\"\(Self.number(Self.height - 22))\">\(Wording.clock(time))</text>"
            let second: HTML =
                day == previous
                ? "" : "<text class=\"day\" x=\"\(x)\" y=\"\(Self.number(Self.height - 5))\">\(day)</text>"
            return "\(first)\(second)"
        }
    }

    private func stack(_ figures: CostFigures) -> [(String, Double)] {
        let overhead = figures.idleCost + figures.bootCost + figures.drainCost + figures.checkpointCost
        return [
            ("work", figures.workloadCost.approximate), ("overhead", overhead.approximate),
            ("lost", figures.lostWorkCost.approximate),
        ]
    }

    private func title(_ step: Step) -> String {
        "\(Wording.time(step.window.lowerBound)): spent \(Wording.money(step.figures.cost)), on-demand equivalent "
            + Wording.money(step.figures.onDemandEquivalentCost)
    }

    private static func name(of step: Duration) -> String {
        switch step.inSeconds {
        case 60: "minute"
        case 3600: "hour"
        case 86_400: "day"
        case 604_800: "week"
        case let seconds: Wording.length(seconds: seconds)
        }
    }

    private func y(_ value: Double) -> Double {
        let room = Self.height - Self.top - Self.bottom
        return Self.height - Self.bottom - room * min(max(value, 0), axis.top) / axis.top
    }

    private static func number(_ value: Double) -> String {
        let rounded = (value * 10).rounded() / 10
        return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
    }
}
