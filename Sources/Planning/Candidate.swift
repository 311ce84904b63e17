import Model

/// Something that can be bought, as the search sees it. An object, since the search asks for it all the time.
final class Candidate: Sendable {
    let choice: PlanInput.Choice
    /// Index of its pool in the headroom.
    let pool: Int
    /// As far as rules between pods see it: nodes of one place are in the same domain of every wide topology key.
    let place: Int
    /// Zone and accelerator model: where a gang stays together.
    let home: Home
    let labels: [String: String]
    /// For comparisons within the search, with its toll; sums that are shown or promised use the exact price.
    let price: Double
    /// The exact price an hour with its toll.
    let tolledPrice: Money
    /// Index of the reservation whose capacity it is, in the ledger's stock.
    let reservation: Int?
    let accelerators: Int64
    /// Index of its spot capacity pool (instance type and zone), where accelerators are to be spread over them.
    let spotPool: Int?
    /// Index of the account's quota that it counts against, where that is known.
    let quota: Int?
    let isOpen: Bool

    var poolName: String { choice.pool }
    var pricePerHour: Money { choice.pricePerHour }
    var offering: Offering { choice.offering }

    init(
        choice: PlanInput.Choice,
        pool: Int,
        place: Int,
        spotPool: Int?,
        quota: Int?,
        reservation: Int?,
        price: Double,
        toll: Money,
        labels: [String: String]
    ) {
        self.choice = choice
        self.pool = pool
        self.place = place
        self.spotPool = spotPool
        self.quota = quota
        self.labels = labels
        home = Home(zone: choice.offering.zone, accelerator: labels[Label.accelerator])
        tolledPrice = choice.pricePerHour + toll
        self.price = price + toll.approximate
        self.reservation = reservation
        accelerators = choice.shape.accelerators
        isOpen = choice.closedBecause == nil
    }
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
