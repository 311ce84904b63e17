/// What a pod's neighbours mean to it and it to them, compiled: every constraint among pods comes down to counts of
/// pods (tallies) on a node, or in the domain of a wider topology key such as the zone.
///
/// An object, since the search hands the same few rules about all the time.
final class Rules: Sendable {
    /// With the pod on a node, the node's tally may be at most this, whoever came first.
    struct Cap: Hashable, Sendable {
        var tally: Int
        var limit: Int
    }

    /// A tally that must not be zero where the pod goes; a pod that counts itself may be the first.
    struct Join: Hashable, Sendable {
        var tally: Int
        var isSelf: Bool
    }

    /// How far the tally of a domain may be above the least.
    struct Spread: Hashable, Sendable {
        var tally: Int
        var maxSkew: Int
        var minDomains: Int
        var isSelf: Bool
        var honorsNodeAffinity: Bool
        var honorsNodeTaints: Bool
    }

    /// A tally that the pod would like to find (weight above zero) or not to find.
    struct Wish: Hashable, Sendable {
        var tally: Int
        var weight: Int
        /// Whether every pod found counts, and not only that there is one.
        var isPerPod = false
    }

    /// What the rules consist of.
    struct Parts {
        var adds: [Int] = []
        var caps: [Cap] = []
        var joins: [Join] = []
        var wideAdds: [Int] = []
        var wideSpreads: [Spread] = []
        var wideJoins: [Join] = []
        var wideForbids: [Int] = []
        var wideWishes: [Wish] = []
    }

    /// Tallies of a node that the pod raises by one.
    let adds: [Int]
    let caps: [Cap]
    let joins: [Join]

    /// Tallies of wider domains that the pod raises by one.
    let wideAdds: [Int]
    let wideSpreads: [Spread]
    let wideJoins: [Join]
    /// Tallies that must be zero where the pod goes.
    let wideForbids: [Int]
    let wideWishes: [Wish]
    /// Whether any node with room will do, and no other pod cares.
    let isFreeOnNode: Bool

    init(_ parts: Parts = Parts()) {
        adds = parts.adds.uniqueSorted()
        caps = parts.caps
        joins = parts.joins
        wideAdds = parts.wideAdds.uniqueSorted()
        wideSpreads = parts.wideSpreads
        wideJoins = parts.wideJoins
        wideForbids = parts.wideForbids.uniqueSorted()
        wideWishes = parts.wideWishes
        isFreeOnNode = adds.isEmpty && caps.isEmpty && joins.isEmpty
    }

    static let none = Rules()

    /// Whether its zone, or another wide domain, must be chosen with regard to others.
    var isBoundToPlaces: Bool {
        !wideSpreads.isEmpty || !wideJoins.isEmpty || !wideForbids.isEmpty || !wideWishes.isEmpty
    }

    /// The tally on whose account only few such pods stand on one node, and how few; nil when any number may.
    /// Of equals the first that the pod names: tallies are numbered as the input happens to come.
    var narrowest: Cap? {
        caps.filter { adds.contains($0.tally) }.min { $0.limit < $1.limit }
    }
}
