package import Simulation

/// Pools of spot capacity that are open at the same time, from measured traces that share a clock.
package struct TracedMarket: Sendable {
    /// Spot capacity of one zone.
    package struct Pool: Sendable {
        /// For each tick, whether the whole workload finds room.
        package let isUp: [Bool]

        /// The spot price over the on-demand price.
        package let priceRatio: Double
    }

    package let gapSeconds: Int64
    package let pools: [Pool]

    /// As many ticks as every trace has.
    package let tickCount: Int

    /// - Parameters:
    ///   - traces: one a pool, with the name by which errors call it.
    ///   - nodes: how many instances the workload needs at once, one number a pool, or one for all of them.
    ///   - priceRatios: one a pool, or one for all of them.
    /// - Throws: `PolicyTrialError`.
    package init(
        traces: [(name: String, trace: CapacityTrace)],
        nodes: [Int64] = [1],
        priceRatios: [Double]
    ) throws(PolicyTrialError) {
        guard let first = traces.first else { throw .noTraces }
        if let other = traces.first(where: { $0.trace.gapSeconds != first.trace.gapSeconds }) {
            throw .gapsDiffer(
                first.name,
                seconds: first.trace.gapSeconds,
                other: other.name,
                otherSeconds: other.trace.gapSeconds
            )
        }
        guard nodes.count == 1 || nodes.count == traces.count else {
            throw .nodesDoNotMatch(counts: nodes.count, traces: traces.count)
        }
        if let bad = nodes.first(where: { $0 < 1 }) { throw .badNodes(bad) }
        guard priceRatios.count == 1 || priceRatios.count == traces.count else {
            throw .priceRatiosDoNotMatch(ratios: priceRatios.count, traces: traces.count)
        }
        if let bad = priceRatios.first(where: { !($0 > 0 && $0 <= 100) }) { throw .badPriceRatio(bad) }
        gapSeconds = first.trace.gapSeconds
        pools = traces.indices.map { index in
            let needed = nodes.count == 1 ? nodes[0] : nodes[index]
            return Pool(
                isUp: traces[index].trace.counts.map { $0 >= needed },
                priceRatio: priceRatios.count == 1 ? priceRatios[0] : priceRatios[index]
            )
        }
        tickCount = pools.map(\.isUp.count).min() ?? 0
    }

    /// The last tick from which the traces go on until the deadline; nil when they are shorter than that.
    package func lastStart(deadlineSeconds: Int64) -> Int? {
        let ticks = Int((deadlineSeconds + gapSeconds - 1) / gapSeconds)
        return ticks <= tickCount ? tickCount - ticks : nil
    }

    /// Start ticks from the first possible to the last, in equal distances.
    /// - Throws: `PolicyTrialError` when the traces are shorter than the deadline.
    package func spreadStarts(_ count: Int, deadlineSeconds: Int64) throws(PolicyTrialError) -> [Int] {
        guard let last = lastStart(deadlineSeconds: deadlineSeconds) else {
            throw .tracesTooShort(seconds: Int64(tickCount) * gapSeconds, deadlineSeconds: deadlineSeconds)
        }
        guard count > 1 else { return [last / 2] }
        return (0..<count).map { $0 * last / (count - 1) }
    }
}
