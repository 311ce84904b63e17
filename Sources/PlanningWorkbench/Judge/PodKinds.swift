import Model

/// Pods that differ in nothing that the scheduler looks at.
struct PodKind {
    /// Any of them.
    var pod: Pod
    /// Of the workload; nil for pods that run already.
    var capacityTypes: [CapacityType]?
    /// Where they may run at all: shared by many kinds.
    var admission: Int
    var spreads: [(constraint: TopologySpreadConstraint, rule: Int)] = []
    var affinity: Int?
    var antiAffinity: [Int] = []
}

/// What decides which node classes a pod may run on, apart from its size.
struct AdmissionKey: Hashable {
    var namespace: String
    var nodeSelector: [String: String]
    var nodeAffinity: [NodeSelectorTerm]
    var tolerations: [Toleration]
    var volumeClaims: [String]
    var capacityTypes: [CapacityType]?
}

/// Every pod of an input, by kind.
struct PodKinds {
    private struct Key: Hashable {
        var pod: Pod
        var capacityTypes: [CapacityType]?
    }

    private(set) var kinds: [PodKind] = []
    private(set) var admissions: [AdmissionKey] = []
    private var indexes: [Key: Int] = [:]
    private var admissionIndexes: [AdmissionKey: Int] = [:]

    /// The kind of a pod, new or known.
    mutating func index(of pod: Pod, capacityTypes: [CapacityType]?) -> Int {
        var bare = Pod(
            id: PodID(namespace: pod.id.namespace, name: ""),
            uid: "",
            createdAt: Timestamp(milliseconds: 0)
        )
        bare.labels = pod.labels
        bare.requests = pod.requests
        bare.nodeSelector = pod.nodeSelector
        bare.nodeAffinity = pod.nodeAffinity
        bare.tolerations = pod.tolerations
        bare.topologySpread = pod.topologySpread.filter(\.isRequired)
        bare.podAffinity = pod.podAffinity
        bare.podAntiAffinity = pod.podAntiAffinity
        bare.hostPorts = pod.hostPorts
        bare.volumeClaims = pod.volumeClaims
        bare.deletedAt = pod.deletedAt
        let key = Key(pod: bare, capacityTypes: capacityTypes)
        if let known = indexes[key] { return known }
        indexes[key] = kinds.count
        kinds.append(PodKind(pod: bare, capacityTypes: capacityTypes, admission: admission(bare, capacityTypes)))
        return kinds.count - 1
    }

    mutating func relate(_ index: Int, _ change: (inout PodKind) -> Void) { change(&kinds[index]) }

    private mutating func admission(_ pod: Pod, _ capacityTypes: [CapacityType]?) -> Int {
        let key = AdmissionKey(
            namespace: pod.id.namespace,
            nodeSelector: pod.nodeSelector,
            nodeAffinity: pod.nodeAffinity,
            tolerations: pod.tolerations,
            volumeClaims: pod.volumeClaims,
            capacityTypes: capacityTypes
        )
        if let known = admissionIndexes[key] { return known }
        admissionIndexes[key] = admissions.count
        admissions.append(key)
        return admissions.count - 1
    }
}
