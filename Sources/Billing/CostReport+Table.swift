import Model

extension CostReport {
    /// The rows as a table for people, with a line for the total; steps one below the other.
    package var table: String {
        var columns: [(title: String, alignment: TextTable.Alignment)] = steps.count > 1 ? [("from", .left)] : []
        columns += aggregate.map { ($0.rawValue, .left) }
        if aggregate.isEmpty, steps.count == 1 { columns.append(("", .left)) }
        let labels = columns.count
        columns += [
            ("cost", .right), ("on-demand", .right), ("saving", .right), ("workload", .right), ("idle", .right),
            ("boot", .right), ("drain", .right), ("lost", .right), ("checkpoint", .right), ("attempts", .right),
            ("interruptions", .right), ("lost work s", .right),
        ]
        var table = TextTable(columns: columns)
        for step in steps {
            for row in step.rows {
                var key = steps.count > 1 ? [step.window.lowerBound.description] : []
                key += row.key
                table.append(padded(key, labels) + Self.cells(row.figures))
            }
        }
        table.append(padded(["total"], labels) + Self.cells(total))
        return table.text
    }

    private func padded(_ key: [String], _ count: Int) -> [String] {
        key.prefix(count) + [String](repeating: "", count: max(0, count - key.count))
    }

    private static func cells(_ figures: CostFigures) -> [String] {
        [
            figures.cost.formatted(), figures.onDemandEquivalentCost.formatted(),
            savingText(figures.savings, of: figures.onDemandEquivalentCost), figures.workloadCost.formatted(),
            figures.idleCost.formatted(), figures.bootCost.formatted(), figures.drainCost.formatted(),
            figures.lostWorkCost.formatted(), figures.checkpointCost.formatted(), "\(figures.attempts)",
            "\(figures.interruptions)", "\(figures.lostWorkSeconds)",
        ]
    }
}

/// A saving with its part of what was saved upon: `12.30 (41%)`.
private func savingText(_ savings: Money, of whole: Money) -> String {
    guard whole > .zero else { return savings.formatted() }
    return "\(savings.formatted()) (\(Int((savings.approximate / whole.approximate * 100).rounded()))%)"
}

extension WorkloadCost {
    /// Workloads as a table for people.
    package static func table(_ workloads: [WorkloadCost]) -> String {
        var table = TextTable(columns: [
            ("namespace", .left), ("name", .left), ("kind", .left), ("team", .left), ("state", .left), ("cost", .right),
            ("on-demand", .right), ("saving", .right), ("attempts", .right), ("interruptions", .right),
            ("lost work s", .right),
        ])
        for workload in workloads {
            table.append([
                workload.namespace, workload.name, workload.kind, workload.team, workload.state.rawValue,
                workload.cost.formatted(), workload.onDemandEquivalentCost.formatted(),
                savingText(workload.savings, of: workload.onDemandEquivalentCost), "\(workload.attempts)",
                "\(workload.interruptions)", "\(workload.lostWorkSeconds)",
            ])
        }
        return table.text
    }
}
