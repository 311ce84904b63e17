package import Model

extension PlanInput.Choice {
    /// Everything that pools offer, bought or closed. Spot that is not cheaper than on-demand is left out.
    ///
    /// - Parameters:
    ///   - shapes: Of all pools.
    ///   - prices: Per hour.
    ///   - reservations: Capacity that is paid for already.
    ///   - closure: Why an offering may not be bought now; nil when it may.
    /// - Returns: By pool, shape and instance type in their order, then by offering.
    package static func all(
        of shapes: [(pool: Pool, shape: Shape)],
        prices: [Offering: Money],
        reservations: [Reservation] = [],
        closure: (Offering) -> String?
    ) -> [PlanInput.Choice] {
        func isDearerThanOnDemand(_ offering: Offering, _ price: Money) -> Bool {
            guard offering.capacityType == .spot else { return false }
            var onDemand = offering
            onDemand.capacityType = .onDemand
            return prices[onDemand].map { $0 <= price } ?? false
        }
        var byType: [String: [(offering: Offering, price: Money)]] = [:]
        for (offering, price) in prices { byType[offering.instanceType, default: []].append((offering, price)) }
        let reserved = Dictionary(grouping: reservations, by: \.instanceType)
        return shapes.flatMap { pool, shape in
            shape.instanceTypes.flatMap { type -> [PlanInput.Choice] in
                let sold = (byType[type] ?? []).sorted { $0.offering < $1.offering }.filter { offering, price in
                    pool.offers(offering) && !isDearerThanOnDemand(offering, price)
                }
                let kept = (reserved[type] ?? []).sorted { $0.id < $1.id }.filter { pool.offers($0.offering) }
                return sold.map { offering, price in
                    PlanInput.Choice(
                        pool: pool.name,
                        shape: shape,
                        offering: offering,
                        pricePerHour: price,
                        closedBecause: closure(offering)
                    )
                }
                    + kept.map { reservation in
                        PlanInput.Choice(
                            pool: pool.name,
                            shape: shape,
                            offering: reservation.offering,
                            pricePerHour: .zero,
                            closedBecause: reservation.available > 0
                                ? closure(reservation.offering)
                                : "reservation \(reservation.id) has no instance left",
                            reservation: reservation
                        )
                    }
            }
        }
    }
}

extension Pool {
    /// Whether its capacity types and zones include an offering.
    func offers(_ offering: Offering) -> Bool {
        capacityTypes.contains(offering.capacityType) && (zones.isEmpty || zones.contains(offering.zone))
    }
}
