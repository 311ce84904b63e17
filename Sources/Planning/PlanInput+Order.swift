import Model

extension PlanInput {
    /// By demand, its place in the order in which demands are served: the higher priority first, then the older, then by
    /// name.
    var turns: [Int] {
        let workloads = demands.map { (priority: $0.workload.priority, age: $0.workload.createdAt, id: $0.workload.id) }
        let order = workloads.indices.sorted { left, right in
            if workloads[left].priority != workloads[right].priority {
                return workloads[left].priority > workloads[right].priority
            }
            if workloads[left].age != workloads[right].age { return workloads[left].age < workloads[right].age }
            return workloads[left].id < workloads[right].id
        }
        var turns = [Int](repeating: 0, count: order.count)
        for (turn, demand) in order.enumerated() { turns[demand] = turn }
        return turns
    }
}
