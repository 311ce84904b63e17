import Planning

/// A plot of what policies cost against how much slack the deadline leaves, as a picture (SVG) that is legible on light
/// and on dark pages.
package struct PolicyChart: Sendable {
    private struct Series {
        var name: String
        /// A number of the style sheet.
        var style: Int
        /// By slack, ascending.
        var points: [(slack: Double, value: Double)]
    }

    private let title: String
    private let costs: [Series]
    private let excesses: [Series]

    /// - Parameters:
    ///   - comparison: with the optimum; means are taken over changeovers.
    ///   - title: what was tried.
    package init(_ comparison: PolicyComparison, title: String) {
        self.title = title
        let work = Double(comparison.workSeconds)
        func series(_ value: (PolicyComparison.Row) -> Double?) -> [Series] {
            (comparison.rules.map { Optional($0) } + [nil]).enumerated().compactMap { index, rule in
                var bySlack: [Double: [Double]] = [:]
                for row in comparison.rows(of: rule) {
                    guard let value = value(row) else { continue }
                    bySlack[(Double(row.deadlineSeconds) - work) / 3600, default: []].append(value)
                }
                guard !bySlack.isEmpty else { return nil }
                return Series(
                    name: rule?.rawValue ?? "optimum",
                    style: rule == nil ? 0 : index + 1,
                    points: bySlack.sorted { $0.key < $1.key }.map { ($0.key, $0.value.mean) }
                )
            }
        }
        costs = series { $0.costShare * 100 }
        excesses = series { row in
            guard row.rule != nil, row.rule != .onDemand else { return nil }
            return row.overOptimum.map { ($0 - 1) * 100 }
        }
    }

    /// The picture.
    package var svg: String {
        let width = 960
        let legendTop = 418
        let perLine = 4
        let height = legendTop + (costs.count + perLine - 1) / perLine * 24 + 10
        var picture = """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(width) \(height)" width="\(width)" height="\(height)" \
            role="img" aria-label="\(Self.escaped(title))">
            <style>
            \(Self.style)
            </style>
            <rect class="page" width="\(width)" height="\(height)" rx="6"/>
            <text class="title" x="24" y="30">\(Self.escaped(title))</text>

            """
        let left = ChartPanel(
            caption: "cost, % of the work's cost on demand",
            left: 60,
            slacks: costs.flatMap { $0.points.map(\.slack) },
            values: costs.flatMap { $0.points.map(\.value) }
        )
        picture += left.axes
        for series in costs { picture += left.line(series.points, style: series.style) }
        let right = ChartPanel(
            caption: "cost over the optimum, %",
            left: 540,
            slacks: excesses.flatMap { $0.points.map(\.slack) },
            values: [0] + excesses.flatMap { $0.points.map(\.value) }
        )
        if !excesses.isEmpty {
            picture += right.axes
            for series in excesses { picture += right.line(series.points, style: series.style) }
        }
        for (index, series) in costs.enumerated() {
            let x = 60 + index % perLine * 222
            let y = legendTop + index / perLine * 24
            picture += """
                <line class="line s\(series.style)" x1="\(x)" y1="\(y)" x2="\(x + 26)" y2="\(y)"/>
                <text x="\(x + 34)" y="\(y + 4)">\(Self.escaped(series.name))</text>

                """
        }
        return picture + "</svg>\n"
    }

    /// Colours that differ in lightness too (Okabe and Ito), the optimum dashed.
    private static let style: String = {
        let light = ["#333", "#777", "#d55e00", "#0072b2", "#56a0d3", "#b0569b", "#009e73", "#b58900", "#8b4a2b"]
        let dark = ["#ddd", "#999", "#f0833a", "#4da3e0", "#8cc8f0", "#d68ac4", "#2fcf9f", "#f0c94a", "#d08a64"]
        func rules(_ colours: [String]) -> String {
            colours.enumerated().map { ".s\($0) { stroke: \($1) } .dot.s\($0) { fill: \($1) }" }.joined(separator: "\n")
        }
        return """
            .page { fill: #fff } text { fill: #222; font: 13px system-ui, sans-serif }
            .title { font-size: 15px; font-weight: 600 } .tick { fill: #555; font-size: 12px }
            .grid { stroke: #e3e3e3 } .line { fill: none; stroke-width: 2 } .line.s0 { stroke-dasharray: 6 4 }
            \(rules(light))
            @media (prefers-color-scheme: dark) {
            .page { fill: #16191d } text { fill: #e4e4e4 } .tick { fill: #aaa } .grid { stroke: #32363b }
            \(rules(dark))
            }
            """
    }()

    static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing("\"", with: "&quot;")
    }
}
