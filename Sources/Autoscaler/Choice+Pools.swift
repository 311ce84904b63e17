package import Model

extension PlanInput.Choice {
    /// Everything that pools offer, bought or closed. Spot that is not cheaper than on-demand is left out.
    ///
    /// - Parameters:
    ///   - shapes: Of all pools.
    ///   - prices: Per hour.
    ///   - closure: Why an offering may not be bought now; nil when it may.
    /// - Returns: By pool, shape and instance type in their order, then by offering.
    package static func all(
        of shapes: [(pool: Pool, shape: Shape)],
        prices: [Offering: Money],
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
        return shapes.flatMap { pool, shape in
            shape.instanceTypes.flatMap { type in
                (byType[type] ?? []).sorted { $0.offering < $1.offering }.compactMap { offering, price in
                    guard pool.capacityTypes.contains(offering.capacityType),
                        pool.zones.isEmpty || pool.zones.contains(offering.zone),
                        !isDearerThanOnDemand(offering, price)
                    else { return nil }
                    return PlanInput.Choice(
                        pool: pool.name,
                        shape: shape,
                        offering: offering,
                        pricePerHour: price,
                        closedBecause: closure(offering)
                    )
                }
            }
        }
    }
}
