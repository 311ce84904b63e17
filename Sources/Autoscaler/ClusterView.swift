import Model

/// The cluster as it was last seen. Never durable: a restart lists it afresh.
struct ClusterView: Sendable {
    var pods: [PodID: Pod] = [:]
    var nodes: [String: Node] = [:]
    var jobs: [String: Job] = [:]
    /// Uids of jobs that were removed, until workloads have been looked through for it.
    var removedJobs: Set<String> = []
    /// False before the first list and while the watch is broken.
    var isSynced = false
    var observedAt: Timestamp?
    /// Pods that vanished, or ended, since the last step, with the last that was seen of them.
    var departed: [Pod] = []
    /// Node names by instance.
    var nodeOfInstance: [InstanceID: String] = [:]

    mutating func replace(pods: [Pod], nodes: [Node], jobs: [Job], at now: Timestamp) {
        let present = Set(pods.map(\.uid))
        departed += self.pods.values.filter { !present.contains($0.uid) }.sorted { $0.id < $1.id }
        self.pods = Dictionary(pods.map { ($0.id, $0) }) { _, last in last }
        self.nodes = [:]
        nodeOfInstance = [:]
        for node in nodes { put(node) }
        let before = Set(self.jobs.keys)
        self.jobs = Dictionary(jobs.map { ($0.uid, $0) }) { _, last in last }
        removedJobs.formUnion(before.subtracting(self.jobs.keys))
        isSynced = true
        observedAt = now
    }

    mutating func put(_ pod: Pod) {
        if let before = pods[pod.id], before.uid != pod.uid { departed.append(before) }
        pods[pod.id] = pod
    }

    mutating func remove(_ pod: Pod) {
        departed.append(pod)
        if pods[pod.id]?.uid == pod.uid { pods[pod.id] = nil }
    }

    mutating func put(_ node: Node) {
        nodes[node.name] = node
        if let instance = node.instanceID { nodeOfInstance[instance] = node.name }
    }

    mutating func removeNode(_ name: String) {
        guard let node = nodes.removeValue(forKey: name) else { return }
        if let instance = node.instanceID, nodeOfInstance[instance] == name { nodeOfInstance[instance] = nil }
    }

    /// Pods that hold a share of their node, by node, each list sorted; those that come and go with the node apart.
    func podsByNode() -> [String: [Pod]] {
        var result: [String: [Pod]] = [:]
        for pod in pods.values where pod.occupiesNode {
            guard let node = pod.nodeName else { continue }
            result[node, default: []].append(pod)
        }
        return result.mapValues { $0.sorted { $0.id < $1.id } }
    }
}
