/// One requirement on a node's labels, as in `nodeSelectorTerms[].matchExpressions`.
package struct NodeSelectorRequirement: Hashable, Codable, Sendable {
    package enum Operator: String, Hashable, Codable, Sendable {
        case isIn = "In"
        case notIn = "NotIn"
        case exists = "Exists"
        case doesNotExist = "DoesNotExist"
        case greaterThan = "Gt"
        case lessThan = "Lt"
    }

    package var key: String
    package var `operator`: Operator
    package var values: [String]

    package init(key: String, operator: Operator, values: [String] = []) {
        self.key = key
        self.operator = `operator`
        self.values = values
    }

    package func matches(_ labels: [String: String]) -> Bool {
        let value = labels[key]
        switch `operator` {
        case .isIn: return value.map(values.contains) ?? false
        case .notIn: return !(value.map(values.contains) ?? false)
        case .exists: return value != nil
        case .doesNotExist: return value == nil
        case .greaterThan, .lessThan:
            guard let actual = value.flatMap({ Int64($0) }), let bound = values.first.flatMap({ Int64($0) }) else {
                return false
            }
            return `operator` == .greaterThan ? actual > bound : actual < bound
        }
    }
}

/// Requirements that must all hold; a pod's terms are alternatives. As in Kubernetes, an empty term matches no node.
package struct NodeSelectorTerm: Hashable, Codable, Sendable {
    package var requirements: [NodeSelectorRequirement]

    package init(requirements: [NodeSelectorRequirement]) {
        self.requirements = requirements
    }

    package func matches(_ labels: [String: String]) -> Bool {
        !requirements.isEmpty && requirements.allSatisfy { $0.matches(labels) }
    }
}
