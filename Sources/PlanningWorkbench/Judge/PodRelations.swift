import Model

/// What pods ask of each other, counted while they are bound.
struct PodRelations {
    private struct DomainKey: Hashable {
        var kind: Int
        var key: String
    }

    private let namespaceLabels: [String: [String: String]]
    private var spreads: [SpreadRule] = []
    private var spreadIndexes: [SpreadRule.Key: Int] = [:]
    private var affinities: [AffinityRule] = []
    private var affinityIndexes: [[PodAffinityTerm]: Int] = [:]
    private var antiAffinities: [AntiAffinityRule] = []
    private var antiAffinityIndexes: [PodAffinityTerm: Int] = [:]
    private var possibleDomains: [DomainKey: Set<String>] = [:]
    /// Which rules speak of a kind; filled when first asked for, which is after all are registered.
    private var spoken: [Int: Spoken] = [:]

    private struct Spoken {
        var spreads: [Int]
        var affinities: [Int]
        var antiAffinities: [Int]
    }

    init(namespaceLabels: [String: [String: String]]) {
        self.namespaceLabels = namespaceLabels
    }

    // MARK: Before the first pod is bound

    mutating func register(_ kind: inout PodKind) {
        let pod = kind.pod
        kind.spreads = pod.topologySpread.filter(\.isRequired).map { ($0, spread($0, of: pod)) }
        if !pod.podAffinity.isEmpty { kind.affinity = affinity(pod.podAffinity) }
        kind.antiAffinity = pod.podAntiAffinity.map { antiAffinity($0) }
    }

    private mutating func spread(_ constraint: TopologySpreadConstraint, of pod: Pod) -> Int {
        let rule = SpreadRule(constraint, of: pod)
        if let known = spreadIndexes[rule.key] { return known }
        spreadIndexes[rule.key] = spreads.count
        spreads.append(rule)
        return spreads.count - 1
    }

    private mutating func affinity(_ terms: [PodAffinityTerm]) -> Int {
        if let known = affinityIndexes[terms] { return known }
        affinityIndexes[terms] = affinities.count
        affinities.append(AffinityRule(terms))
        return affinities.count - 1
    }

    private mutating func antiAffinity(_ term: PodAffinityTerm) -> Int {
        if let known = antiAffinityIndexes[term] { return known }
        antiAffinityIndexes[term] = antiAffinities.count
        antiAffinities.append(AntiAffinityRule(term: term))
        return antiAffinities.count - 1
    }

    mutating func addDomains(of nodes: [JudgedNode], _ classes: [NodeClass]) {
        for index in spreads.indices where spreads[index].key.topologyKey != Label.hostname {
            var seen: Set<Int> = []
            for node in nodes where seen.insert(node.classIndex).inserted {
                let nodeClass = classes[node.classIndex]
                guard spreads[index].includes(nodeClass, node.classIndex),
                    let domain = nodeClass.domain(spreads[index].key.topologyKey, of: node)
                else { continue }
                spreads[index].domains.insert(domain)
            }
        }
    }

    /// Whether nodes of a class count for a rule.
    mutating func includes(_ nodeClass: NodeClass, _ index: Int, in rule: Int) -> Bool {
        spreads[rule].includes(nodeClass, index)
    }

    func hasPossibleDomain(_ kind: Int, _ key: String, _ domain: String) -> Bool {
        possibleDomains[DomainKey(kind: kind, key: key)]?.contains(domain) ?? false
    }

    mutating func addPossibleDomain(_ kind: Int, _ key: String, _ domain: String) {
        possibleDomains[DomainKey(kind: kind, key: key), default: []].insert(domain)
    }

    // MARK: While pods are bound

    mutating func bind(_ kind: PodKind, _ index: Int, to node: JudgedNode, _ classes: [NodeClass]) {
        let nodeClass = classes[node.classIndex]
        let spoken = spoken(of: kind, index)
        for rule in spoken.spreads where spreads[rule].includes(nodeClass, node.classIndex) {
            guard let domain = nodeClass.domain(spreads[rule].key.topologyKey, of: node) else { continue }
            spreads[rule].counts[domain, default: 0] += 1
        }
        for rule in spoken.affinities {
            for (term, key) in affinities[rule].terms.map(\.topologyKey).enumerated() {
                guard let domain = nodeClass.domain(key, of: node) else { continue }
                affinities[rule].counts[term][domain, default: 0] += 1
            }
        }
        for rule in spoken.antiAffinities {
            guard let domain = nodeClass.domain(antiAffinities[rule].term.topologyKey, of: node) else { continue }
            antiAffinities[rule].matching[domain, default: 0] += 1
        }
        for rule in kind.antiAffinity {
            guard let domain = nodeClass.domain(antiAffinities[rule].term.topologyKey, of: node) else { continue }
            antiAffinities[rule].holding[domain, default: 0] += 1
        }
    }

