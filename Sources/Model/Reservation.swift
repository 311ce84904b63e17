/// Capacity that is paid for whether it is used or not: a capacity reservation, or a capacity block of EC2.
package struct Reservation: Hashable, Codable, Sendable {
    package enum Kind: String, Hashable, Codable, Sendable {
        case capacityReservation = "capacity-reservation"
        /// Instances in it end shortly before it does, whatever runs on them.
        case capacityBlock = "capacity-block"
    }

    /// The cloud's name of it, such as `cr-0123456789abcdef0`.
    package var id: String
    package var kind: Kind
    package var instanceType: String
    package var zone: String
    /// Instances that it holds.
    package var count: Int
    /// Instances that may still be launched in it.
    package var available: Int
    /// Nil for one that stands until it is cancelled.
    package var endsAt: Timestamp?

    package init(
        id: String,
        kind: Kind = .capacityReservation,
        instanceType: String,
        zone: String,
        count: Int,
        available: Int,
        endsAt: Timestamp? = nil
    ) {
        self.id = id
        self.kind = kind
        self.instanceType = instanceType
        self.zone = zone
        self.count = count
        self.available = available
        self.endsAt = endsAt
    }

    package var offering: Offering {
        Offering(instanceType: instanceType, zone: zone, capacityType: .reserved)
    }

    /// Names its end as a maintenance of the instances in it.
    package var endID: String { "\(id)-ends" }

    /// EC2 begins to terminate the instances of a capacity block 30 minutes before its end, those of UltraServers an
    /// hour before: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/capacity-blocks-how.html
    package static let blockLead: Duration = .seconds(1800)

    /// Until when instances in it may run at no price of their own; nil where nothing ends it.
    package var usableUntil: Timestamp? { endsAt.map { kind == .capacityBlock ? $0 - Self.blockLead : $0 } }
}
