import Model

/// The counts that a topology spread constraint compares: matching pods by domain, on the nodes that count.
///
/// As in https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/: pods of the own
/// namespace, on nodes that carry the keys of all the pod's constraints and that the inclusion policies admit.
struct SpreadRule {
    /// What tells rules apart; parts that a policy ignores are empty.
    struct Key: Hashable {
        var namespace: String
        var selector: LabelSelector
        var topologyKey: String
        var allKeys: [String]
        var nodeSelector: [String: String]
        var nodeAffinity: [NodeSelectorTerm]
        var honorsTaints: Bool
        var tolerations: [Toleration]
    }

    let key: Key
    var counts: [String: Int] = [:]
    /// Domains that nodes which stand or are bought make, under this rule's policies.
    var domains: Set<String> = []
    private var inclusion: [Int: Bool] = [:]

    init(_ constraint: TopologySpreadConstraint, of pod: Pod) {
        let honorsAffinity = constraint.honorsNodeAffinity
        key = Key(
            namespace: pod.id.namespace,
            selector: constraint.selector,
            topologyKey: constraint.topologyKey,
            allKeys: pod.topologySpread.filter(\.isRequired).map(\.topologyKey).sorted(),
            nodeSelector: honorsAffinity ? pod.nodeSelector : [:],
            nodeAffinity: honorsAffinity ? pod.nodeAffinity : [],
            honorsTaints: constraint.honorsNodeTaints,
            tolerations: constraint.honorsNodeTaints ? pod.tolerations : []
        )
    }

    /// Whether a pod is counted. The scheduler counts none for a selector without requirements, nor pods being deleted.
    func counts(_ pod: Pod) -> Bool {
        pod.id.namespace == key.namespace && pod.deletedAt == nil && !key.selector.requirements.isEmpty
            && key.selector.matches(pod.labels)
    }

    /// Whether nodes of a class count.
    mutating func includes(_ nodeClass: NodeClass, _ index: Int) -> Bool {
        if let known = inclusion[index] { return known }
        let result =
            key.allKeys.allSatisfy { nodeClass.has($0) }
            && key.nodeSelector.allSatisfy { nodeClass.labels[$0.key] == $0.value }
            && (key.nodeAffinity.isEmpty || key.nodeAffinity.contains { $0.matches(nodeClass.labels) })
            && (!key.honorsTaints || tolerates(nodeClass.taints))
        inclusion[index] = result
        return result
    }

    private func tolerates(_ taints: [Taint]) -> Bool {
        taints.allSatisfy { taint in
            taint.effect == .preferNoSchedule || key.tolerations.contains { $0.tolerates(taint) }
        }
    }
}
