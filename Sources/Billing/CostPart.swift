/// What a part of a node's cost was spent on; all of them together are the node's cost.
enum CostPart: Int, CaseIterable, Sendable {
    case workload
    case idle
    case boot
    case drain
    case lostWork
    case checkpoint
}
