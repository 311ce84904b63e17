import Model

/// The cluster as it was last seen. Never durable: a restart lists it afresh.
struct ClusterView: Sendable {
    private(set) var pods: [PodID: Pod] = [:]
    private var index = PodIndex()
    var nodes: [String: Node] = [:]
    var jobs: [String: Job] = [:]
    /// Namespaces, volumes and daemon sets.
    var objects = SchedulingObjects()
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
        index = PodIndex(self.pods.values)
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
        index.replace(pods.updateValue(pod, forKey: pod.id), by: pod)
    }

    mutating func remove(_ pod: Pod) {
        departed.append(pod)
        guard pods[pod.id]?.uid == pod.uid else { return }
        index.replace(pods.removeValue(forKey: pod.id), by: nil)
    }

    mutating func put(_ node: Node) {
        nodes[node.name] = node
        if let instance = node.instanceID { nodeOfInstance[instance] = node.name }
    }

    mutating func removeNode(_ name: String) {
        guard let node = nodes.removeValue(forKey: name) else { return }
        if let instance = node.instanceID, nodeOfInstance[instance] == name { nodeOfInstance[instance] = nil }
    }

    /// Pods that hold a share of a node, sorted; those that come and go with it as well.
    func pods(on node: String) -> [Pod] { index.occupants[node] ?? [] }

    /// Pods that wait for capacity, sorted; those that come and go with a node as well.
    var waitingPods: [Pod] { index.waiting.compactMap { pods[$0] } }

    /// Pods that hold a share of their node and were told to go, in no order.
    var leavingPods: [Pod] { index.leaving.compactMap { pods[$0] } }

    /// Pods of a group, sorted, finished or not.
    func pods(of group: PodGroup) -> [Pod] { (index.members[group] ?? []).compactMap { pods[$0] } }

    /// Pods of daemon sets, by the set's uid.
    var daemonPods: [String: [Pod]] { index.daemons.mapValues { $0.compactMap { pods[$0] } } }
}
