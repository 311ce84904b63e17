package import Model

/// Capacity that the account of the world has reserved.
package struct CloudReservation: Hashable, Sendable {
    /// As in `cr-0123456789abcdef0`.
    package var id: String
    package var kind: Reservation.Kind
    package var instanceType: String
    package var zone: String
    package var count: Int
    /// From the start of the world; nil for one that stands for ever.
    package var endsAfter: Duration?
    package var tags: [String: String]

    package init(
        id: String,
        kind: Reservation.Kind = .capacityReservation,
        instanceType: String,
        zone: String,
        count: Int,
        endsAfter: Duration? = nil,
        tags: [String: String] = [:]
    ) {
        self.id = id
        self.kind = kind
        self.instanceType = instanceType
        self.zone = zone
        self.count = count
        self.endsAfter = endsAfter
        self.tags = tags
    }

    package var offering: Offering { Offering(instanceType: instanceType, zone: zone, capacityType: .reserved) }
}

/// A volume that stands in the world, attached to nothing.
package struct CloudVolume: Hashable, Sendable {
    /// As in `vol-0123456789abcdef0`.
    package var id: String
    package var zone: String
    package var sizeGiB: Int
    package var tags: [String: String]

    package init(id: String, zone: String, sizeGiB: Int = 100, tags: [String: String] = [:]) {
        self.id = id
        self.zone = zone
        self.sizeGiB = sizeGiB
        self.tags = tags
    }
}
