/// Requirements on an object's labels that must all hold, as in meta/v1; without any it selects everything.
package struct LabelSelector: Hashable, Codable, Sendable {
    package var requirements: [NodeSelectorRequirement]

    /// - Parameter requirements: `matchLabels` as `In` with one value, and the `matchExpressions`.
    package init(requirements: [NodeSelectorRequirement] = []) {
        self.requirements = requirements
    }

    /// - Parameter matchLabels: Labels that must have just these values.
    package init(matchLabels: [String: String]) {
        requirements = matchLabels.sorted { $0.key < $1.key }
            .map { NodeSelectorRequirement(key: $0.key, operator: .isIn, values: [$0.value]) }
    }

    /// What a selector that is absent means in a pod's terms: it selects nothing.
    package static let nothing = LabelSelector(requirements: [
        NodeSelectorRequirement(key: "", operator: .isIn, values: [])
    ])

    package func matches(_ labels: [String: String]) -> Bool {
        requirements.allSatisfy { $0.matches(labels) }
    }
}
