/// Pods in whose domain another pod must (or must not) run, as in core/v1.
package struct PodAffinityTerm: Hashable, Codable, Sendable {
    /// `matchLabelKeys` and `mismatchLabelKeys` are requirements of it already.
    package var selector: LabelSelector
    /// Namespaces by name; the pod's own where it names none and has no selector of namespaces.
    package var namespaces: [String]
    /// Namespaces by their labels, beside those by name; nil selects none.
    package var namespaceSelector: LabelSelector?
    package var topologyKey: String

    package init(
        selector: LabelSelector,
        namespaces: [String],
        namespaceSelector: LabelSelector? = nil,
        topologyKey: String
    ) {
        self.selector = selector
        self.namespaces = namespaces
        self.namespaceSelector = namespaceSelector
        self.topologyKey = topologyKey
    }

    /// Whether the term speaks of a pod.
    ///
    /// - Parameters:
    ///   - labels: The pod's.
    ///   - namespace: The pod's.
    ///   - namespaceLabels: The labels of all namespaces, by name.
    /// - Returns: True when namespace and labels both match.
    package func selects(
        labels: [String: String],
        namespace: String,
        namespaceLabels: [String: [String: String]]
    ) -> Bool {
        let isInNamespace =
            namespaces.contains(namespace)
            || namespaceSelector.map { $0.matches(namespaceLabels[namespace] ?? [:]) } ?? false
        return isInNamespace && selector.matches(labels)
    }
}
