/// What a pod would like and can do without, with the weight that core/v1 gives it: 1 to 100, negative for what it
/// would rather avoid.
package struct SchedulingPreference: Hashable, Codable, Sendable {
    package enum Term: Hashable, Codable, Sendable {
        case node(NodeSelectorTerm)
        case pods(PodAffinityTerm)
    }

    package var weight: Int
    package var term: Term

    package init(weight: Int, term: Term) {
        self.weight = weight
        self.term = term
    }
}
