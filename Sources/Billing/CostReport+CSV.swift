import Model

extension CostReport {
    /// The rows of all steps as CSV (RFC 4180) with a header; no line for the total, so that a column's sum is it.
    package var csv: String {
        var csv = CSV()
        csv.append(["windowStart", "windowEnd"] + aggregate.map(\.rawValue) + Self.columns.map(\.name))
        for step in steps {
            let window = [step.window.lowerBound.description, step.window.upperBound.description]
            for row in step.rows {
                csv.append(window + row.key.map(CSV.name) + Self.columns.map { $0.value(row.figures) })
            }
        }
        return csv.text
    }

    private static var columns: [(name: String, value: (CostFigures) -> String)] {
        [
            ("totalCost", { $0.cost.formatted() }),
            ("workloadCost", { $0.workloadCost.formatted() }),
            ("idleCost", { $0.idleCost.formatted() }),
            ("bootCost", { $0.bootCost.formatted() }),
            ("drainCost", { $0.drainCost.formatted() }),
            ("lostWorkCost", { $0.lostWorkCost.formatted() }),
            ("checkpointCost", { $0.checkpointCost.formatted() }),
            ("onDemandEquivalentCost", { $0.onDemandEquivalentCost.formatted() }),
            ("savings", { $0.savings.formatted() }),
            ("gpuHours", { "\(($0.acceleratorHours * 10_000).rounded() / 10_000)" }),
            ("attempts", { "\($0.attempts)" }),
            ("interruptions", { "\($0.interruptions)" }),
            ("lostWorkSeconds", { "\($0.lostWorkSeconds)" }),
        ]
    }
}

extension WorkloadCost {
    /// Workloads as CSV (RFC 4180) with a header.
    package static func csv(_ workloads: [WorkloadCost]) -> String {
        var csv = CSV()
        csv.append([
            "namespace", "name", "kind", "team", "state", "completed", "attempts", "interruptions", "lostWorkSeconds",
            "cost", "onDemandEquivalentCost", "savings",
        ])
        for workload in workloads {
            csv.append(
                [workload.namespace, workload.name, workload.kind, workload.team].map(CSV.name) + [
                    workload.state.rawValue, "\(workload.completed)", "\(workload.attempts)",
                    "\(workload.interruptions)", "\(workload.lostWorkSeconds)", workload.cost.formatted(),
                    workload.onDemandEquivalentCost.formatted(), workload.savings.formatted(),
                ]
            )
        }
        return csv.text
    }
}
