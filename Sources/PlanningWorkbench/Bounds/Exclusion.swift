import Model

/// A rule by which at most a few of certain pods can share a node: anti-affinity or spread over hosts, or a host port.
struct Exclusion {
    private enum Rule: Hashable {
        case antiAffinity(PodAffinityTerm)
        case spread(namespace: String, LabelSelector)
        case port(HostPort)
    }

    private let rule: Rule
    private let namespaceLabels: [String: [String: String]]
    private(set) var perNode: Int

    /// Those that two or more of the pods are bound by.
    static func all(_ pods: [Pod], _ namespaceLabels: [String: [String: String]]) -> [Exclusion] {
        var found: [Rule: Exclusion] = [:]
        var order: [Rule] = []
        func add(_ rule: Rule, _ perNode: Int) {
            if found[rule] == nil { order.append(rule) }
            let known = found[rule]?.perNode ?? 0
            found[rule] = Exclusion(rule: rule, namespaceLabels: namespaceLabels, perNode: max(known, perNode))
        }
        for pod in pods {
            for term in pod.podAntiAffinity where term.topologyKey == Label.hostname { add(.antiAffinity(term), 1) }
            for spread in pod.topologySpread where spread.topologyKey == Label.hostname && spread.isRequired {
                add(.spread(namespace: pod.id.namespace, spread.selector), spread.maxSkew)
            }
            for port in pod.hostPorts { add(.port(port), 1) }
        }
        return order.compactMap { found[$0] }
    }

    /// Whether a pod takes one of the places that a node has under this rule.
    func binds(_ pod: Pod) -> Bool {
        switch rule {
        case .antiAffinity(let term):
            pod.podAntiAffinity.contains(term)
                && term.selects(labels: pod.labels, namespace: pod.id.namespace, namespaceLabels: namespaceLabels)
        case .spread(let namespace, let selector):
            // The scheduler counts nothing for a selector without requirements.
            pod.id.namespace == namespace && pod.deletedAt == nil && !selector.requirements.isEmpty
                && selector.matches(pod.labels)
                && pod.topologySpread.contains {
                    $0.topologyKey == Label.hostname && $0.isRequired && $0.selector == selector
                }
        case .port(let port): pod.hostPorts.contains(port)
        }
    }
}
