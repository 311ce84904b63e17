import Billing
import Foundation
import Kubernetes
import Planning
import PolicyWorkbench

/// What policies cost on measured capacity, for people and for programs.
struct PolicyReport {
    struct Market {
        var name: String
        var cells: [PolicyGrid.Cell]
    }

    let markets: [Market]
    let rules: [SpotRule]

    /// Whether each trace was a market of its own.
    let isSeparate: Bool

    let comparison: PolicyComparison

    init(markets: [Market], rules: [SpotRule], isSeparate: Bool) {
        self.markets = markets
        self.rules = rules
        self.isSeparate = isSeparate
        comparison = PolicyComparison(markets.map(\.cells), rules: rules)
    }

    // MARK: - For people

    /// What was tried.
    var title: String {
        let cells = markets.first?.cells ?? []
        let changeovers = Set(cells.map(\.terms.changeoverSeconds)).sorted()
        let changeover: String
        if let first = changeovers.first, let last = changeovers.last, first < last {
            changeover = "changeovers of \(Self.seconds(first)) to \(Self.seconds(last))"
        } else {
            changeover = "a changeover of \(Self.seconds(changeovers.first ?? 0))"
        }
        let work = Self.hours(comparison.workSeconds)
        let starts = comparison.runsPerRow == 1 ? "one start" : "means of \(comparison.runsPerRow) starts"
        let traces = isSeparate && markets.count > 1 ? " in \(markets.count) traces" : ""
        return "\(work) of work, \(changeover), \(starts)\(traces)"
    }

    var table: String {
        var table = TextTable(columns: [
            ("policy", .left), ("deadline", .right), ("changeover", .right), ("cost h", .right),
            ("% on-demand", .right),
            ("of optimum", .right), ("spot h", .right), ("on-demand h", .right), ("starts", .right), ("late", .right),
        ])
        let work = Double(comparison.workSeconds) / 3600
        let shown = comparison.rules.map { Optional($0) } + (comparison.rows(of: nil).isEmpty ? [] : [nil])
        for row in comparison.rows {
            table.append([
                Self.name(row.rule), Self.hours(row.deadlineSeconds), Self.seconds(row.changeoverSeconds),
                Self.fixed(row.costShare * work, 2), Self.fixed(row.costShare * 100, 1), Self.fixed(row.overOptimum, 4),
                Self.fixed(row.spotHours, 1), Self.fixed(row.onDemandHours, 1), Self.fixed(row.starts, 1),
                row.lateRuns.map(String.init) ?? "-",
            ])
        }
        if (markets.first?.cells.count ?? 0) > 1 {
            for rule in shown {
                guard let mean = comparison.mean(of: rule) else { continue }
                let late = comparison.rows(of: rule).compactMap(\.lateRuns).reduce(0, +)
                table.append([
                    Self.name(rule), "all", "all", Self.fixed(mean.costShare * work, 2),
                    Self.fixed(mean.costShare * 100, 1), Self.fixed(mean.overOptimum, 4), "", "", "",
                    rule == nil ? "-" : "\(late)",
                ])
            }
        }
        return table.text + contrasts + "\nFigures are for \(title); costs are in hours of on-demand capacity.\n"
    }

    /// Over several traces: what the standard policy, or the first, costs over each other one.
    private var contrasts: String {
        guard markets.count > 1, rules.count > 1 else { return "" }
        let subject = rules.contains(.standard) ? SpotRule.standard : rules[0]
        var table = TextTable(columns: [
            ("\(subject.rawValue) over", .left), ("cost", .right), ("95% +-", .right), ("best trace", .right),
            ("worst trace", .right),
        ])
        for rule in rules where rule != subject {
            let contrast = PolicyContrast(of: subject, over: rule, markets.map(\.cells))
            table.append([
                rule.rawValue, Self.fixed(contrast.mean, 4), Self.fixed(contrast.halfWidth, 4),
                Self.fixed(contrast.ratios.min(), 4), Self.fixed(contrast.worst, 4),
            ])
        }
        return "\n" + table.text
    }

    private static func name(_ rule: SpotRule?) -> String { rule?.rawValue ?? "optimum" }

    private static func hours(_ seconds: Int64) -> String {
        seconds % 3600 == 0 ? "\(seconds / 3600) h" : "\((Double(seconds) / 36).rounded() / 100) h"
    }

    private static func seconds(_ seconds: Int64) -> String {
        seconds > 0 && seconds % 60 == 0 ? "\(seconds / 60) min" : "\(seconds) s"
    }

    private static func fixed(_ value: Double?, _ places: Int) -> String {
        value.map { String(format: "%.\(places)f", $0) } ?? "-"
    }

    // MARK: - For programs

    var json: JSON {
        guard isSeparate else { return markets.first.map { answer($0.cells) } ?? .emptyObject }
        return [
            "traces": .array(
                markets.map { market in
                    var answer = answer(market.cells)
                    answer["trace"] = .string(market.name)
                    return answer
                }
            )
        ]
    }

    /// With one deadline and changeover what was found, with several each of them in a list.
    private func answer(_ cells: [PolicyGrid.Cell]) -> JSON {
        if cells.count == 1 { return found(in: cells[0]) }
        return [
            "cells": .array(
                cells.map { cell in
                    var answer = found(in: cell)
                    answer["deadlineHours"] = .number(Double(cell.terms.deadlineSeconds) / 3600)
                    answer["changeoverHours"] = .number(Double(cell.terms.changeoverSeconds) / 3600)
                    return answer
                }
            )
        ]
    }

    /// The runs of the one policy, or of each of several.
    private func found(in cell: PolicyGrid.Cell) -> JSON {
        var answer = JSON.emptyObject
        if rules.count == 1 {
            answer["runs"] = runs(of: rules[0], in: cell)
        } else {
            answer["policies"] = .array(
                rules.map { ["policy": .string($0.rawValue), "runs": runs(of: $0, in: cell)] }
            )
        }
        if !cell.optimum.isEmpty { answer["optimumOnDemandHours"] = .array(cell.optimum.map { .number($0) }) }
        return answer
    }

    private func runs(of rule: SpotRule, in cell: PolicyGrid.Cell) -> JSON {
        .array(
            (cell.runs[rule] ?? []).map { run in
                [
                    "startTick": JSON(run.startTick),
                    "costOnDemandHours": .number(run.costOnDemandHours),
                    "late": .bool(run.isLate),
                    "spotHours": .number(run.spotHours),
                    "onDemandHours": .number(run.onDemandHours),
                    "starts": JSON(run.starts),
                ]
            }
        )
    }
}
