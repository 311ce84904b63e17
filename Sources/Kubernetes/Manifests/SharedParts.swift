import Model

/// Lets equal parts of pods share their storage: of fifty thousand pods of a file there are mostly a few kinds.
struct SharedParts {
    /// Past this many different ones a part is hardly shared, and remembering them would cost what sharing saves.
    private static let limit = 4096

    private var strings: Set<[String: String]> = []
    private var resources: Set<[String: Quantity]> = []
    private var nodeAffinities: Set<[NodeSelectorTerm]> = []
    private var tolerations: Set<[Toleration]> = []
    private var topologySpreads: Set<[TopologySpreadConstraint]> = []
    private var podAffinities: Set<[PodAffinityTerm]> = []
    private var preferences: Set<[SchedulingPreference]> = []
    private var hostPorts: Set<[HostPort]> = []
    private var names: Set<String> = []

    mutating func share(_ pod: inout Pod) {
        Self.share(&pod.labels, in: &strings)
        Self.share(&pod.annotations, in: &strings)
        Self.share(&pod.nodeSelector, in: &strings)
        Self.share(&pod.requests.amounts, in: &resources)
        Self.share(&pod.nodeAffinity, in: &nodeAffinities)
        Self.share(&pod.tolerations, in: &tolerations)
        Self.share(&pod.topologySpread, in: &topologySpreads)
        Self.share(&pod.podAffinity, in: &podAffinities)
        Self.share(&pod.podAntiAffinity, in: &podAffinities)
        Self.share(&pod.preferences, in: &preferences)
        Self.share(&pod.hostPorts, in: &hostPorts)
        share(&pod.id.namespace)
        if var owner = pod.owner {
            share(&owner.kind)
            share(&owner.name)
            share(&owner.uid)
            pod.owner = owner
        }
        if var node = pod.nodeName {
            share(&node)
            pod.nodeName = node
        }
    }

    /// Short strings stand in place and need no storage.
    private mutating func share(_ string: inout String) {
        guard string.utf8.count > 15 else { return }
        Self.exchange(&string, in: &names)
    }

    private static func share<Part: Hashable & Collection>(_ part: inout Part, in known: inout Set<Part>) {
        guard !part.isEmpty else { return }
        exchange(&part, in: &known)
    }

    private static func exchange<Part: Hashable>(_ part: inout Part, in known: inout Set<Part>) {
        if known.count < limit {
            part = known.insert(part).memberAfterInsert
        } else if let index = known.firstIndex(of: part) {
            part = known[index]
        }
    }
}
