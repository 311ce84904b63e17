package import Foundation
import Model

/// Written with OpenCost's names where it has one (`name`, `properties`, `window`, `start`, `end`, `totalCost`,
/// `gpuHours`); money as decimal strings with two places.
extension CostReport: Encodable {
    private enum CodingKeys: String, CodingKey {
        case window, aggregate, currency, isEstimated, total, steps
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(ReportWindow(window), forKey: .window)
        try container.encode(aggregate, forKey: .aggregate)
        try container.encode("USD", forKey: .currency)
        try container.encode(isEstimated, forKey: .isEstimated)
        try container.encode(total, forKey: .total)
        try container.encode(steps.map { ReportStep($0, aggregate) }, forKey: .steps)
    }

    /// The report as JSON text: the same report always gives the same bytes.
    /// - Parameter isPretty: On several lines, for people.
    /// - Returns: One object, UTF-8, without a newline at its end.
    /// - Throws: `EncodingError`, which no report causes.
    package func json(isPretty: Bool = false) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if isPretty { encoder.outputFormatting.insert(.prettyPrinted) }
        return try encoder.encode(self)
    }
}

extension CostFigures: Encodable {
    private enum CodingKeys: String, CodingKey {
        case totalCost, workloadCost, idleCost, bootCost, drainCost, lostWorkCost, checkpointCost
        case onDemandEquivalentCost, savings, gpuHours, attempts, interruptions, lostWorkSeconds
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(cost.formatted(), forKey: .totalCost)
        try container.encode(workloadCost.formatted(), forKey: .workloadCost)
        try container.encode(idleCost.formatted(), forKey: .idleCost)
        try container.encode(bootCost.formatted(), forKey: .bootCost)
        try container.encode(drainCost.formatted(), forKey: .drainCost)
        try container.encode(lostWorkCost.formatted(), forKey: .lostWorkCost)
        try container.encode(checkpointCost.formatted(), forKey: .checkpointCost)
        try container.encode(onDemandEquivalentCost.formatted(), forKey: .onDemandEquivalentCost)
        try container.encode(savings.formatted(), forKey: .savings)
        try container.encode((acceleratorHours * 10_000).rounded() / 10_000, forKey: .gpuHours)
        try container.encode(attempts, forKey: .attempts)
        try container.encode(interruptions, forKey: .interruptions)
        try container.encode(lostWorkSeconds, forKey: .lostWorkSeconds)
    }
}

/// A window as RFC 3339 times.
private struct ReportWindow: Encodable {
    let start: String
    let end: String

    init(_ window: Range<Timestamp>) {
        start = window.lowerBound.description
        end = window.upperBound.description
    }
}

private struct ReportStep: Encodable {
    let window: ReportWindow
    let rows: [ReportRow]

    init(_ step: CostStep, _ aggregate: [CostDimension]) {
        window = ReportWindow(step.window)
        rows = step.rows.map { ReportRow(row: $0, aggregate: aggregate) }
    }
}

/// A row's figures beside its name.
private struct ReportRow: Encodable {
    let row: CostRow
    let aggregate: [CostDimension]

    private enum CodingKeys: String, CodingKey {
        case name, properties
    }

    func encode(to encoder: any Encoder) throws {
        try row.figures.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(row.name, forKey: .name)
        let properties = zip(aggregate, row.key).map { ($0.rawValue, $1) }
        try container.encode(Dictionary(properties) { first, _ in first }, forKey: .properties)
    }
}
