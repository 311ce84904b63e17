package import Model

/// What no plan can fall below: the least price an hour of nodes on which given pods run.
///
/// Every node's price is divided among its resources, so that no node is worth more than it costs. A pod then costs at
/// least its worth on the seller where that is least, and a gang the least over the places where all of it could be.
/// Whatever the division, the sum is a lower bound (it is the dual of packing pods in fractions).
package struct LowerBound: Sendable {
    /// All of every node's price on one resource, the dearest of three: accelerators, cores, memory. It looks only at
    /// pods that are bought for.
    package let plain: Double
    /// The best division found, standing room, limits and what only few pods of a node can have taken into account.
    package let parts: Double
    /// The same where nodes must be bought whole: never below it.
    package let best: Double

    /// - Parameters:
    ///   - input: What is sold and what stands.
    ///   - plan: The pods with a place in it are those that the bound speaks of.
    ///   - steps: How long to look for the best division; by default as long as a second or a few allow.
    package init(_ input: PlanInput, serving plan: Plan, steps: Int? = nil) {
        let bought = Set(plan.purchases.flatMap { $0.pods.joined() })
        let served = bought.union(plan.placements.keys)
        plain = Self.plain(BoundProblem(input, serving: bought, withHosts: false))
        let problem = BoundProblem(input, serving: served, withHosts: true)
        var ascent = BoundAscent(problem)
        let found = ascent.climb(steps: steps)
        parts = max(0, found.parts) * (1 - 1e-9)
        best = max(0, found.whole) * (1 - 1e-9)
    }

    private static func plain(_ problem: BoundProblem) -> Double {
        let names = ["nvidia.com/gpu", Resources.cpu, Resources.memory]
        var ascent = BoundAscent(problem)
        let values = problem.resources.indices.filter { names.contains(problem.resources[$0]) }
            .map { ascent.value(allOn: $0) }
        return values.max() ?? 0
    }
}
