import Model

/// Where a pod may run, apart from its size and its neighbours. Many pods share one, so that it is matched once for all
/// of them.
struct Station: Hashable {
    var namespace: String
    var nodeSelector: [String: String]
    var nodeAffinity: [NodeSelectorTerm]
    var tolerations: [Toleration]
    var capacityTypes: [CapacityType]
    /// Of each volume, the alternatives from which it can be reached, and what to call it.
    var volumes: [VolumeClaim]
    /// What it would like of its node.
    var preferences: [SchedulingPreference]
    /// Reservations that end before its work is done, by their ids.
    var outlived: Set<String>
    /// Offerings that policy keeps it off.
    var avoided: Set<Offering>

    /// - Parameters:
    ///   - pod: Whose wishes these are.
    ///   - capacityTypes: What policy allows it, the preferred first.
    ///   - volumes: The claims it mounts, as far as they are known.
    ///   - outlived: Reservations that end before its work is done.
    ///   - avoided: Offerings that policy keeps it off.
    init(
        _ pod: Pod,
        capacityTypes: [CapacityType],
        volumes: [VolumeClaim],
        outlived: Set<String> = [],
        avoided: Set<Offering> = []
    ) {
        namespace = pod.id.namespace
        nodeSelector = pod.nodeSelector
        nodeAffinity = pod.nodeAffinity
        tolerations = pod.tolerations
        self.capacityTypes = capacityTypes
        self.volumes = volumes
        preferences = pod.preferences.isEmpty ? [] : pod.preferences.filter(\.isOfNodes)
        self.outlived = outlived
        self.avoided = avoided
    }

    func outlives(_ reservation: Reservation?) -> Bool {
        guard !outlived.isEmpty, let reservation else { return false }
        return outlived.contains(reservation.id)
    }

    /// The rank of a capacity type in the order of preference; it decides only when costs are equal.
    func rank(of type: CapacityType) -> Int {
        capacityTypes.firstIndex(of: type) ?? capacityTypes.count
    }

    func accepts(labels: [String: String], taints: [Taint]) -> Bool {
        acceptsLabels(labels) && untolerated(taints).isEmpty
    }

    /// Whether selector, required affinity and volumes let a pod run where these labels are.
    func acceptsLabels(_ labels: [String: String]) -> Bool {
        acceptsOwnLabels(labels)
            && volumes.allSatisfy { claim in
                claim.reachableFrom.isEmpty || claim.reachableFrom.contains { $0.matches(labels) }
            }
    }

    /// The same without volumes, which do not count when pods are to be spread.
    func acceptsOwnLabels(_ labels: [String: String]) -> Bool {
        nodeSelector.allSatisfy { labels[$0.key] == $0.value }
            && (nodeAffinity.isEmpty || nodeAffinity.contains { $0.matches(labels) })
    }

    func untolerated(_ taints: [Taint]) -> [Taint] {
        taints.isEmpty
            ? []
            : taints.filter { taint in
                taint.effect != .preferNoSchedule && !tolerations.contains { $0.tolerates(taint) }
            }
    }

    /// How much dearer a node counts because of wishes that it leaves open: the law of a preference is its price.
    func reluctance(labels: [String: String], taints: [Taint]) -> Double {
        var weight = 0
        for preference in preferences {
            guard case .node(let term) = preference.term else { continue }
            if term.matches(labels) == (preference.weight < 0) { weight += abs(preference.weight) }
        }
        let avoided = taints.count { taint in
            taint.effect == .preferNoSchedule && !tolerations.contains { $0.tolerates(taint) }
        }
        return Double(weight + 100 * avoided) * Self.reluctancePerWeight
    }

    /// An unmet preference of weight 100 counts like a price that is 5% higher.
    static let reluctancePerWeight = 0.0005

    /// The constraint that keeps a pod off a node with these labels and taints, in words; nil when none does.
    func refusal(labels: [String: String], taints: [Taint]) -> String? {
        for (key, value) in nodeSelector.sorted(by: { $0.key < $1.key }) where labels[key] != value {
            return Self.excluded(key, labels: labels, by: "node selector")
        }
        if let text = Self.closest(nodeAffinity, labels, by: "required node affinity") { return text }
        for claim in volumes {
            let name = "volume \(claim.volume ?? claim.name)"
            if let text = Self.closest(claim.reachableFrom, labels, by: name) { return text }
        }
        return untolerated(taints).map { taint in
            "untolerated taint \(taint.key)\(taint.value.isEmpty ? "" : "=\(taint.value)"):\(taint.effect.rawValue)"
        }.min()
    }

    /// Why none of the alternatives holds; the one that comes closest is the one its owner most likely meant.
    private static func closest(
        _ terms: [NodeSelectorTerm],
        _ labels: [String: String],
        by constraint: String
    ) -> String? {
        guard !terms.isEmpty, !terms.contains(where: { $0.matches(labels) }) else { return nil }
        let failing = terms.map { Set($0.requirements.filter { !$0.matches(labels) }.map(\.key)).sorted() }
        let closest = failing.min { ($0.count, $0.joined()) < ($1.count, $1.joined()) } ?? []
        guard closest.count == 1, let key = closest.first else { return "\(constraint) not met" }
        return excluded(key, labels: labels, by: constraint)
    }

    private static func excluded(_ key: String, labels: [String: String], by constraint: String) -> String {
        guard let value = labels[key] else { return "label \(key) missing for \(constraint)" }
        return switch key {
        case Label.zone: "zone \(value) excluded by \(constraint)"
        case Label.accelerator: "accelerator \(value) excluded by \(constraint)"
        case Label.instanceType: "instance type \(value) excluded by \(constraint)"
        case Label.capacityType: "capacity type \(value) excluded by \(constraint)"
        default: "label \(key)=\(value) excluded by \(constraint)"
        }
    }
}

extension SchedulingPreference {
    var isOfNodes: Bool {
        if case .node = term { true } else { false }
    }
}
