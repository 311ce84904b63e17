package import Model

/// The kinds of input that planning is measured and tested with. The same count and seed give the same input.
package enum Mix: String, CaseIterable, Sendable {
    /// Equal fifths of plain pods, zone spread, host spread, zone affinity and host anti-affinity; 400 linear shapes.
    case diverse
    /// Training gangs of 1 to 32 ranks on the accelerator types of EC2.
    case gangs
    /// Gangs and pods whose share of a node's memory exceeds their share of its accelerators.
    case memoryHeavy = "memory-heavy"
    /// Gangs where only nodes of eight accelerators are sold.
    case eightOnly = "eight-only"
    /// Gangs where the cheap pools end at a limit of nodes, of accelerators, of spend.
    case limitedPools = "limited-pools"
    /// Gangs beside nodes that stand and are half full.
    case halfFull = "half-full"
    /// Equal pods, as of one large Deployment.
    case manyIdentical = "many-identical"
    /// Pods of which no two ask for the same.
    case allDistinct = "all-distinct"
    /// Random clusters with every constraint that the model knows.
    case everyRule = "every-rule"

    /// Draws an input.
    ///
    /// - Parameters:
    ///   - count: How many pods wait.
    ///   - seed: Of all chance in it.
    /// - Returns: What planning is asked.
    package func input(count: Int, seed: UInt64) -> PlanInput {
        switch self {
        case .diverse: DiverseMix(seed: seed).input(count: count)
        case .gangs: GangMix(seed: seed).input(count: count)
        case .memoryHeavy: GangMix(seed: seed).memoryHeavy(count: count)
        case .eightOnly: GangMix(seed: seed).eightOnly(count: count)
        case .limitedPools: GangMix(seed: seed).limitedPools(count: count)
        case .halfFull: GangMix(seed: seed).halfFull(count: count)
        case .manyIdentical: DiverseMix(seed: seed).identical(count: count)
        case .allDistinct: DiverseMix(seed: seed).distinct(count: count)
        case .everyRule: EveryRuleMix(seed: seed).input(count: count)
        }
    }
}