    mutating func objections(
        to kind: PodKind,
        _ index: Int,
        on node: JudgedNode,
        _ classes: [NodeClass]
    ) -> [String] {
        let nodeClass = classes[node.classIndex]
        var found = kind.spreads.compactMap { objection(of: $0.constraint, $0.rule, kind, index, node, nodeClass) }
        if let rule = kind.affinity, let objection = objection(of: affinities[rule], kind, node, nodeClass) {
            found.append(objection)
        }
        for rule in kind.antiAffinity.map({ antiAffinities[$0] }) {
            guard let domain = nodeClass.domain(rule.term.topologyKey, of: node) else { continue }
            if rule.matching[domain, default: 0] > 0 {
                found.append("anti-affinity: a pod that it shuns runs in \(rule.term.topologyKey)=\(domain)")
            }
        }
        for rule in spoken(of: kind, index).antiAffinities.map({ antiAffinities[$0] }) {
            guard let domain = nodeClass.domain(rule.term.topologyKey, of: node) else { continue }
            if rule.holding[domain, default: 0] > 0 {
                found.append(
                    "another pod's anti-affinity: one that shuns it runs in \(rule.term.topologyKey)=\(domain)"
                )
            }
        }
        return found
    }

    /// Whether some pod's anti-affinity speaks of it.
    func isShunned(_ kind: PodKind) -> Bool {
        antiAffinities.contains {
            $0.term.selects(
                labels: kind.pod.labels,
                namespace: kind.pod.id.namespace,
                namespaceLabels: namespaceLabels
            )
        }
    }

    private mutating func spoken(of kind: PodKind, _ index: Int) -> Spoken {
        if let known = spoken[index] { return known }
        let pod = kind.pod
        let result = Spoken(
            spreads: spreads.indices.filter { spreads[$0].counts(pod) },
            affinities: affinities.indices.filter { affinities[$0].counts(pod, namespaceLabels) },
            antiAffinities: antiAffinities.indices.filter {
                antiAffinities[$0].term.selects(
                    labels: pod.labels,
                    namespace: pod.id.namespace,
                    namespaceLabels: namespaceLabels
                )
            }
        )
        spoken[index] = result
        return result
    }

    /// `matching pods there + itself if it matches - least of all domains <= maxSkew`.
    private func objection(
        of constraint: TopologySpreadConstraint,
        _ rule: Int,
        _ kind: PodKind,
        _ index: Int,
        _ node: JudgedNode,
        _ nodeClass: NodeClass
    ) -> String? {
        let key = constraint.topologyKey
        guard let here = nodeClass.domain(key, of: node) else { return "spread: the node has no label \(key)" }
        let counts = spreads[rule].counts
        let own = constraint.selector.matches(kind.pod.labels) ? 1 : 0
        let least = least(constraint, rule, index)
        let count = counts[here, default: 0]
        guard count + own - least > constraint.maxSkew else { return nil }
        return
            "spread over \(key): \(count) match in \(here), the least is \(least), skew \(constraint.maxSkew) is allowed"
    }

    private func least(_ constraint: TopologySpreadConstraint, _ rule: Int, _ index: Int) -> Int {
        // A new host can always be had.
        guard constraint.topologyKey != Label.hostname else { return 0 }
        let possible = possibleDomains[DomainKey(kind: index, key: constraint.topologyKey)] ?? []
        let domains = spreads[rule].domains.union(possible)
        guard domains.count >= constraint.minDomains else { return 0 }
        return domains.map { spreads[rule].counts[$0, default: 0] }.min() ?? 0
    }

    private func objection(
        of rule: AffinityRule,
        _ kind: PodKind,
        _ node: JudgedNode,
        _ nodeClass: NodeClass
    ) -> String? {
        var isMet = true
        for (term, counts) in zip(rule.terms, rule.counts) {
            guard let domain = nodeClass.domain(term.topologyKey, of: node) else {
                return "affinity: the node has no label \(term.topologyKey)"
            }
            if counts[domain, default: 0] == 0 { isMet = false }
        }
        if isMet || rule.isUnmet && rule.counts(kind.pod, namespaceLabels) { return nil }
        return "affinity: no pod that it wants runs in \(rule.terms.map(\.topologyKey).joined(separator: " and "))"
    }
}
