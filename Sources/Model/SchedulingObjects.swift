/// Namespaces, volumes and daemon sets of a cluster, and what they mean for where pods may run.
package struct SchedulingObjects: Hashable, Sendable {
    /// By namespace.
    package private(set) var namespaceLabels: [String: [String: String]] = [:]
    /// By uid.
    package private(set) var daemonSets: [String: DaemonSet] = [:]
    /// By uid.
    package private(set) var provisioningRequests: [String: ProvisioningRequest] = [:]
    /// By namespace and name.
    package private(set) var podTemplates: [PodID: PodTemplate] = [:]
    private var claims: [ClaimName: PersistentVolumeClaim] = [:]
    private var volumes: [String: PersistentVolume] = [:]
    private var classes: [String: StorageClass] = [:]

    private struct ClaimName: Hashable {
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
        case .volumeClaim(let claim): claims[ClaimName(namespace: claim.namespace, name: claim.name)] = claim
        case .volume(let volume): volumes[volume.name] = volume
        case .storageClass(let storageClass): classes[storageClass.name] = storageClass
        case .daemonSet(let set): daemonSets[set.uid] = set
        case .provisioningRequest(let request): provisioningRequests[request.uid] = request
        case .podTemplate(let template):
            podTemplates[PodID(namespace: template.namespace, name: template.name)] = template
        }
    }

    package mutating func remove(_ object: SchedulingObject) {
        switch object {
        case .namespace(let name, _): namespaceLabels[name] = nil
        case .volumeClaim(let claim): claims[ClaimName(namespace: claim.namespace, name: claim.name)] = nil
        case .volume(let volume): volumes[volume.name] = nil
        case .storageClass(let storageClass): classes[storageClass.name] = nil
        case .daemonSet(let set): daemonSets[set.uid] = nil
        case .provisioningRequest(let request): provisioningRequests[request.uid] = nil
        case .podTemplate(let template):
            podTemplates[PodID(namespace: template.namespace, name: template.name)] = nil
        }
    }

    /// All claims with the nodes that reach their volumes, sorted by namespace and name.
    package var volumeClaims: [VolumeClaim] {
        claims.values.sorted { ($0.namespace, $0.name) < ($1.namespace, $1.name) }.map(reach)
    }

    /// The claims that some pods use, sorted by namespace and name; those that are not known are left out.
    package func volumeClaims(of pods: some Sequence<Pod>) -> [VolumeClaim] {
        var names: Set<ClaimName> = []
        for pod in pods {
            for claim in pod.volumeClaims { names.insert(ClaimName(namespace: pod.id.namespace, name: claim)) }
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
