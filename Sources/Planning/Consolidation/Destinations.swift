import Model

/// The hosts that may take in pods of nodes that go, with what is left on them.
struct Destinations {
    /// How many hosts planning is given at most where no pod minds its neighbours.
    static let hostLimit = 64

    /// Sorted by name; those that go are taken out.
    private var hosts: [PlanInput.Host] = []
    private var indices: [String: Int] = [:]
    private var free = Resources()
    /// Whether some pod that stays wants to be apart from others: then every host matters.
    private let hasLoners: Bool

    init(_ input: ConsolidationInput) {
        hasLoners = input.surroundings.hosts.contains { $0.pods.contains { !$0.podAntiAffinity.isEmpty } }
        let standing = Dictionary(input.nodes.map { ($0.name, $0) }) { first, _ in first }
        for host in input.isBusy ? [] : input.surroundings.hosts {
            if let node = standing[host.name] {
                // An empty node goes itself; one that is held waits for others.
                guard !node.isDisrupted, node.isReady, node.heldBecause == nil, !node.residents.isEmpty,
                    node.replacedBecause == nil
                else {
                    continue
                }
            } else if host.labels[Label.pool] != nil {
                // Still booting: someone waits for it.
                continue
            }
            guard host.reservedFor == nil else { continue }
            hosts.append(host)
            free += Self.positive(host.free)
        }
        hosts.sort { $0.name < $1.name }
        index()
    }

    private static func positive(_ resources: Resources) -> Resources {
        Resources(resources.amounts.filter { $0.value > .zero })
    }

    mutating func remove(_ names: Set<String>) {
        for host in hosts where names.contains(host.name) { free -= Self.positive(host.free) }
        hosts.removeAll { names.contains($0.name) }
        index()
    }

    private mutating func index() {
        indices = Dictionary(uniqueKeysWithValues: hosts.enumerated().map { ($1.name, $0) })
    }

    mutating func place(_ pod: Pod, on name: String) {
        guard let index = indices[name] else { return }
        hosts[index].free -= pod.requests
        hosts[index].pods.append(pod)
        free -= pod.requests
    }

    /// A cheap look before planning is asked: whether the free room of all others together would do, and the node's
    /// largest pods each fit somewhere, one after the other.
    func mayTake(_ candidate: RemovableNode) -> Bool {
        let own = indices[candidate.node.name].map { Self.positive(hosts[$0].free) } ?? Resources()
        guard candidate.need.fits(in: free - own) else { return false }
        let pods = candidate.node.residents.map(\.pod).sorted { Self.isLarger($0, $1) }
        var left: [String: Resources] = [:]
        for pod in pods {
            let place = hosts.first { host in
                host.name != candidate.node.name && pod.requests.fits(in: left[host.name] ?? host.free)
                    && pod.accepts(labels: host.labels, taints: host.taints)
            }
            guard let place else { return false }
            left[place.name] = (left[place.name] ?? place.free) - pod.requests
        }
        return true
    }

    private static func isLarger(_ left: Pod, _ right: Pod) -> Bool {
        let (a, b) = (left.requests, right.requests)
        if a.accelerators != b.accelerators { return a.accelerators > b.accelerators }
        if a[Resources.cpu] != b[Resources.cpu] { return a[Resources.cpu] > b[Resources.cpu] }
        return left.id < right.id
    }

    /// Hosts for planning to choose from. Where nobody minds neighbours only those with room for one of the pods, and
    /// of many the fullest.
    func hosts(for pods: [Pod], without names: Set<String>, keepsAll: Bool) -> [PlanInput.Host] {
        let rest = hosts.filter { !names.contains($0.name) }
        let mindNeighbours = pods.contains {
            !$0.topologySpread.isEmpty || !$0.podAffinity.isEmpty || !$0.podAntiAffinity.isEmpty
        }
        guard rest.count > Self.hostLimit, !mindNeighbours, !hasLoners, !keepsAll else { return rest }
        var kinds: [Pod] = []
        for pod in pods where !kinds.contains(where: { Self.isAlike($0, pod) }) { kinds.append(pod) }
        let roomy = rest.filter { host in
            kinds.contains { $0.requests.fits(in: host.free) && $0.accepts(labels: host.labels, taints: host.taints) }
        }
        guard roomy.count > Self.hostLimit else { return roomy }
        let sorted = roomy.sorted { left, right in
            let (a, b) = (left.free, right.free)
            if a.accelerators != b.accelerators { return a.accelerators < b.accelerators }
            if a[Resources.cpu] != b[Resources.cpu] { return a[Resources.cpu] < b[Resources.cpu] }
            return left.name < right.name
        }
        return Array(sorted.prefix(Self.hostLimit))
    }

    private static func isAlike(_ left: Pod, _ right: Pod) -> Bool {
        left.requests == right.requests && left.nodeSelector == right.nodeSelector
            && left.nodeAffinity == right.nodeAffinity && left.tolerations == right.tolerations
    }
}
