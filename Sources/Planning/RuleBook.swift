import Model

/// Collects what all pods ask of their neighbours and compiles it.
struct RuleBook {
    /// What is counted.
    private enum Tally: Hashable {
        /// Pods of a selection, in the domains of a topology key.
        case pods(selection: Int, key: String)
        /// Pods that shun a selection, in the domains of a topology key.
        case shunning(selection: Int, key: String)
        /// Pods that take a port on any of the node's addresses, on all of them, or on one.
        case port(proto: String, port: Int)
        case portOnAll(proto: String, port: Int)
        case portOn(proto: String, port: Int, address: String)
    }

    private struct Pair: Hashable {
        var key: String
        var value: String
    }

    private var selections = Interner<Selection>()
    private var hostTallies = Interner<Tally>()
    private var wideTallies = Interner<Tally>()
    /// Topology keys other than the hostname that a rule speaks of, and of each wide tally which one.
    private(set) var wideKeys = Interner<String>()
    private(set) var keyOfWideTally: [Int] = []
    private let namespaceLabels: [String: [String: String]]

    /// Selections that a label picks out, and those that have to be tried one by one.
    private var selectionsByLabel: [Pair: [Int]] = [:]
    private var otherSelections: [Int] = []

    init(namespaceLabels: [String: [String: String]]) {
        self.namespaceLabels = namespaceLabels
    }

    var isEmpty: Bool { hostTallies.count == 0 && wideTallies.count == 0 }
    var hostTallyCount: Int { hostTallies.count }

    // MARK: - Collecting

    /// Takes note of everything that a pod's rules speak of.
    mutating func learn(_ manners: Manners) {
        for constraint in manners.spread {
            learn(Selection(constraint, namespace: manners.namespace), constraint.topologyKey, isShunned: false)
        }
        for term in manners.affinity {
            learn(Selection(all: manners.affinity), term.topologyKey, isShunned: false)
        }
        for term in manners.antiAffinity { learn(Selection(term), term.topologyKey, isShunned: true) }
        for preference in manners.preferences {
            if case .pods(let term) = preference.term { learn(Selection(term), term.topologyKey, isShunned: false) }
        }
        for port in manners.ports {
            for tally in Self.tallies(of: port) { _ = hostTallies.number(of: tally) }
        }
    }

    private mutating func learn(_ selection: Selection, _ key: String, isShunned: Bool) {
        let known = selections.count
        let number = selections.number(of: selection)
        if number == known { index(selection, number) }
        _ = tally(.pods(selection: number, key: key), key)
        if isShunned { _ = tally(.shunning(selection: number, key: key), key) }
    }

    private mutating func index(_ selection: Selection, _ number: Int) {
        let requirements = selection.parts.flatMap(\.selector.requirements)
        guard let first = requirements.first(where: { $0.operator == .isIn }) else {
            otherSelections.append(number)
            return
        }
        for value in Set(first.values) {
            selectionsByLabel[Pair(key: first.key, value: value), default: []].append(number)
        }
    }

    private mutating func tally(_ tally: Tally, _ key: String) -> Int {
        guard key != Label.hostname else { return hostTallies.number(of: tally) }
        let number = wideTallies.number(of: tally)
        if number == keyOfWideTally.count { keyOfWideTally.append(wideKeys.number(of: key)) }
        return number
    }

    // MARK: - Compiling

    /// The selections that a pod with these labels belongs to, ascending.
    func selections(namespace: String, labels: [String: String]) -> [Int] {
        var found = otherSelections
        if !selectionsByLabel.isEmpty {
            for (key, value) in labels { found += selectionsByLabel[Pair(key: key, value: value)] ?? [] }
        }
        guard !found.isEmpty else { return [] }
        return found.filter { number in
            selections.values[number].selects(labels: labels, namespace: namespace, namespaceLabels: namespaceLabels)
        }.uniqueSorted()
    }

