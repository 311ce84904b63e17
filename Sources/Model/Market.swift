/// What can be bought, as a file describes it: shapes, and the offerings of their instance types.
package struct Market: Hashable, Sendable {
    package struct Offer: Hashable, Sendable {
        package var offering: Offering
        package var pricePerHour: Money
        /// Set when it cannot be bought until this time; `.distantFuture` when it cannot be bought at all.
        package var closedUntil: Timestamp?

        package init(offering: Offering, pricePerHour: Money, closedUntil: Timestamp? = nil) {
            self.offering = offering
            self.pricePerHour = pricePerHour
            self.closedUntil = closedUntil
        }

        /// Why it may not be bought at a time; nil when it may.
        package func closure(at now: Timestamp) -> String? {
            guard let closedUntil, closedUntil > now else { return nil }
            return closedUntil == .distantFuture ? "no capacity" : "no capacity until \(closedUntil)"
        }
    }

    /// No instance type is in two of them.
    package var shapes: [Shape]
    package var offers: [Offer]

    package init(shapes: [Shape] = [], offers: [Offer] = []) {
        self.shapes = shapes
        self.offers = offers
    }

    /// What the shapes of pools are made from: the instance types, without prices.
    package var catalogue: Catalogue {
        var result = Catalogue()
        for shape in shapes {
            for type in shape.instanceTypes {
                result.instanceTypes[type] = InstanceType(
                    name: type,
                    allocatable: shape.allocatable,
                    accelerator: shape.accelerator,
                    architecture: shape.architecture
                )
            }
        }
        return result
    }
}
