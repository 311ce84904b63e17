import Model

/// Equal nodes that are bought in one call, before they are put into words.
struct Purchase {
    /// What makes nodes one purchase.
    private struct Key: Hashable {
        var gang: Int?
        var candidate: Int
        var seconds: Int64
        var demands: [Int]
    }

    var candidate: Int
    var seconds: Int64
    /// The demand when all the nodes are one gang's own.
    var gang: Int?
    /// The demands it is for, ascending in the order in which their pods were dealt.
    var demands: [Int]
    /// The pods that each node is meant for.
    var nodes: [[Member]]
    /// All of them by kind.
    var load: [Batch.Load]

    func cost(_ problem: Problem) -> Money {
        (problem.candidates[candidate].pricePerHour * nodes.count).costing(seconds: seconds)
    }

    /// One node and the pods that it is meant for.
    struct Node {
        var candidate: Int
        var seconds: Int64
        var gang: Int?
        var pods: [(kind: Int, member: Member)]
    }

    /// Puts nodes that can be bought in one call together.
    static func grouped(_ nodes: [Node], _ problem: Problem) -> [Purchase] {
        var index: [Key: Int] = [:]
        var result: [Purchase] = []
        result.reserveCapacity(nodes.count)
        for node in nodes {
            var demands = node.pods.map(\.member.demand)
            if demands.count > 1 {
                demands.sort()
                demands = demands.indices.filter { $0 == 0 || demands[$0] != demands[$0 - 1] }.map { demands[$0] }
            }
            let key = Key(gang: node.gang, candidate: node.candidate, seconds: node.seconds, demands: demands)
            let number: Int
            if let known = index[key] {
                number = known
            } else {
                number = result.count
                index[key] = number
                result.append(
                    Purchase(
                        candidate: node.candidate,
                        seconds: node.seconds,
                        gang: node.gang,
                        demands: demands,
                        nodes: [],
                        load: []
                    )
                )
            }
            result[number].nodes.append(node.pods.map(\.member))
            for pod in node.pods {
                if let known = result[number].load.firstIndex(where: { $0.kind == pod.kind }) {
                    result[number].load[known].count += 1
                } else {
                    result[number].load.append(Batch.Load(kind: pod.kind, count: 1))
                }
            }
        }
        let turns = problem.turns
        for number in result.indices where result[number].demands.count > 1 {
            result[number].demands.sort { turns[$0] < turns[$1] }
        }
        return result
    }
}
