import Model

/// The cluster as it was last seen. Never durable: a restart lists it afresh.
struct ClusterView: Sendable {
    private(set) var pods: [PodID: Pod] = [:]
    private var index = PodIndex()
    var nodes: [String: Node] = [:]
    private(set) var jobs = JobIndex()
    /// Namespaces, volumes, daemon sets, JobSets and the like.
    private(set) var objects = SchedulingObjects()
    /// Uids of what workloads stand on that was removed, until they have been looked through for it.
    var removedOwners: Set<String> = []
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
        // Without a second list of them: they may be many.
        var byID = [PodID: Pod](minimumCapacity: pods.count)
        for pod in pods { byID[pod.id] = pod }
        self.pods = byID
        index = PodIndex(self.pods.values)
        self.nodes = [:]
        nodeOfInstance = [:]
        for node in nodes { put(node) }
        let before = Set(self.jobs.byUID.keys)
        self.jobs = JobIndex(jobs)
        removedOwners.formUnion(before.subtracting(self.jobs.byUID.keys))
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

    mutating func put(_ job: Job) { jobs.put(job) }

    mutating func remove(_ job: Job) {
        jobs.remove(job.uid)
        removedOwners.insert(job.uid)
    }

    mutating func replace(_ objects: [SchedulingObject]) {
        let before = Set(self.objects.workloads.keys)
        self.objects = SchedulingObjects(objects)
        removedOwners.formUnion(before.subtracting(self.objects.workloads.keys))
    }

    mutating func put(_ object: SchedulingObject) { objects.put(object) }

    mutating func remove(_ object: SchedulingObject) {
        objects.remove(object)
        guard case .workload(let workload) = object else { return }
        removedOwners.insert(workload.uid)
        jobs.forgetChildren(of: workload.uid)
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
    func pods(of group: MemberKey) -> [Pod] { (index.members[group] ?? []).compactMap { pods[$0] } }

    /// Pods that may be of a workload, sorted, finished or not: those of what it is, and of the Jobs that it made.
    func candidates(of workload: WorkloadID) -> [Pod] {
        let own = pods(of: MemberKey(workload))
        let children = jobs.childUIDs(of: workload.uid)
        guard !children.isEmpty else { return own }
        return (own + children.flatMap { pods(of: .uid($0)) }).sorted { $0.id < $1.id }
    }

    /// Pods of daemon sets, by the set's uid.
    var daemonPods: [String: [Pod]] { index.daemons.mapValues { $0.compactMap { pods[$0] } } }
}
