import Kubernetes
package import Model

/// What a watch of the world's cluster tells the core: changes since a version.
package struct ClusterFeed: Sendable {
    private var version: Int64?

    package init() {}

    /// Events since the last call; a fresh list the first time, and whenever the log does not reach back far enough.
    package mutating func events(from store: ObjectStore) -> [Event] {
        defer { version = store.resourceVersion }
        guard let version, let changes = try? store.changes(since: version) else { return Self.lists(store) }
        return changes.compactMap(Self.event)
    }

    private static func lists(_ store: ObjectStore) -> [Event] {
        let scheduling = ResourceKind.all.flatMap { kind in
            store.objects(kind).compactMap { SchedulingObject.read($0, as: kind) }
        }
        return [
            .clusterListed(
                pods: store.objects(.pods).compactMap { try? Pod(json: $0) },
                nodes: store.objects(.nodes).compactMap { try? Node(json: $0) },
                jobs: store.objects(.jobs).compactMap { try? Job(json: $0) }
            ),
            .schedulingObjectsListed(scheduling),
        ]
    }

    private static func event(_ change: Change) -> Event? {
        let isGone = change.type == .deleted
        if change.kind == .pods, let pod = try? Pod(json: change.object) {
            return isGone ? .podRemoved(pod) : .podChanged(pod)
        }
        if change.kind == .nodes, let node = try? Node(json: change.object) {
            return isGone ? .nodeRemoved(name: node.name) : .nodeChanged(node)
        }
        if change.kind == .jobs, let job = try? Job(json: change.object) {
            return isGone ? .jobRemoved(job) : .jobChanged(job)
        }
        if let object = SchedulingObject.read(change.object, as: change.kind) {
            return isGone ? .schedulingObjectRemoved(object) : .schedulingObjectChanged(object)
        }
        return nil
    }
}

extension SchedulingObject {
    /// An object of the store; nil when it cannot be read, or has no say in where pods run.
    static func read(_ json: JSON, as kind: ResourceKind) -> SchedulingObject? {
        switch kind {
        case .namespaces: try? namespace(json: json)
        case .persistentVolumeClaims: (try? PersistentVolumeClaim(json: json)).map { .volumeClaim($0) }
        case .persistentVolumes: (try? PersistentVolume(json: json)).map { .volume($0) }
        case .storageClasses: (try? StorageClass(json: json)).map { .storageClass($0) }
        case .daemonSets: (try? DaemonSet(json: json)).map { .daemonSet($0) }
        default: nil
        }
    }
}

extension ClusterModel {
    /// Carries out a node update as the API server would.
    package func update(_ update: NodeUpdate) {
        modify(.nodes, "", update.node) { node in
            if let unschedulable = update.unschedulable { node["spec"]["unschedulable"] = .bool(unschedulable) }
            var taints = node["spec"]["taints"].elements.filter { taint in
                !update.removeTaintKeys.contains(taint["key"].string ?? "")
            }
            for taint in update.addTaints where !taints.contains(where: { $0["key"].string == taint.key }) {
                taints.append([
                    "key": .string(taint.key), "value": .string(taint.value), "effect": .string(taint.effect.rawValue),
                ])
            }
            node["spec"]["taints"] = .array(taints)
            for (key, value) in update.addLabels { node["metadata"]["labels"][key] = .string(value) }
        }
        settle()
    }

    /// Carries out an unsuspension as the API server would.
    package func unsuspend(_ unsuspension: Unsuspension) -> UnsuspensionOutcome {
        defer { settle() }
        guard let json = store.find(.jobs, in: unsuspension.namespace, unsuspension.name),
            let job = try? Job(json: json), job.uid == unsuspension.uid
        else { return .gone }
        guard job.isSuspended else { return .accepted }
        guard job.template != nil else { return .refused }
        modify(.jobs, unsuspension.namespace, unsuspension.name) { $0["spec"]["suspend"] = .bool(false) }
        return .accepted
    }

    /// Carries out an eviction as the API server would.
    package func evict(_ eviction: Eviction) -> EvictionOutcome {
        let options = DeleteOptions(gracePeriodSeconds: eviction.graceSeconds, uid: eviction.uid)
        let pod = eviction.pod
        defer { settle() }
        do {
            if eviction.overridesBudget {
                try store.delete(.pods, in: pod.namespace, pod.name, options, now: now.milliseconds)
            } else {
                try store.evict(pod: pod.name, in: pod.namespace, options, now: now.milliseconds)
            }
            return .accepted
        } catch {
            switch error {
            case .notFound, .conflict: return .gone
            case .disruptionBudget(let message, _): return .blockedByBudget(message: message)
            default: return .failed(message: error.message)
            }
        }
    }
}
