import Model

/// What pods have in common that make up one workload: the gang that they name, or else their owner, or they alone.
enum PodGroup: Hashable, Sendable {
    case gang(namespace: String, name: String)
    /// Pods that come for the capacity of a ProvisioningRequest.
    case request(namespace: String, name: String)
    /// Of the owner, or of the pod when it has none.
    case uid(String)

    init(_ pod: Pod) {
        if let request = pod.ownRequest {
            self = .request(namespace: pod.id.namespace, name: request)
        } else if let gang = pod.annotation(.gang), !gang.isEmpty {
            self = .gang(namespace: pod.id.namespace, name: gang)
        } else {
            self = .uid(pod.owner?.uid ?? pod.uid)
        }
    }

    init(_ workload: WorkloadID) {
        self =
            switch workload.kind {
            case "Gang": .gang(namespace: workload.namespace, name: workload.name)
            case WorkloadID.provisioningRequest: .request(namespace: workload.namespace, name: workload.name)
            default: .uid(workload.uid)
            }
    }
}

/// Pods by what is asked of them every tick. Kept up with each change, so that a tick costs what it is about and not
/// what the cluster holds.
struct PodIndex: Sendable {
    /// Those that hold a share of their node, by node, each list sorted by id.
    private(set) var occupants: [String: [Pod]] = [:]
    /// Those that wait for capacity, sorted.
    private(set) var waiting: [PodID] = []
    /// Those that hold a share of their node and were told to go.
    private(set) var leaving: Set<PodID> = []
    /// Each list sorted. Without those that come and go with their node.
    private(set) var members: [PodGroup: [PodID]] = [:]
    /// Those of daemon sets, by the set's uid, each list sorted.
    private(set) var daemons: [String: [PodID]] = [:]

    init() {}

    /// - Parameter pods: in any order, no two of one id.
    init(_ pods: some Sequence<Pod>) {
        // In order, every list grows at its end.
        for pod in pods.sorted(by: { $0.id < $1.id }) { replace(nil, by: pod) }
    }

    /// Takes in a change.
    ///
    /// - Parameters:
    ///   - old: what was known of a pod; nil when it is new.
    ///   - new: what is known now, of the same id; nil when it is gone.
    mutating func replace(_ old: Pod?, by new: Pod?) {
        replaceOnNode(old, by: new)
        guard let id = (new ?? old)?.id else { return }
        let waits = new?.isWaiting ?? false
        if waits != old?.isWaiting ?? false { Self.set(id, present: waits, in: &waiting) }
        if let new, new.occupiesNode, new.deletedAt != nil { leaving.insert(id) } else { leaving.remove(id) }
        Self.move(id, from: old.flatMap(Self.group), to: new.flatMap(Self.group), in: &members)
        Self.move(id, from: old.flatMap(Self.daemonSet), to: new.flatMap(Self.daemonSet), in: &daemons)
    }

    private mutating func replaceOnNode(_ old: Pod?, by new: Pod?) {
        let before = old.flatMap { $0.occupiesNode ? $0.nodeName : nil }
        let after = new.flatMap { $0.occupiesNode ? $0.nodeName : nil }
        if let before, let old, before != after {
            let place = Self.place(of: old.id, in: occupants[before] ?? [], \.id)
            occupants[before]?.remove(at: place)
            if occupants[before]?.isEmpty ?? false { occupants[before] = nil }
        }
        guard let after, let new else { return }
        let place = Self.place(of: new.id, in: occupants[after] ?? [], \.id)
        if before == after {
            occupants[after]?[place] = new
        } else {
            occupants[after, default: []].insert(new, at: place)
        }
    }

    private static func group(of pod: Pod) -> PodGroup? { pod.isNodeBound ? nil : PodGroup(pod) }

    private static func daemonSet(of pod: Pod) -> String? {
        pod.owner.flatMap { $0.kind == "DaemonSet" ? $0.uid : nil }
    }

    private static func move<Key: Hashable>(
        _ id: PodID,
        from before: Key?,
        to after: Key?,
        in lists: inout [Key: [PodID]]
    ) {
        guard before != after else { return }
        if let before {
            set(id, present: false, in: &lists[before, default: []])
            if lists[before]?.isEmpty ?? false { lists[before] = nil }
        }
        if let after { set(id, present: true, in: &lists[after, default: []]) }
    }

    private static func set(_ id: PodID, present: Bool, in list: inout [PodID]) {
        let place = place(of: id, in: list, \.self)
        if present { list.insert(id, at: place) } else { list.remove(at: place) }
    }

    /// Where an id stands in a sorted list, or would.
    private static func place<Element>(of id: PodID, in list: [Element], _ key: (Element) -> PodID) -> Int {
        if let last = list.last, key(last) < id { return list.count }
        var low = 0
        var high = list.count
        while low < high {
            let middle = (low + high) / 2
            if key(list[middle]) < id { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
