/// Where a workload runs until the next decision.
package enum SpotPlacement: Hashable, Sendable {
    /// Nowhere: it waits, which costs nothing but time.
    case waiting
    case onDemand
    /// On spot capacity of the pool at this index of the question's pools.
    case spot(pool: Int)
}
