import Model

/// How many more nodes of each pool may go now, as its disruption budgets say.
struct DisruptionAllowance {
    private let now: Timestamp
    private let disruptions: [String: Disruption]
    private var totals: [String: Int] = [:]
    /// On their way out, chosen to go, or not ready.
    private var disrupted: [String: Int] = [:]

    /// - Parameters:
    ///   - input: The nodes and their pools.
    ///   - asked: Nodes that are asked for: that they are not ready does not count against them.
    init(_ input: ConsolidationInput, besides asked: Set<ClaimID> = []) {
        now = input.now
        disruptions = Dictionary(input.surroundings.pools.map { ($0.name, $0.disruption) }) { first, _ in first }
        for node in input.nodes {
            totals[node.pool, default: 0] += 1
            if node.isDisrupted || (!node.isReady && !asked.contains(node.claim)) {
                disrupted[node.pool, default: 0] += 1
            }
        }
    }

    /// Whether all of these may go together; one element a node, its pool.
    func allows(_ pools: [String], for reason: Disruption.Reason) -> Bool {
        Dictionary(grouping: pools) { $0 }.allSatisfy { pool, nodes in
            let disruption = disruptions[pool] ?? Disruption()
            guard let limit = disruption.allowed(for: reason, of: totals[pool] ?? 0, at: now) else { return true }
            return (disrupted[pool] ?? 0) + nodes.count <= limit
        }
    }

    mutating func take(_ pools: [String]) {
        for pool in pools { disrupted[pool, default: 0] += 1 }
    }
}
