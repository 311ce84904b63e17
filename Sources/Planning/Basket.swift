/// Equal nodes that are to be bought, with what each of them is meant for.
struct Basket {
    /// Some pods of a lot.
    struct Load: Hashable {
        var lot: Int
        var count: Int
    }

    var candidate: Int
    /// On each of the nodes; ascending by lot, one entry a lot.
    var load: [Load]
    /// How long the nodes live: as long as the longest of their pods.
    var seconds: Int64
    /// How many nodes.
    var copies: Int
}

/// Pods of one kind that may all run on the same candidates, waiting to be packed.
struct Lot {
    var kind: Int
    /// The number of its pods' rules.
    var rules: Int
    var assortment: Int
    var item: Int
    var remaining: Int
}

/// Lots that take the same room, on the same candidates, for the same time: the search fills nodes with items and
/// only then chooses among their lots.
struct Item {
    var need: Int
    var assortment: Int
    var profile: Int
    /// The tally of which few of its pods stand on one node, on account of their own rules; -1 when any number may.
    var tally: Int
    /// How many of them one node takes on that account.
    var most: Int
    var remaining: Int
    /// What one pod costs, for its whole time, when nothing is wasted.
    var value: Double
    /// The same when it was first found: what it counts for to leave one out.
    var stake: Double
}
