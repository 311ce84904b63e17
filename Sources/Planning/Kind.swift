import Model

/// Pods that are alike in everything that decides where they may run and for how long: planned as one.
struct Kind {
    /// A pod and the demand (by index in the problem) that it belongs to.
    struct Member {
        var pod: PodID
        var demand: Int
    }

    /// Stands for all of them.
    var sample: Pod
    /// In thousandths, by the problem's resource names.
    var need: [Int64]
    /// How long a node that takes it lives at least: changeover and remaining work.
    var seconds: Int64
    /// What it may be bought as, the preferred first.
    var capacityTypes: [CapacityType]
    var priority: Int
    /// The demand's index when it is a gang; its members are never mixed with others.
    var gang: Int?
    /// The oldest workload first.
    var members: [Member]
    /// Choices that can be bought now and take it on an empty node, without those that another one dominates.
    var candidates: [Int] = []
    /// The least it can cost: its share of the best node for its whole time. What using a node for it is worth.
    var value = 0.0

    /// The rank of a capacity type in the order of preference; it decides only when costs are equal.
    func rank(of type: CapacityType) -> Int {
        capacityTypes.firstIndex(of: type) ?? capacityTypes.count
    }
}

extension Kind {
    /// What decides whether two pods are alike.
    struct Key: Hashable {
        var constraints: Constraints
        var requests: Resources
        var seconds: Int64
        var priority: Int
        var gang: Int?
    }
}
