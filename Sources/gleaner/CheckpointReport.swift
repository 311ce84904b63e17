import Billing
import Foundation
import Kubernetes
import PolicyWorkbench

/// What ways to save waste on measured capacity, for people and for programs.
struct CheckpointReport {
    struct Cell {
        let terms: CheckpointTerms
        let trial: CheckpointTrial
        var outcomes: [CheckpointTrial.Outcome] = []

        init(terms: CheckpointTerms, trial: CheckpointTrial) {
            self.terms = terms
            self.trial = trial
        }

        var bestFixedHours: Double { outcomes.first { $0.rule == .bestFixed }?.totalHours ?? 0 }
    }

    let traces: [CapacitySpells]
    private(set) var cells: [Cell]

    /// Tries all cells, on all cores.
    ///
    /// - Parameters:
    ///   - traces: in the order of the outcomes.
    ///   - untried: what to try.
    ///   - didCell: called after each, one call at a time.
    init(traces: [CapacitySpells], cells untried: [Cell], didCell: () -> Void) async {
        self.traces = traces
        cells = await withTaskGroup(of: (Int, [CheckpointTrial.Outcome]).self) { group in
            for (index, cell) in untried.enumerated() { group.addTask { (index, cell.trial.run()) } }
            var cells = untried
            for await (index, outcomes) in group {
                cells[index].outcomes = outcomes
                didCell()
            }
            return cells
        }
    }

    // MARK: - For people

    var table: String {
        var table = TextTable(columns: [
            ("cost", .right), ("notice", .right), ("rule", .left), ("interval", .right), ("wasted h", .right),
            ("% of time", .right), ("over best fixed", .right),
        ])
        for cell in cells {
            for outcome in cell.outcomes {
                table.append([
                    Self.length(Double(cell.terms.costSeconds)),
                    cell.terms.noticeSeconds.map { Self.length(Double($0)) } ?? "none", outcome.rule.rawValue,
                    Self.interval(outcome), String(format: "%.1f", outcome.totalHours),
                    String(format: "%.2f", outcome.totalHours / cell.trial.hours * 100),
                    Self.ratio(outcome.totalHours, cell.bestFixedHours),
                ])
            }
        }
        let spells = traces.reduce(0) { $0 + $1.spells.count }
        let hours = String(format: "%.0f", cells.first?.trial.hours ?? 0)
        let share = cells.first { $0.terms.noticeSeconds != nil }.map {
            String(format: "; %.1f%% of notices do not come", $0.terms.unannouncedShare * 100)
        }
        return table.text
            + "\nFigures are for \(spells) spells of \(hours) h in \(traces.count) traces\(share ?? "").\n"
    }

    private static func interval(_ outcome: CheckpointTrial.Outcome) -> String {
        let known = outcome.intervalHours.compactMap(\.self)
        guard let least = known.min(), let most = known.max() else { return "by age" }
        return least == most ? length(least * 3600) : "\(length(least * 3600)) to \(length(most * 3600))"
    }

    private static func length(_ seconds: Double) -> String {
        switch seconds {
        case .infinity: "never"
        case ..<120: "\(Int(seconds.rounded())) s"
        case ..<7200: "\(Int((seconds / 60).rounded())) min"
        default: String(format: "%.1f h", seconds / 3600)
        }
    }

    private static func ratio(_ hours: Double, _ best: Double) -> String {
        best > 0 ? String(format: "%.4f", hours / best) : "-"
    }

    // MARK: - For programs

    var json: JSON {
        let cells = cells.map { cell -> JSON in
            [
                "costSeconds": JSON(cell.terms.costSeconds),
                "noticeSeconds": cell.terms.noticeSeconds.map { JSON($0) } ?? .null,
                "unannouncedShare": .number(cell.terms.unannouncedShare),
                "hours": .number(cell.trial.hours),
                "rules": .array(cell.outcomes.map { rule($0, cell) }),
            ]
        }
        return ["cells": .array(cells), "traces": .array(traces.map { .string($0.name) })]
    }

    /// Of each trace in the order of `traces`; no interval where it is infinite or changes.
    private func rule(_ outcome: CheckpointTrial.Outcome, _ cell: Cell) -> JSON {
        var answer: JSON = [
            "rule": .string(outcome.rule.rawValue), "wastedHours": .number(outcome.totalHours),
            "wastedHoursByTrace": .array(outcome.wastedHours.map { .number($0) }),
            "intervalSecondsByTrace": .array(
                outcome.intervalHours.map { hours in
                    hours.flatMap { $0.isFinite ? .number($0 * 3600) : nil } ?? .null
                }
            ),
        ]
        if cell.bestFixedHours > 0 { answer["overBestFixed"] = .number(outcome.totalHours / cell.bestFixedHours) }
        return answer
    }
}
