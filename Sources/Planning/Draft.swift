import Model

/// A purchase before it is explained: nodes of one candidate that live equally long and serve the same workloads.
struct Draft {
    /// One node and the pods that it is meant for.
    struct Node {
        var candidate: Int
        var seconds: Int64
        var pods: [(kind: Int, member: Kind.Member)]
    }

    /// What makes nodes one purchase.
    private struct Key: Hashable {
        var gang: Int?
        var candidate: Int
        var seconds: Int64
        var demands: [Int]
    }

    var candidate: Int
    var seconds: Int64
    /// The demand's index when it is bought for a gang.
    var gang: Int?
    var nodes: [Node]

    /// Indices of the demands it is bought for, ascending.
    var demands: [Int] { nodes.flatMap { $0.pods.map(\.member.demand) }.uniqueSorted() }

    /// All its pods by kind.
    var load: [Basket.Load] {
        let counts = nodes.flatMap { $0.pods.map(\.kind) }.reduce(into: [Int: Int]()) { $0[$1, default: 0] += 1 }
        return counts.sorted { $0.key < $1.key }.map { Basket.Load(kind: $0.key, count: $0.value) }
    }

    func cost(_ problem: Problem) -> Money {
        (problem.candidates[candidate].pricePerHour * nodes.count).costing(seconds: seconds)
    }

    /// Puts nodes that can be bought in one call together.
    static func grouped(_ nodes: [Node], gang: Int?) -> [Draft] {
        var index: [Key: Int] = [:]
        var result: [Draft] = []
        for node in nodes {
            let demands = node.pods.map(\.member.demand).uniqueSorted()
            let key = Key(gang: gang, candidate: node.candidate, seconds: node.seconds, demands: demands)
            if let known = index[key] {
                result[known].nodes.append(node)
            } else {
                index[key] = result.count
                result.append(Draft(candidate: node.candidate, seconds: node.seconds, gang: gang, nodes: [node]))
            }
        }
        return result
    }
}
