/// How the only pool or each of two goes on within a time, by what the other one is.
///
/// Pools of a region come together: in the traces published with *Can't Be Late* (NSDI 2024), for five pairs, a spell without
/// capacity ends 1.05 to 2 times as often, at the same age, while the other pool has some, and 0.5 to 1 times as often
/// while it has none. Spells of capacity end earlier beside a pool without (1.0 to 1.6 times); to heed that too cost more on
/// those traces, so they end as if there were no other.
struct PoolSteps {
    private static let returnsBesideCapacity = 1.4
    private static let returnsBesideNone = 0.8

    /// Of the only pool, and of any pool with capacity.
    let alone: SpellStep
    private let besideNone: SpellStep
    private let besideCapacity: SpellStep

    /// - Parameters:
    ///   - hours: the time.
    ///   - up: the hazard of spells of capacity.
    ///   - down: the hazard of spells without.
    ///   - areTwo: whether there are two pools.
    init(hours: Double, up: SpellHazard, down: SpellHazard, areTwo: Bool) {
        func step(_ factor: Double) -> SpellStep {
            SpellStep(
                hours: hours,
                up: up,
                down: SpellHazard(shape: down.shape * factor, scaleHours: down.scaleHours)
            )
        }
        alone = step(1)
        besideNone = areTwo ? step(Self.returnsBesideNone) : alone
        besideCapacity = areTwo ? step(Self.returnsBesideCapacity) : alone
    }

    /// Of one of two pools, by whether the other has capacity at the beginning.
    func beside(_ isUp: Bool) -> SpellStep { isUp ? besideCapacity : besideNone }
}
