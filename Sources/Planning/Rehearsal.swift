/// One pod and the node that it is meant for.
struct Binding {
    enum Node: Hashable {
        case host(Int)
        /// A gang's own new node, and its candidate.
        case own(Int, Int)
        case shared(Int, Int)

        /// The candidate of a new node.
        var candidate: Int? {
            switch self {
            case .host: nil
            case .own(_, let candidate), .shared(_, let candidate): candidate
            }
        }
    }

    var kind: Int
    var member: Member
    var node: Node
}

/// Binds the pods of a plan one after the other, as the scheduler will, to find an order in which all of them can be,
/// and those that cannot because others, on whom their rules rest, found no node.
struct Rehearsal {
    private let problem: Problem
    private var wide: WideRules
    private var nodes: [Binding.Node: NodeRules] = [:]
    private var totals: [Int]

    /// - Parameters:
    ///   - problem: What is planned.
    ///   - bought: Candidates of which nodes will stand.
    init(_ problem: Problem, bought: Set<Int>) {
        self.problem = problem
        wide = WideRules(problem, bought: bought)
        totals = problem.standingOnHosts
    }

    /// - Parameter order: The bindings in the order in which they were decided.
    /// - Returns: Those that can be made, in an order in which they can, and the pods of the others.
    mutating func bind(_ order: [Binding]) -> (order: [Binding], unfit: Set<Member>) {
        var waiting = order
        var done: [Binding] = []
        var progress = true
        while progress, !waiting.isEmpty {
            progress = false
            var next: [Binding] = []
            for binding in waiting {
                if admits(binding) {
                    take(binding)
                    done.append(binding)
                    progress = true
                } else {
                    next.append(binding)
                }
            }
            waiting = next
        }
        return (done, Set(waiting.map(\.member)))
    }

    private func place(_ node: Binding.Node) -> Int {
        switch node {
        case .host(let host): problem.hostPlace[host]
        case .own(_, let candidate), .shared(_, let candidate): problem.candidates[candidate].place
        }
    }

    private func standing(_ node: Binding.Node) -> NodeRules {
        switch node {
        case .host(let host): problem.hostRules[host]
        case .own(_, let candidate), .shared(_, let candidate): problem.freshRules[candidate]
        }
    }

    private func admits(_ binding: Binding) -> Bool {
        let rules = problem.rules(of: binding.kind)
        if !rules.joins.isEmpty {
            let node = nodes[binding.node] ?? standing(binding.node)
            let isFirst = rules.joins.allSatisfy { $0.isSelf && totals[$0.tally] == 0 }
            guard isFirst || rules.joins.allSatisfy({ node.count(of: $0.tally) > 0 }) else { return false }
        }
        return !rules.isBoundToPlaces || wide.admits(binding.kind, at: place(binding.node))
    }

    private mutating func take(_ binding: Binding) {
        let rules = problem.rules(of: binding.kind)
        if !rules.adds.isEmpty {
            var node = nodes[binding.node] ?? standing(binding.node)
            node.add(rules, count: 1)
            nodes[binding.node] = node
            for tally in rules.adds { totals[tally] += 1 }
        }
        wide.add(binding.kind, at: place(binding.node), count: 1)
    }
}
