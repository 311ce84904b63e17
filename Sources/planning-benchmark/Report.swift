import Foundation

/// All measurements, and how time grows with the number of pods.
struct Report: Codable {
    /// Time per pod at the larger count over that at the smaller one, of one mix and seed.
    struct Growth: Codable {
        var mix: String
        var seed: UInt64
        var fromPods: Int
        var toPods: Int
        var timePerPodRatio: Double
    }

    var cases: [Measurement]
    var growth: [Growth]

    init(_ cases: [Measurement]) {
        self.cases = cases
        growth = cases.filter { $0.pods == 10000 }
            .flatMap { small in
                cases.filter { $0.mix == small.mix && $0.seed == small.seed && $0.pods == 50000 }
                    .map { large in
                        Growth(
                            mix: small.mix,
                            seed: small.seed,
                            fromPods: small.pods,
                            toPods: large.pods,
                            timePerPodRatio: small.podsPerSecond / large.podsPerSecond
                        )
                    }
            }
    }

    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    static let columns = [
        "mix", "pods", "seed", "nodes", "unplaceable", "cost/h", "/ plain bound", "/ in parts", "/ best bound",
        "seconds", "pods/s",
        "peak MB", "input MB", "violations",
    ]

    static func row(_ measurement: Measurement) -> [String] {
        func ratio(_ value: Double?) -> String { value.map { String(format: "%.4f", $0) } ?? "-" }
        func megabytes(_ bytes: Int) -> String { String(format: "%.0f", Double(bytes) / 1e6) }
        return [
            measurement.mix, "\(measurement.pods)", "\(measurement.seed)", "\(measurement.nodes)",
            "\(measurement.unplaceable)", String(format: "%.2f", Double(measurement.costPerHour) ?? 0),
            ratio(measurement.overPlainBound), ratio(measurement.overPartsBound), ratio(measurement.overBestBound),
            String(format: "%.4f", measurement.planningSeconds), String(format: "%.0f", measurement.podsPerSecond),
            megabytes(measurement.peakMemoryBytes), megabytes(measurement.inputMemoryBytes),
            "\(measurement.violations)",
        ]
    }

    /// A line of the table: words to the left, figures to the right.
    static func line(_ cells: [String]) -> String {
        zip(cells, [15, 7, 5, 6, 12, 12, 14, 13, 9, 9, 8, 9, 11]).enumerated()
            .map { index, cell in
                let space = String(repeating: " ", count: max(0, cell.1 - cell.0.count))
                return index == 0 ? cell.0 + space : space + cell.0
            }
            .joined()
    }
}
