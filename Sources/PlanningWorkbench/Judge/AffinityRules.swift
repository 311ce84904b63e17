import Model

/// The required pod affinity of a pod: only pods that match all its terms count, by each term's domains.
struct AffinityRule {
    let terms: [PodAffinityTerm]
    /// One for each term.
    var counts: [[String: Int]]

    init(_ terms: [PodAffinityTerm]) {
        self.terms = terms
        counts = Array(repeating: [:], count: terms.count)
    }

    /// Whether no pod anywhere matches: the first of its kind may then start where it likes.
    var isUnmet: Bool { counts.allSatisfy(\.isEmpty) }

    func counts(_ pod: Pod, _ namespaceLabels: [String: [String: String]]) -> Bool {
        terms.allSatisfy {
            $0.selects(labels: pod.labels, namespace: pod.id.namespace, namespaceLabels: namespaceLabels)
        }
    }
}

/// One required term of pod anti-affinity: it binds the pods that have it and, as long as one of them runs, the others.
struct AntiAffinityRule {
    let term: PodAffinityTerm
    /// Pods that the term speaks of, by domain.
    var matching: [String: Int] = [:]
    /// Pods that have the term, by domain.
    var holding: [String: Int] = [:]
}
