import Model

/// Something that can be bought, as the search sees it.
struct Candidate: Sendable {
    var choice: PlanInput.Choice
    /// Index of its pool in the headroom.
    var pool: Int
    /// As far as rules between pods see it: nodes of one place are in the same domain of every wide topology key.
    var place: Int
    /// Zone and accelerator model: where a gang stays together.
    var home: Home
    var labels: [String: String]
    /// For comparisons within the search; sums that are shown or promised use the exact price.
    var price: Double

    var poolName: String { choice.pool }
    var pricePerHour: Money { choice.pricePerHour }
    var accelerators: Int64 { choice.shape.accelerators }
    var offering: Offering { choice.offering }
    var isOpen: Bool { choice.closedBecause == nil }
}

/// Where all nodes of a gang stand unless its topology is `any`.
struct Home: Hashable, Comparable, Sendable, CustomStringConvertible {
    var zone: String
    /// The accelerator's model; empty for nodes without.
    var accelerator: String

    init(zone: String, accelerator: String?) {
        self.zone = zone
        self.accelerator = accelerator ?? ""
    }

    /// Nil for a node that does not say in which zone it stands.
    init?(labels: [String: String]) {
        guard let zone = labels[Label.zone] else { return nil }
        self.init(zone: zone, accelerator: labels[Label.accelerator])
    }

    static func < (left: Home, right: Home) -> Bool {
        (left.zone, left.accelerator) < (right.zone, right.accelerator)
    }

    var description: String { accelerator.isEmpty ? zone : "\(zone) on \(accelerator)" }
}