    /// - Parameters:
    ///   - manners: What the pod asks for; nil for nothing.
    ///   - belonging: The selections it belongs to.
    /// - Returns: Its rules; every tally that it speaks of must have been learnt.
    mutating func compile(_ manners: Manners?, belonging: [Int]) -> Rules {
        var rules = Rules.Parts()
        for selection in belonging { join(selection, &rules) }
        guard let manners else { return Rules(rules) }
        for constraint in manners.spread {
            add(constraint, Selection(constraint, namespace: manners.namespace), belonging, &rules)
        }
        for term in manners.affinity {
            let number = selections.number(of: Selection(all: manners.affinity))
            let tally = tally(.pods(selection: number, key: term.topologyKey), term.topologyKey)
            let join = Rules.Join(tally: tally, isSelf: belonging.contains(number))
            if term.topologyKey == Label.hostname { rules.joins.append(join) } else { rules.wideJoins.append(join) }
        }
        for term in manners.antiAffinity {
            let number = selections.number(of: Selection(term))
            let pods = tally(.pods(selection: number, key: term.topologyKey), term.topologyKey)
            if term.topologyKey == Label.hostname {
                rules.caps.append(Rules.Cap(tally: pods, limit: belonging.contains(number) ? 1 : 0))
            } else {
                rules.wideForbids.append(pods)
                rules.wideAdds.append(tally(.shunning(selection: number, key: term.topologyKey), term.topologyKey))
            }
        }
        for preference in manners.preferences {
            guard case .pods(let term) = preference.term, term.topologyKey != Label.hostname else { continue }
            let number = selections.number(of: Selection(term))
            let tally = tally(.pods(selection: number, key: term.topologyKey), term.topologyKey)
            rules.wideWishes.append(Rules.Wish(tally: tally, weight: preference.weight))
        }
        for port in manners.ports { add(port, &rules) }
        return Rules(rules)
    }

    /// What belonging to a selection means.
    private func join(_ selection: Int, _ rules: inout Rules.Parts) {
        for (number, tally) in hostTallies.values.enumerated() {
            if case .pods(selection, _) = tally { rules.adds.append(number) }
        }
        for (number, tally) in wideTallies.values.enumerated() {
            switch tally {
            case .pods(selection, _): rules.wideAdds.append(number)
            case .shunning(selection, _): rules.wideForbids.append(number)
            default: break
            }
        }
    }

    private mutating func add(
        _ constraint: TopologySpreadConstraint,
        _ selection: Selection,
        _ belonging: [Int],
        _ rules: inout Rules.Parts
    ) {
        let number = selections.number(of: selection)
        let tally = tally(.pods(selection: number, key: constraint.topologyKey), constraint.topologyKey)
        if constraint.topologyKey == Label.hostname {
            // A new host can always be had, so the least count is zero. A wish to be spread over hosts is not worth
            // a node.
            if constraint.isRequired { rules.caps.append(Rules.Cap(tally: tally, limit: constraint.maxSkew)) }
            return
        }
        guard constraint.isRequired else {
            // Each pod found in a domain speaks a little against it.
            rules.wideWishes.append(Rules.Wish(tally: tally, weight: -1, isPerPod: true))
            return
        }
        rules.wideSpreads.append(
            Rules.Spread(
                tally: tally,
                maxSkew: constraint.maxSkew,
                minDomains: constraint.minDomains,
                isSelf: belonging.contains(number),
                honorsNodeAffinity: constraint.honorsNodeAffinity,
                honorsNodeTaints: constraint.honorsNodeTaints
            )
        )
    }

    // MARK: - Ports

    private static func tallies(of port: HostPort) -> [Tally] {
        let all = Tally.portOnAll(proto: port.proto, port: port.port)
        let any = Tally.port(proto: port.proto, port: port.port)
        guard !port.isOnAllAddresses else { return [any, all] }
        return [any, all, .portOn(proto: port.proto, port: port.port, address: port.address)]
    }

    private mutating func add(_ port: HostPort, _ rules: inout Rules.Parts) {
        let numbers = Self.tallies(of: port).map { hostTallies.number(of: $0) }
        if port.isOnAllAddresses {
            rules.adds += numbers
            rules.caps.append(Rules.Cap(tally: numbers[0], limit: 1))
        } else {
            rules.adds += [numbers[0], numbers[2]]
            rules.caps.append(Rules.Cap(tally: numbers[1], limit: 0))
            rules.caps.append(Rules.Cap(tally: numbers[2], limit: 1))
        }
    }
}
