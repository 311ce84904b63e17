import Billing
import Foundation
import Model
import Planning

extension Quote {
    /// More offerings than this, or more reasons, are counted and not shown; JSON has them all.
    private static let rowLimit = 15
    /// Longer than this is never, for a person.
    private static let longestShownSeconds: Int64 = 365 * 86_400

    /// - Parameters:
    ///   - quotes: Of all workloads.
    ///   - heldBack: Pods that could not be asked about.
    /// - Returns: A table a workload, for people.
    static func text(_ quotes: [Quote], heldBack: [Plan.Unplaceable]) -> String {
        var parts = quotes.map(\.text)
        for entry in heldBack {
            let names = entry.pods.prefix(1).map(\.description) + (entry.pods.count > 1 ? ["others"] : [])
            parts.append(TextLines.wrapped("\(names.joined(separator: " and ")): \(entry.explanation.summary)"))
        }
        return parts.joined(separator: "\n")
    }

    private var text: String {
        var result = TextLines.wrapped(heading)
        for overruled in demand.workload.overruled { result += TextLines.wrapped("not as asked: \(overruled)") }
        if standing > 0 {
            result += TextLines.wrapped("\(standing) of \(demand.pods.count) pods find room on nodes that stand")
        }
        for entry in plan.unplaceable {
            result += TextLines.wrapped(
                "\(Self.count(entry.pods.count, "pod")) without a place: \(entry.explanation.summary)"
            )
        }
        if !rows.isEmpty { result += "\n" + offeringTable }
        if !refusals.isEmpty { result += "\nCannot serve it\n" + refusalText }
        return result
    }

    private var heading: String {
        let workload = demand.workload
        var text = "\(workload.id.kind) \(workload.id): \(Self.count(demand.pods.count, "pod"))"
        if let gang = workload.gang { text += ", at least \(gang.minimum) together" }
        if workload.accelerators > 0 { text += ", " + Self.count(Int(workload.accelerators), "accelerator") }
        text += "; computes \(Self.duration(demand.remainingSeconds))"
        text += workload.expectedRuntimeSeconds == nil ? " (not said, the default)" : ""
        if let deadline = workload.deadline { text += "; deadline \(deadline)" }
        return text
    }

    private var offeringTable: String {
        let hasDeadline = demand.workload.deadline != nil
        var columns: [(title: String, alignment: TextTable.Alignment)] = [
            ("", .left), ("instance type", .left), ("zone", .left), ("capacity", .left), ("nodes", .right),
            ("$/h", .right), ("cost", .right), ("risk", .right), ("times", .right), ("start", .right),
            ("done in", .right),
        ]
        if hasDeadline { columns.append(("deadline", .left)) }
        var table = TextTable(columns: columns)
        // The choice is shown, however many are cheaper by themselves.
        let shown = rows.enumerated().filter { $0.offset < Self.rowLimit || $0.element.chosen > 0 }.map(\.element)
        for row in shown {
            let isSpot = row.choice.offering.capacityType == .spot
            table.append(
                [
                    row.chosen > 0 ? "*" : "", row.choice.offering.instanceType, row.choice.offering.zone,
                    row.choice.offering.capacityType.rawValue, "\(row.nodes)",
                    (row.choice.pricePerHour * row.nodes).formatted(places: 4), row.expectedCost.formatted(),
                    isSpot ? "\(Int((row.outlook.interruptionProbability * 100).rounded()))%" : "-",
                    isSpot ? Self.times(row.outlook.expectedInterruptions) : "-",
                    Self.duration(row.outlook.startSeconds), Self.duration(row.outlook.totalSeconds),
                ] + (hasDeadline ? [meetsDeadline(row) == true ? "met" : "missed"] : [])
            )
        }
        let rest = rows.count - shown.count
        return table.text + (rest > 0 ? "and \(rest) dearer ones\n" : "")
    }

    private var refusalText: String {
        var byReason: [String: Int] = [:]
        for refusal in refusals { byReason[refusal.reason, default: 0] += 1 }
        let reasons = byReason.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        var text = ""
        for (reason, count) in reasons.prefix(Self.rowLimit) {
            text += TextLines.wrapped("\(Self.count(count, "offering")): \(reason)")
        }
        let rest = reasons.dropFirst(Self.rowLimit)
        if !rest.isEmpty {
            text += "and \(rest.reduce(0) { $0 + $1.value }) offerings for \(rest.count) other reasons\n"
        }
        return text
    }

    private static func count(_ count: Int, _ word: String) -> String { "\(count) \(word)\(count == 1 ? "" : "s")" }

    private static func times(_ count: Double) -> String {
        count < 1000 ? String(format: "%.2f", count) : "many"
    }

    private static func duration(_ seconds: Int64) -> String {
        guard seconds <= longestShownSeconds else { return "never" }
        guard seconds >= 60 else { return "\(seconds)s" }
        let minutes = (seconds + 30) / 60
        guard minutes >= 60 else { return "\(minutes)m" }
        return minutes % 60 == 0 ? "\(minutes / 60)h" : "\(minutes / 60)h\(minutes % 60)m"
    }
}
