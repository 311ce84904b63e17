/// What the cloud offers: instance types, and where each can be had at what price.
package struct Catalogue: Hashable, Codable, Sendable {
    package var instanceTypes: [String: InstanceType]
    /// The latest known price of each offering.
    package var prices: [Offering: PricePoint]

    package init(instanceTypes: [String: InstanceType] = [:], prices: [Offering: PricePoint] = [:]) {
        self.instanceTypes = instanceTypes
        self.prices = prices
    }

    /// The shape that a pool's template stands for, or nil when the catalogue knows none of its instance types.
    package func shape(_ template: Pool.ShapeTemplate, of pool: Pool) -> Shape? {
        let types = template.instanceTypes.compactMap { instanceTypes[$0] }
        guard let first = types.first else { return nil }
        var allocatable = first.allocatable
        for type in types.dropFirst() {
            allocatable = Resources(
                allocatable.amounts.filter { type.allocatable[$0.key] != .zero }
                    .reduce(into: [:]) { $0[$1.key] = min($1.value, type.allocatable[$1.key]) }
            )
        }
        // Only machines that are made with such interfaces have them, and then all that every type has.
        if pool.node.usesEFA {
            allocatable[Resources.efa] = Quantity(types.map(\.efaInterfaces).min() ?? 0)
        }
        return Shape(
            name: template.name,
            instanceTypes: types.map(\.name),
            allocatable: allocatable,
            accelerator: first.accelerator,
            labels: pool.labels.merging([Label.architecture: first.architecture]) { own, _ in own },
            taints: pool.taints
        )
    }
}
