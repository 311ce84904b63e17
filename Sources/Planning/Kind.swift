/// Pods that are alike in everything that decides where they may run and for how long: planned as one. All fields are
/// numbers of what the problem holds.
struct Kind: Sendable {
    /// Index of its first amount in the problem's `needs`.
    var need: Int
    var station: Int
    var rules: Int
    /// How long nodes live for it, by candidate.
    var profile: Int
    var priority: Int
    /// The demand when it is a gang that keeps its nodes to itself, or must at least stay whole.
    var gang: Int?
    /// The demand when its accelerators are to be kept apart on several spot pools.
    var spread: Int?
    /// Where its pods stand in the problem's `members`, the oldest workload first.
    var members: Range<Int>

    var count: Int { members.count }
}

/// One pod: the demand that it belongs to, and its index there.
struct Member: Hashable, Sendable {
    var demand: Int
    var pod: Int
}
