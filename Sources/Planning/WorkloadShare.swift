import Model

/// How many of one workload's accelerators one spot pool may have, and which has how many.
struct WorkloadShare: Hashable {
    /// Of all its pods, those that wait and those that run.
    var all: Int64
    /// The most that one pool may have.
    var most: Int64
    /// By spot pool.
    var held: [Int: Int64]

    /// Whether a workload is to be kept apart: one of several pods that no rule of its own keeps together.
    ///
    /// - Parameters:
    ///   - demand: The workload.
    ///   - economics: Whether there is a cap.
    /// - Returns: Not for a gang that stays in one zone on one model: its topology leaves it no choice.
    static func applies(to demand: PlanInput.Demand, _ economics: Economics?) -> Bool {
        guard economics?.maximumPoolShare != nil, demand.workload.gang?.topology != .zone else { return false }
        return demand.pods.count + demand.running.count > 1
    }

    /// How many more pods of so many accelerators a pool may have. One at least: else a workload of few pods could not
    /// use spot at all.
    func room(for accelerators: Int64, in pool: Int) -> Int {
        guard accelerators > 0 else { return .max }
        let held = held[pool] ?? 0
        return held == 0 ? max(1, Int(most / accelerators)) : Int(max(0, most - held) / accelerators)
    }
}
