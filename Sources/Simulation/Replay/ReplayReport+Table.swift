import Billing
import Model

extension ReplayReport {
    /// As many stand side by side; more come below, so that lines stay short.
    private static let columns = 4
    private static let longestName = 17

    /// A line for each figure, a column for each configuration.
    package var table: String {
        var blocks: [String] = []
        var from = 0
        while from < outcomes.count {
            blocks.append(block(Array(outcomes[from..<min(from + Self.columns, outcomes.count)])))
            from += Self.columns
        }
        return (blocks + [unfinishedText]).filter { !$0.isEmpty }.joined(separator: "\n")
    }

    private func block(_ outcomes: [ReplayOutcome]) -> String {
        var table = TextTable(columns: [("", .left)] + outcomes.map { _ in ("", .right) })
        func line(_ title: String, _ value: (ReplayOutcome) -> String) {
            table.append([title] + outcomes.map(value))
        }
        line("") { Self.cut($0.name) }
        line("cost") { $0.cost.formatted() }
        if let first = self.outcomes.first, self.outcomes.count > 1 {
            line("  against \(Self.cut(first.name))") { outcome in
                if outcome.name == first.name { return "" }
                return Self.change(outcome.cost, from: first.cost).map { $0 > 0 ? "+\($0)%" : "\($0)%" } ?? "-"
            }
        }
        line("on-demand equivalent") { $0.onDemandEquivalentCost.formatted() }
        line("saving") { Self.change($0.cost, from: $0.onDemandEquivalentCost).map { "\(-$0)%" } ?? "-" }
        line("spot node hours") { Self.hours($0.nodeSeconds[.spot]) }
        line("on-demand node hours") { Self.hours($0.nodeSeconds[.onDemand]) }
        if outcomes.contains(where: { $0.nodeSeconds[.reserved] != nil }) {
            line("reserved node hours") { Self.hours($0.nodeSeconds[.reserved]) }
        }
        line("interruptions") { "\($0.interruptions)" }
        line("lost work, GPU s") { "\($0.lostWorkSeconds)" }
        line("finished") { "\($0.workloads.count - $0.unfinished.count) of \($0.workloads.count)" }
        line("late") { "\($0.late.count)" }
        line("wait, mean") { Self.mean($0.waits).map(Self.length) ?? "-" }
        line("wait, p95") { Self.percentile(95, of: $0.waits).map(Self.length) ?? "-" }
        line("time to finish, mean") { Self.mean($0.turnarounds).map(Self.length) ?? "-" }
        appendTeams(outcomes, to: &table)
        // The first line would hold the columns' titles, which would be written in capitals.
        return String(table.text.drop { $0 != "\n" }.dropFirst())
    }

    private func appendTeams(_ outcomes: [ReplayOutcome], to table: inout TextTable) {
        let teams = Set(outcomes.flatMap { $0.teams.map(\.name) }).sorted {
            ($0.hasPrefix("__") ? 1 : 0, $0) < ($1.hasPrefix("__") ? 1 : 0, $1)
        }
        guard teams.count > 1 else { return }
        for team in teams {
            let title = team == CostRow.idle ? "used by nobody" : team
            table.append(
                ["cost, \(title)"]
                    + outcomes.map { outcome in
                        (outcome.teams.first { $0.name == team }?.cost ?? .zero).formatted()
                    }
            )
        }
    }

    /// What was not finished, by the reason.
    private var unfinishedText: String {
        var lines: [String] = []
        for outcome in outcomes where !outcome.unfinished.isEmpty {
            lines.append("Not finished with \(TextTable.harmless(outcome.name)) by \(outcome.end):")
            for workload in outcome.unfinished.prefix(10) {
                lines.append(
                    TextTable.harmless("  \(workload.namespace)/\(workload.name): \(workload.obstacle ?? "")")
                )
            }
            if outcome.unfinished.count > 10 { lines.append("  and \(outcome.unfinished.count - 10) more") }
        }
        return lines.map { $0 + "\n" }.joined()
    }

    private static func cut(_ name: String) -> String {
        name.count <= longestName ? name : "..." + name.suffix(longestName - 3)
    }

    private static func hours(_ seconds: Int64?) -> String {
        let tenths = ((seconds ?? 0) + 180) / 360
        return "\(tenths / 10).\(tenths % 10)"
    }

    /// Seconds, or the two largest units.
    private static func length(_ seconds: Int64) -> String {
        if seconds < 60 { return "\(seconds)s" }
        if seconds < 3600 { return "\(seconds / 60)m \(seconds % 60)s" }
        if seconds < 86_400 { return "\(seconds / 3600)h \(seconds / 60 % 60)m" }
        return "\(seconds / 86_400)d \(seconds / 3600 % 24)h"
    }
}
