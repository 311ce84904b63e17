import Billing
import Model

extension CostFigures {
    /// The parts that add up to `cost`, with names for labels and legends.
    var parts: [(name: String, cost: Money)] {
        [
            ("work", workloadCost), ("idle", idleCost), ("boot", bootCost), ("drain", drainCost),
            ("lost_work", lostWorkCost), ("checkpoint", checkpointCost),
        ]
    }

    /// What was saved against on-demand, in percent; nil where there is nothing to compare with.
    var savingsPercent: Double? {
        guard onDemandEquivalentCost > .zero else { return nil }
        return savings.approximate / onDemandEquivalentCost.approximate * 100
    }
}
