import Model

/// Exact sums of one row in one step, before anything is rounded.
struct Tally: Sendable {
    /// By the raw value of `CostPart`.
    private var amounts = InlineArray<6, ExactAmount>(repeating: .zero)
    var onDemandEquivalent = ExactAmount.zero
    /// Accelerators x seconds x millionths of a node.
    private(set) var acceleratorUnits: Int128 = 0
    var attempts = 0
    var interruptions = 0
    var lostAcceleratorSeconds: Int64 = 0

    mutating func add(_ amount: ExactAmount, acceleratorUnits: Int128, to part: CostPart) {
        self.acceleratorUnits += acceleratorUnits
        amounts[part.rawValue] += amount
    }

    /// By the raw value of `CostPart`.
    var parts: [ExactAmount] { amounts.indices.map { amounts[$0] } }

    var cost: ExactAmount { parts.reduce(.zero, +) }

    static func += (left: inout Tally, right: Tally) {
        for index in right.amounts.indices { left.amounts[index] += right.amounts[index] }
        left.onDemandEquivalent += right.onDemandEquivalent
        left.acceleratorUnits += right.acceleratorUnits
        left.attempts += right.attempts
        left.interruptions += right.interruptions
        left.lostAcceleratorSeconds += right.lostAcceleratorSeconds
    }

    static func acceleratorHours(_ units: Int128) -> Double { Double(units) / 3_600_000_000 }

    /// The figures of a row whose cost and on-demand equivalent were rounded among its neighbours.
    func figures(cents: Int64, onDemandCents: Int64) -> CostFigures {
        let rounded = ExactAmount.apportion(cents: cents, over: parts).map { Money(cents: $0) }
        var figures = CostFigures()
        figures.workloadCost = rounded[CostPart.workload.rawValue]
        figures.idleCost = rounded[CostPart.idle.rawValue]
        figures.bootCost = rounded[CostPart.boot.rawValue]
        figures.drainCost = rounded[CostPart.drain.rawValue]
        figures.lostWorkCost = rounded[CostPart.lostWork.rawValue]
        figures.checkpointCost = rounded[CostPart.checkpoint.rawValue]
        figures.onDemandEquivalentCost = Money(cents: onDemandCents)
        figures.acceleratorHours = Self.acceleratorHours(acceleratorUnits)
        figures.attempts = attempts
        figures.interruptions = interruptions
        figures.lostWorkSeconds = lostAcceleratorSeconds
        return figures
    }
}

extension CostFigures {
    static func += (left: inout CostFigures, right: CostFigures) {
        left.workloadCost += right.workloadCost
        left.idleCost += right.idleCost
        left.bootCost += right.bootCost
        left.drainCost += right.drainCost
        left.lostWorkCost += right.lostWorkCost
        left.checkpointCost += right.checkpointCost
        left.onDemandEquivalentCost += right.onDemandEquivalentCost
        left.acceleratorHours += right.acceleratorHours
        left.attempts += right.attempts
        left.interruptions += right.interruptions
        left.lostWorkSeconds += right.lostWorkSeconds
    }
}
