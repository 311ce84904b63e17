import Model

extension PlanInput {
    /// Whether one demand is served before another: the higher priority first, then the older, then by name.
    ///
    /// - Parameters:
    ///   - left: Index of a demand.
    ///   - right: Index of another.
    /// - Returns: True when the left one comes first.
    func serves(_ left: Int, before right: Int) -> Bool {
        let (a, b) = (demands[left].workload, demands[right].workload)
        return (-a.priority, a.createdAt, a.id) < (-b.priority, b.createdAt, b.id)
    }
}
