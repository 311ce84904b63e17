import Model

/// What a topology spread constraint of some pods counts: a tally, on the nodes that count for them.
struct SpreadScope: Hashable, Sendable {
    var tally: Int
    /// Whose node affinity and tolerations may leave nodes out.
    var station: Int
    var honorsNodeAffinity: Bool
    var honorsNodeTaints: Bool
    /// The wide topology keys of all required constraints of the pods: a node that lacks one of them does not count.
    var keys: [Int]
}

/// The scopes of all topology spread constraints.
struct SpreadScopes: Sendable {
    let all: [SpreadScope]
    /// By kind, the scope of each of its wide spread constraints.
    let ofKind: [[Int]]
    /// By wide tally, the scopes that count it.
    let ofTally: [[Int]]
    private let stations: [Station]
    /// Scopes that count pods of several stations, of whom some could use nodes that do not count.
    private let selective: [Int]
    /// Scopes of several keys.
    private let composite: [Int]

    init(_ census: Census) {
        stations = census.stations
        var scopes = Interner<SpreadScope>()
        var adders = [Set<Int>](repeating: [], count: census.book.keyOfWideTally.count)
        ofKind = census.kinds.map { kind in
            let rules = census.rules[kind.rules]
            for tally in rules.wideAdds { adders[tally].insert(kind.station) }
            let keys = rules.wideSpreads.map { census.book.keyOfWideTally[$0.tally] }.uniqueSorted()
            return rules.wideSpreads.map { spread in
                scopes.number(
                    of: SpreadScope(
                        tally: spread.tally,
                        station: kind.station,
                        honorsNodeAffinity: spread.honorsNodeAffinity,
                        honorsNodeTaints: spread.honorsNodeTaints,
                        keys: keys
                    )
                )
            }
        }
        let all = scopes.values
        var ofTally = [[Int]](repeating: [], count: adders.count)
        for (index, scope) in all.enumerated() { ofTally[scope.tally].append(index) }
        self.all = all
        self.ofTally = ofTally
        selective = all.indices.filter { index in
            let scope = all[index]
            return (scope.honorsNodeAffinity || scope.honorsNodeTaints)
                && adders[scope.tally].contains { $0 != scope.station }
        }
        composite = all.indices.filter { all[$0].keys.count > 1 }
    }

    /// Whether the node inclusion policies of a scope let a node count that has all its keys.
    func admits(_ scope: Int, labels: [String: String], taints: [Taint]) -> Bool {
        let scope = all[scope]
        let station = stations[scope.station]
        if scope.honorsNodeAffinity, !station.acceptsOwnLabels(labels) { return false }
        return !scope.honorsNodeTaints || station.untolerated(taints).isEmpty
    }

    /// The scopes for which pods on a node do not count, although they are among those that the scope counts elsewhere.
    ///
    /// - Parameters:
    ///   - labels: The node's.
    ///   - taints: The node's.
    ///   - domains: What the node's labels say of each wide topology key.
    /// - Returns: Their numbers, ascending.
    func blind(to labels: [String: String], taints: [Taint], domains: [String?]) -> [Int] {
        guard !selective.isEmpty || !composite.isEmpty else { return [] }
        let lacking = composite.filter { all[$0].keys.contains { domains[$0] == nil } }
        return (lacking + selective.filter { !admits($0, labels: labels, taints: taints) }).uniqueSorted()
    }
}
