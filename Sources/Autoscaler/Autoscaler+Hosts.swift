import Model

/// What planning is told of the cluster that stands: nodes and who stays on them, daemons, namespaces.
extension Autoscaler {
    /// Nodes that stand or boot, with who stays on them and what is free once leaving pods have left and daemons have
    /// come.
    ///
    /// Nodes that take no new pods are among them, full: the scheduler counts who runs there when it spreads pods, or
    /// keeps them apart.
    func hosts(daemons: [Pod]) -> [PlanInput.Host] {
        var result: [PlanInput.Host] = []
        var claimed: Set<String> = []
        let awaited = awaitedDaemons()
        let booked = bookedPods()
        for claim in liveClaims {
            let node = node(of: claim)
            if let node { claimed.insert(node.name) }
            guard claim.phase == .launching || claim.phase == .booting || claim.phase == .initialised,
                node?.isUnschedulable != true
            else {
                if let node, claim.reclaimAt == nil { result += closed(node, always: false) }
                continue
            }
            let isInitialised = claim.phase == .initialised
            let known = isInitialised ? node : nil
            var host = PlanInput.Host(
                name: node?.name ?? claim.id.value,
                labels: known?.labels ?? expectedLabels(of: claim, node),
                taints: known.map { $0.taints.filter { !isOfStart($0) } } ?? claim.shape.taints,
                free: known?.allocatable ?? claim.shape.allocatable,
                reservedFor: claim.gang.flatMap { isReserved(for: $0) ? $0 : nil }
            )
            settle(booked[host.name] ?? [], on: &host)
            settle(node.map { stayingPods(on: $0.name) } ?? [], on: &host)
            // A daemon that does not tolerate our starting taint comes when it is gone.
            let isOpen = isInitialised && node?.taints.contains { $0.key == Taint.starting.key } == false
            settle(isOpen ? awaited[host.name] ?? [] : daemons.filter { $0.accepts(host) }, asDaemonsOn: &host)
            result.append(host)
        }
        for node in cluster.nodes.values.sorted(by: { $0.name < $1.name }) where !claimed.contains(node.name) {
            let isOthers = node.labels[Label.pool] == nil
            guard node.isReady, !node.isUnschedulable, isOthers else {
                result += closed(node, always: isOthers)
                continue
            }
            var host = PlanInput.Host(
                name: node.name,
                labels: node.labels,
                taints: node.taints,
                free: node.allocatable
            )
            settle(booked[host.name] ?? [], on: &host)
            settle(stayingPods(on: node.name), on: &host)
            settle(awaited[host.name] ?? [], asDaemonsOn: &host)
            result.append(host)
        }
        return result
    }

    /// A node that takes no new pods. One of ours goes as soon as nobody stays on it.
    private func closed(_ node: Node, always: Bool) -> [PlanInput.Host] {
        let pods = stayingPods(on: node.name)
        guard always || pods.contains(where: { !$0.isNodeBound }) else { return [] }
        let unschedulable = Taint(key: "node.kubernetes.io/unschedulable", effect: .noSchedule)
        let taints = node.taints.contains(unschedulable) ? node.taints : node.taints + [unschedulable]
        return [PlanInput.Host(name: node.name, labels: node.labels, taints: taints, free: Resources(), pods: pods)]
    }

    /// The labels that a node will have once it is initialised: the cloud provider writes some a while after it registered.
    private func expectedLabels(of claim: Claim, _ node: Node?) -> [String: String] {
        let promised = claim.shape.nodeLabels(pool: claim.pool, offering: claim.offering)
        return [Label.hostname: node?.name ?? claim.id.value]
            .merging(promised) { $1 }
            .merging(node?.labels ?? [:]) { $1 }
    }

    private func stayingPods(on node: String) -> [Pod] {
        let pods = cluster.pods(on: node)
        return pods.contains(where: isLeaving) ? pods.filter { !isLeaving($0) } : pods
    }

    private func settle(_ pods: [Pod], on host: inout PlanInput.Host) {
        var used = Resources()
        for pod in pods { used += pod.requests }
        host.free -= used
        host.pods += pods
    }

    /// Counts in the daemons that are still to come, once for each set.
    private func settle(_ daemons: [Pod], asDaemonsOn host: inout PlanInput.Host) {
        let present = Set(host.pods.compactMap { $0.isNodeBound ? $0.owner?.uid : nil })
        let coming = daemons.filter { !present.contains($0.owner?.uid ?? "") }.map { daemon in
            var pod = daemon
            pod.id.name += "-\(host.name)"
            pod.uid += "-\(host.name)"
            pod.nodeName = host.name
            return pod
        }
        settle(coming, on: &host)
    }

    /// Daemons that were made for a node and are not bound to it yet, by node.
    private func awaitedDaemons() -> [String: [Pod]] {
        var result: [String: [Pod]] = [:]
        for pod in cluster.waitingPods where pod.isNodeBound && !isLeaving(pod) {
            if let node = pod.destination { result[node, default: []].append(pod) }
        }
        return result
    }

    /// One pod of each daemon set, sorted: as the set says, or, where sets cannot be read, as its youngest pod does,
    /// without what ties that to its node.
    func daemonTemplates() -> [Pod] {
        var templates = cluster.objects.daemonSets.mapValues(\.template)
        for (set, pods) in cluster.daemonPods where templates[set] == nil {
            let youngest = pods.filter { $0.deletedAt == nil && !$0.isFinished }
                .max { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
            if let youngest { templates[set] = youngest.detached }
        }
        return templates.sorted { ($0.value.id.namespace, $0.key) < ($1.value.id.namespace, $1.key) }.map(\.value)
    }

    /// The labels of all namespaces. Where they cannot be read, those with pods have at least the label that every
    /// namespace has.
    var namespaceLabels: [String: [String: String]] {
        guard cluster.objects.namespaceLabels.isEmpty else { return cluster.objects.namespaceLabels }
        var result: [String: [String: String]] = [:]
        for id in cluster.pods.keys where result[id.namespace] == nil {
            result[id.namespace] = ["kubernetes.io/metadata.name": id.namespace]
        }
        return result
    }
}

extension Pod {
    fileprivate func accepts(_ host: PlanInput.Host) -> Bool { accepts(labels: host.labels, taints: host.taints) }

    /// The node that the daemon set controller made it for: it writes the name into the required affinity, in place of
    /// whatever stood there.
    fileprivate var destination: String? {
        nodeAffinity.lazy.flatMap(\.requirements).first { $0.isHostname && $0.values.count == 1 }?.values.first
    }

    /// The pod as it could run on any node, new or old.
    var detached: Pod {
        var result = Pod(id: id, uid: uid, createdAt: createdAt)
        result.owner = owner
        result.labels = labels
        result.requests = requests
        result.nodeSelector = nodeSelector
        let terms = nodeAffinity.map { NodeSelectorTerm(requirements: $0.requirements.filter { !$0.isHostname }) }
        // A term that held nothing but the node is met everywhere, and terms are alternatives.
        result.nodeAffinity = terms.contains { $0.requirements.isEmpty } ? [] : terms
        result.tolerations = tolerations
        result.topologySpread = topologySpread
        result.podAffinity = podAffinity
        result.podAntiAffinity = podAntiAffinity
        result.preferences = preferences
        result.hostPorts = hostPorts
        result.volumeClaims = volumeClaims
        result.priority = priority
        result.isNodeBound = true
        return result
    }
}

extension NodeSelectorRequirement {
    fileprivate var isHostname: Bool { key == Label.hostname && `operator` == .isIn }
}
