import Foundation
import Model
import Planning

/// What one workload would cost on each offering, and what would be chosen for it.
struct Quote {
    /// An offering that could serve the workload by itself.
    struct Row {
        var choice: PlanInput.Choice
        /// How many it takes.
        var nodes: Int
        /// The same for each of its nodes.
        var outlook: Outlook
        var expectedCost: Money
        /// How many of them would be bought.
        var chosen: Int
    }

    /// An offering that cannot, and why.
    struct Refusal {
        var choice: PlanInput.Choice
        var reason: String
    }

    let demand: PlanInput.Demand
    let now: Timestamp
    /// The cheapest to the end of the work first.
    private(set) var rows: [Row] = []
    private(set) var refusals: [Refusal] = []
    /// What would be done.
    let plan: Plan

    /// - Parameters:
    ///   - demand: The workload.
    ///   - input: Of which only this workload is asked about.
    init(_ demand: PlanInput.Demand, in input: PlanInput) {
        self.demand = demand
        now = input.now
        var alone = input
        alone.demands = [demand]
        plan = Planning.plan(alone)
        let model = CostModel(economics: input.economics, changeover: input.changeover)
        alone.hosts = []
        for choice in input.choices {
            alone.choices = [choice]
            let answer = Planning.plan(alone)
            if let refused = answer.unplaceable.first {
                refusals.append(Refusal(choice: choice, reason: Self.reason(refused.explanation.summary)))
                continue
            }
            let nodes = answer.purchases.reduce(0) { $0 + $1.count }
            let outlook = model.outlook(for: demand, on: choice.offering, accelerator: choice.shape.accelerator)
            rows.append(
                Row(
                    choice: choice,
                    nodes: nodes,
                    outlook: outlook,
                    expectedCost: outlook.cost(pricePerHour: choice.pricePerHour, nodes: nodes),
                    chosen: plan.purchases.reduce(0) { count, purchase in
                        let isSame = purchase.pool == choice.pool && purchase.offering == choice.offering
                        return count + (isSame ? purchase.count : 0)
                    }
                )
            )
        }
        rows.sort {
            ($0.expectedCost, $0.nodes, $0.choice.pool, $0.choice.offering)
                < ($1.expectedCost, $1.nodes, $1.choice.pool, $1.choice.offering)
        }
    }

    /// Of one offering: without the count of offerings that the planner begins its sentence with.
    private static func reason(_ summary: String) -> String {
        let parts = summary.split(separator: ": ", maxSplits: 1)
        guard parts.count == 2, parts[0].hasPrefix("0/1 ") else { return summary }
        return parts[1].hasPrefix("1 ") ? String(parts[1].dropFirst(2)) : String(parts[1])
    }

    /// When the work would be finished on an offering.
    func finish(_ row: Row) -> Timestamp { now + .seconds(row.outlook.totalSeconds) }

    /// Whether that is in time; nil without a deadline.
    func meetsDeadline(_ row: Row) -> Bool? {
        demand.workload.deadline.map { finish(row) <= $0 }
    }

    /// Pods that find room on nodes that stand.
    var standing: Int { plan.placements.count }
}
