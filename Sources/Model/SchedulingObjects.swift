/// Namespaces, volumes, daemon sets and the like of a cluster, and what they mean for what runs where.
package struct SchedulingObjects: Hashable, Sendable {
    /// By namespace.
    package private(set) var namespaceLabels: [String: [String: String]] = [:]
    /// By uid.
    package private(set) var daemonSets: [String: DaemonSet] = [:]
    /// By uid.
    package private(set) var workloads: [String: WorkloadObject] = [:]
    private var podGroups: [ObjectName: String] = [:]
    /// By uid.
    package private(set) var provisioningRequests: [String: ProvisioningRequest] = [:]
    /// By namespace and name.
    package private(set) var podTemplates: [PodID: PodTemplate] = [:]
    private var claims: [ObjectName: PersistentVolumeClaim] = [:]
    private var volumes: [String: PersistentVolume] = [:]
    private var classes: [String: StorageClass] = [:]

    private struct ObjectName: Hashable {
        var namespace: String
        var name: String
    }

    package init(_ objects: [SchedulingObject] = []) {
        for object in objects { put(object) }
    }

    /// Takes in an object that is new or has changed.
    package mutating func put(_ object: SchedulingObject) {
        switch object {
        case .namespace(let name, let labels): namespaceLabels[name] = labels
        case .volumeClaim(let claim): claims[ObjectName(namespace: claim.namespace, name: claim.name)] = claim
        case .volume(let volume): volumes[volume.name] = volume
        case .storageClass(let storageClass): classes[storageClass.name] = storageClass
        case .daemonSet(let set): daemonSets[set.uid] = set
        case .workload(let object): put(object)
        case .provisioningRequest(let request): provisioningRequests[request.uid] = request
        case .podTemplate(let template):
            podTemplates[PodID(namespace: template.namespace, name: template.name)] = template
        }
    }

    package mutating func remove(_ object: SchedulingObject) {
        switch object {
        case .namespace(let name, _): namespaceLabels[name] = nil
        case .volumeClaim(let claim): claims[ObjectName(namespace: claim.namespace, name: claim.name)] = nil
        case .volume(let volume): volumes[volume.name] = nil
        case .storageClass(let storageClass): classes[storageClass.name] = nil
        case .daemonSet(let set): daemonSets[set.uid] = nil
        case .workload(let object):
            workloads[object.uid] = nil
            let name = ObjectName(namespace: object.namespace, name: object.name)
            if podGroups[name] == object.uid { podGroups[name] = nil }
        case .provisioningRequest(let request): provisioningRequests[request.uid] = nil
        case .podTemplate(let template):
            podTemplates[PodID(namespace: template.namespace, name: template.name)] = nil
        }
    }

    private mutating func put(_ object: WorkloadObject) {
        workloads[object.uid] = object
        guard object.kind == .podGroup else { return }
        let before = podGroups.updateValue(
            object.uid,
            forKey: ObjectName(namespace: object.namespace, name: object.name)
        )
        // A second one of the same name takes its place.
        if let before, before != object.uid { workloads[before] = nil }
    }

    /// The PodGroup that a pod names, when there is one.
    package func podGroup(of pod: Pod) -> WorkloadObject? {
        guard !podGroups.isEmpty, let name = pod.podGroup else { return nil }
        return podGroups[ObjectName(namespace: pod.id.namespace, name: name)].flatMap { workloads[$0] }
    }

    /// The ProvisioningRequest of a name, when there is one.
    package func provisioningRequest(namespace: String, name: String) -> ProvisioningRequest? {
        provisioningRequests.values.first { $0.name == name && $0.namespace == namespace }
    }

    /// All claims with the nodes that reach their volumes, sorted by namespace and name.
    package var volumeClaims: [VolumeClaim] {
        claims.values.sorted { ($0.namespace, $0.name) < ($1.namespace, $1.name) }.map(reach)
    }

    /// A claim that a pod uses and that is not there; nil where none is missing, or none is known at all: we may not be
    /// allowed to see them.
    package func missingVolumeClaim(of pod: Pod) -> String? {
        guard !claims.isEmpty else { return nil }
        return pod.volumeClaims.first { claims[ObjectName(namespace: pod.id.namespace, name: $0)] == nil }
    }

    /// The claims that some pods use, sorted by namespace and name; those that are not known are left out.
    package func volumeClaims(of pods: some Sequence<Pod>) -> [VolumeClaim] {
        var names: Set<ObjectName> = []
        for pod in pods {
            for claim in pod.volumeClaims { names.insert(ObjectName(namespace: pod.id.namespace, name: claim)) }
        }
        return names.compactMap { claims[$0] }.sorted { ($0.namespace, $0.name) < ($1.namespace, $1.name) }.map(reach)
    }

    /// Where the volume of a claim can be reached: a bound one says so itself; one to be made will be made where its
    /// class allows it; where nothing is made, a volume that is free decides.
    private func reach(_ claim: PersistentVolumeClaim) -> VolumeClaim {
        var result = VolumeClaim(namespace: claim.namespace, name: claim.name, volume: claim.volume)
        if let volume = claim.volume {
            result.reachableFrom = volumes[volume]?.reachableFrom ?? []
        } else if let storageClass = claim.storageClass.flatMap({ classes[$0] }) {
            if storageClass.provisions || !storageClass.waitsForConsumer {
                result.reachableFrom = storageClass.allowedTopologies
            } else {
                let free = volumes.values.filter { $0.storageClass == storageClass.name && !$0.isClaimed }
                    .sorted { $0.name < $1.name }
                let terms = free.contains { $0.reachableFrom.isEmpty } ? [] : free.flatMap(\.reachableFrom)
                // An empty term matches no node.
                result.reachableFrom = free.isEmpty ? [NodeSelectorTerm(requirements: [])] : terms
            }
        }
        return result
    }
}
