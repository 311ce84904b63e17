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

    mutating func add(_ other: CostFigures) {
        workloadCost += other.workloadCost
        idleCost += other.idleCost
        bootCost += other.bootCost
        drainCost += other.drainCost
        lostWorkCost += other.lostWorkCost
        checkpointCost += other.checkpointCost
        onDemandEquivalentCost += other.onDemandEquivalentCost
        acceleratorHours += other.acceleratorHours
        attempts += other.attempts
        interruptions += other.interruptions
        lostWorkSeconds += other.lostWorkSeconds
    }
}
