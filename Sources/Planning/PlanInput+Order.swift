import Model

extension PlanInput {
    /// By demand, its place in the order in which demands are served: the higher priority first, then the older, then by
    /// name.
    var turns: [Int] {
        let ranks = demands.indices.map {
            (priority: demands[$0].workload.priority, age: demands[$0].workload.createdAt)
        }
        let order = demands.indices.sorted { left, right in
            if ranks[left].priority != ranks[right].priority { return ranks[left].priority > ranks[right].priority }
            if ranks[left].age != ranks[right].age { return ranks[left].age < ranks[right].age }
            return demands[left].workload.id < demands[right].workload.id
        }
        var turns = [Int](repeating: 0, count: order.count)
        for (turn, demand) in order.enumerated() { turns[demand] = turn }
        return turns
    }
}
