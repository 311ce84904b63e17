import Model

/// Deals the pods of each kind out, the oldest first.
struct Dealer {
    private let problem: Problem
    private var dealt: [Int]

    init(_ problem: Problem) {
        self.problem = problem
        dealt = [Int](repeating: 0, count: problem.kinds.count)
    }

    mutating func deal(_ count: Int, of kind: Int) -> ArraySlice<Kind.Member> {
        defer { dealt[kind] += count }
        return problem.kinds[kind].members[dealt[kind]..<dealt[kind] + count]
    }

    mutating func nodes(_ baskets: [Basket]) -> [Draft.Node] {
        var result: [Draft.Node] = []
        for basket in baskets {
            for _ in 0..<basket.copies {
                var pods: [(kind: Int, member: Kind.Member)] = []
                for entry in basket.load {
                    pods += deal(entry.count, of: entry.kind).map { (entry.kind, $0) }
                }
                result.append(Draft.Node(candidate: basket.candidate, seconds: basket.seconds, pods: pods))
            }
        }
        return result
    }

    /// What was not dealt, by demand.
    var rest: [Int: [(kind: Int, member: Kind.Member)]] {
        var result: [Int: [(kind: Int, member: Kind.Member)]] = [:]
        for kind in problem.kinds.indices {
            for member in problem.kinds[kind].members.dropFirst(dealt[kind]) {
                result[member.demand, default: []].append((kind, member))
            }
        }
        return result
    }
}
