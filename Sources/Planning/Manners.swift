import Model

/// What a pod asks of its neighbours on a node and in a zone.
struct Manners: Hashable {
    var namespace: String
    var spread: [TopologySpreadConstraint]
    var affinity: [PodAffinityTerm]
    var antiAffinity: [PodAffinityTerm]
    var preferences: [SchedulingPreference]
    var ports: [HostPort]

    /// Nil for a pod that asks for nothing, as most do.
    init?(_ pod: Pod) {
        guard
            !pod.topologySpread.isEmpty || !pod.podAffinity.isEmpty || !pod.podAntiAffinity.isEmpty
                || !pod.hostPorts.isEmpty || !pod.preferences.isEmpty
        else { return nil }
        let wishes = pod.preferences.filter { !$0.isOfNodes }
        namespace = pod.id.namespace
        spread = pod.topologySpread
        affinity = pod.podAffinity
        antiAffinity = pod.podAntiAffinity
        preferences = wishes
        ports = pod.hostPorts
        if spread.isEmpty, affinity.isEmpty, antiAffinity.isEmpty, wishes.isEmpty, ports.isEmpty { return nil }
    }

    /// Of a pod that runs already: only what it forbids others still counts.
    init?(running pod: Pod) {
        guard !pod.podAntiAffinity.isEmpty || !pod.hostPorts.isEmpty else { return nil }
        namespace = pod.id.namespace
        spread = []
        affinity = []
        antiAffinity = pod.podAntiAffinity
        preferences = []
        ports = pod.hostPorts
    }
}

/// A set of pods that somebody's rule speaks of: those that match all of its parts.
struct Selection: Hashable {
    /// Terms without their topology key: it says where pods are counted, not which.
    var parts: [PodAffinityTerm]

    /// Of a pod that must be near others all terms speak of the same pods.
    init(all terms: [PodAffinityTerm]) {
        var parts: [PodAffinityTerm] = []
        for term in terms {
            var part = term
            part.namespaces.sort()
            part.topologyKey = ""
            if !parts.contains(part) { parts.append(part) }
        }
        self.parts = parts
    }

    init(_ term: PodAffinityTerm) {
        self.init(all: [term])
    }

    init(_ constraint: TopologySpreadConstraint, namespace: String) {
        parts = [PodAffinityTerm(selector: constraint.selector, namespaces: [namespace], topologyKey: "")]
    }

    func selects(labels: [String: String], namespace: String, namespaceLabels: [String: [String: String]]) -> Bool {
        parts.allSatisfy { $0.selects(labels: labels, namespace: namespace, namespaceLabels: namespaceLabels) }
    }
}
