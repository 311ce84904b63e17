import Billing
import Foundation
import Model
import Simulation

/// What the demo shows at its end: the service's books beside the world's truth.
struct DemoReport: Encodable {
    struct Workload: Encodable {
        var namespace: String
        var name: String
        var team: String
        var completed: Bool
        var attempts: Int
        var interruptions: Int
        var lostWorkSeconds: Int64
        var checkpointFitsNotice: Bool
        var cost: String
        var onDemandEquivalentCost: String
    }

    var totalCost: String
    var onDemandEquivalentCost: String
    var savings: String
    /// The simulated cloud's own bill.
    var meterCost: String
    var interruptions: Int
    var lostWorkSeconds: Int64
    var workloads: [Workload]
    var seed: UInt64
    var wallSeconds: Double

    init(costs: ServiceAPI.Costs, workloads: [ServiceAPI.Workload], world: WorldStatus, wallSeconds: Double) {
        totalCost = costs.total.totalCost.formatted()
        onDemandEquivalentCost = costs.total.onDemandEquivalentCost.formatted()
        savings = costs.total.savings.formatted()
        meterCost = world.meterCost.formatted()
        interruptions = world.interruptions
        seed = world.seed
        self.wallSeconds = (wallSeconds * 10).rounded() / 10
        var booked: [String: ServiceAPI.Workload] = [:]
        for workload in workloads { booked["\(workload.namespace)/\(workload.name)"] = workload }
        // Every workload that was submitted, whether or not the service has heard of it; whether it is complete and
        // what it lost is the world's word.
        self.workloads = world.workloads.map { truth in
            let row = booked["\(truth.namespace)/\(truth.name)"]
            return Workload(
                namespace: truth.namespace,
                name: truth.name,
                team: row?.team ?? "unassigned",
                completed: truth.completed,
                attempts: row?.attempts ?? 0,
                interruptions: truth.interruptions,
                lostWorkSeconds: max(truth.lostWorkSeconds, row?.lostWorkSeconds ?? 0),
                checkpointFitsNotice: truth.checkpointFitsNotice,
                cost: (row?.cost ?? .zero).formatted(),
                onDemandEquivalentCost: (row?.onDemandEquivalentCost ?? .zero).formatted()
            )
        }
        lostWorkSeconds = self.workloads.reduce(0) { $0 + $1.lostWorkSeconds }
    }

    /// Why the run is no success; empty when it is one.
    var failures: [String] {
        var result = workloads.filter { !$0.completed }.map { "\($0.namespace)/\($0.name) is not complete" }
        if totalCost != meterCost { result.append("the books say \(totalCost), the cloud bills \(meterCost)") }
        let sum = workloads.reduce(Money.zero) { $0 + (Money($1.cost) ?? .zero) }
        if sum.formatted() != totalCost { result.append("workloads add up to \(sum.formatted()), not to \(totalCost)") }
        return result
    }

    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    /// Rows by team, then by workload, then the whole.
    var table: String {
        var result = TextTable(columns: [
            ("team", .left), ("workload", .left), ("cost", .right), ("on-demand", .right), ("saving", .right),
            ("interruptions", .right), ("lost work", .right),
        ])
        for (team, rows) in Dictionary(grouping: workloads, by: \.team).sorted(by: { $0.key < $1.key }) {
            result.append(line(team, "", rows))
            for row in rows { result.append(line("", row.name, [row])) }
        }
        result.append(line("total", "", workloads))
        return result.text
    }

    private func line(_ team: String, _ workload: String, _ rows: [Workload]) -> [String] {
        let cost = rows.reduce(Money.zero) { $0 + (Money($1.cost) ?? .zero) }
        let onDemand = rows.reduce(Money.zero) { $0 + (Money($1.onDemandEquivalentCost) ?? .zero) }
        let share = onDemand > .zero ? (1 - cost.approximate / onDemand.approximate) * 100 : 0
        return [
            team, workload, cost.formatted(), onDemand.formatted(), "\(Int(share.rounded()))%",
            "\(rows.reduce(0) { $0 + $1.interruptions })", "\(rows.reduce(0) { $0 + $1.lostWorkSeconds }) GPU s",
        ]
    }
}
