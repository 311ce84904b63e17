import Model

/// Where a pod may run, apart from its size. Many pods share one, so that it is matched once for all of them.
struct Constraints: Hashable {
    var namespace: String
    var nodeSelector: [String: String]
    var nodeAffinity: [NodeSelectorTerm]
    var tolerations: [Toleration]
    var capacityTypes: [CapacityType]

    init(_ pod: Pod, capacityTypes: [CapacityType]) {
        namespace = pod.id.namespace
        nodeSelector = pod.nodeSelector
        nodeAffinity = pod.nodeAffinity
        tolerations = pod.tolerations
        self.capacityTypes = capacityTypes
    }

    /// The constraint of a pod that keeps it off a node with these labels and taints, in words; nil when none does.
    static func refusal(of pod: Pod, labels: [String: String], taints: [Taint]) -> String? {
        guard !pod.accepts(labels: labels, taints: taints) else { return nil }
        for (key, value) in pod.nodeSelector.sorted(by: { $0.key < $1.key }) where labels[key] != value {
            return excluded(key, labels: labels, by: "node selector")
        }
        let failing = pod.nodeAffinity.map { term in
            Set(term.requirements.filter { !$0.matches(labels) }.map(\.key))
        }
        if !failing.isEmpty, !failing.contains(where: \.isEmpty) {
            // The term that comes closest is the one its owner most likely meant.
            let closest = failing.map { $0.sorted() }.min { ($0.count, $0.joined()) < ($1.count, $1.joined()) } ?? []
            guard closest.count == 1, let key = closest.first else { return "required node affinity not met" }
            return excluded(key, labels: labels, by: "required node affinity")
        }
        let untolerated = taints.filter { taint in
            taint.effect != .preferNoSchedule && !pod.tolerations.contains { $0.tolerates(taint) }
        }
        let texts = untolerated.map { taint in
            "untolerated taint \(taint.key)\(taint.value.isEmpty ? "" : "=\(taint.value)"):\(taint.effect.rawValue)"
        }
        return texts.min() ?? "required node affinity not met"
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
