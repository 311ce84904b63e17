import Model

extension ObjectReader {
    /// A list of node selector terms, which are alternatives.
    func nodeSelectorTerms(_ path: [String]) throws -> [NodeSelectorTerm] {
        try elements(path).map { try $0.nodeSelectorTerm() }
    }

    /// One node selector term. A term without requirements matches no node.
    func nodeSelectorTerm() throws -> NodeSelectorTerm {
        let expressions = try elements("matchExpressions").map { requirement in
            try requirement.nodeRequirement(key: requirement.required("key"))
        }
        // The only field is metadata.name, which the kubelet also writes into the hostname label.
        let fields = try elements("matchFields").map { requirement in
            let isName = try requirement.required("key") == "metadata.name"
            return isName ? try requirement.nodeRequirement(key: Label.hostname) : .never
        }
        let all = expressions + fields
        return NodeSelectorTerm(requirements: all.isEmpty ? [.never] : all)
    }

    private func nodeRequirement(key: String) throws -> NodeSelectorRequirement {
        guard let comparison = NodeSelectorRequirement.Operator(rawValue: try required("operator")) else {
            return .never
        }
        return NodeSelectorRequirement(key: key, operator: comparison, values: try strings(in: "values"))
    }

    /// A label selector in one order, whoever wrote it in which, so that equal ones are equal; nil when it is absent.
    ///
    /// - Parameters:
    ///   - field: The selector's.
    ///   - isWide: Whether an operator that a later Kubernetes may add selects all rather than nothing.
    /// - Returns: The selector.
    /// - Throws: `ObjectError`.
    func labelSelector(_ field: String, isWide: Bool = false) throws -> LabelSelector? {
        guard let selector = try object(field) else { return nil }
        var requirements = try selector.strings("matchLabels").map { key, value in
            NodeSelectorRequirement(key: key, operator: .isIn, values: [value])
        }
        for expression in try selector.elements("matchExpressions") {
            let key = try expression.required("key")
            let comparison = NodeSelectorRequirement.Operator(rawValue: try expression.required("operator"))
            switch comparison {
            case .isIn, .notIn, .exists, .doesNotExist:
                let values = Set(try expression.strings(in: "values")).sorted()
                requirements.append(
                    NodeSelectorRequirement(key: key, operator: comparison ?? .exists, values: values)
                )
            case .greaterThan, .lessThan, nil:
                if !isWide { return .nothing }
            }
        }
        return LabelSelector(canonical: requirements)
    }
}

extension NodeSelectorRequirement {
    /// Holds on no node.
    fileprivate static let never = NodeSelectorRequirement(key: Label.hostname, operator: .isIn, values: [])
}

extension LabelSelector {
    fileprivate init(canonical requirements: [NodeSelectorRequirement]) {
        self.init(
            requirements: Set(requirements).sorted { left, right in
                let names = ((left.key, left.operator.rawValue), (right.key, right.operator.rawValue))
                return names.0 == names.1 ? left.values.lexicographicallyPrecedes(right.values) : names.0 < names.1
            }
        )
    }

    /// The selector with what `matchLabelKeys` or `mismatchLabelKeys` demand: that these labels have (or do not have)
    /// the pod's own values.
    ///
    /// Keys that the pod does not carry are left out, as are those that the selector names: the API server refuses such
    /// a selector, so it is one into which it has written them itself.
    func merging(keys: [String], _ comparison: NodeSelectorRequirement.Operator, from labels: [String: String])
        -> LabelSelector
    {
        guard !keys.isEmpty, self != .nothing else { return self }
        let named = Set(requirements.map(\.key))
        let added = keys.filter { !named.contains($0) }.compactMap { key in
            labels[key].map { NodeSelectorRequirement(key: key, operator: comparison, values: [$0]) }
        }
        return LabelSelector(canonical: requirements + added)
    }
}
