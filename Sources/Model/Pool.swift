/// Configuration of capacity for one use: which shapes, paid how, where, for whom, and up to what limit.
package struct Pool: Hashable, Codable, Sendable {
    /// A shape by name and the instance types that count as equal in it; what they offer comes from the catalogue.
    package struct ShapeTemplate: Hashable, Codable, Sendable {
        package var name: String
        package var instanceTypes: [String]

        package init(name: String, instanceTypes: [String]) {
            self.name = name
            self.instanceTypes = instanceTypes
        }
    }

    /// The most that may stand at one time; nil where there is no limit.
    package struct Limits: Hashable, Codable, Sendable {
        package var nodes: Int?
        package var accelerators: Int64?
        package var spendPerHour: Money?

        package init(nodes: Int? = nil, accelerators: Int64? = nil, spendPerHour: Money? = nil) {
            self.nodes = nodes
            self.accelerators = accelerators
            self.spendPerHour = spendPerHour
        }
    }

    package var name: String
    package var shapes: [ShapeTemplate]
    package var capacityTypes: [CapacityType]
    /// Empty means every zone in which the instance types are offered.
    package var zones: [String]
    /// Namespaces it serves; empty means all.
    package var namespaces: [String]
    package var limits: Limits
    package var labels: [String: String]
    package var taints: [Taint]
    /// Annotations that can raise cost and are accepted from the namespaces it serves; by default none.
    package var acceptedAnnotations: [String]
    package var disruption: Disruption
    /// How its machines are made: complete, what all pools share included.
    package var node = NodeSettings()

    package init(
        name: String,
        shapes: [ShapeTemplate],
        capacityTypes: [CapacityType] = [.spot, .onDemand],
        zones: [String] = [],
        namespaces: [String] = [],
        limits: Limits = Limits(),
        labels: [String: String] = [:],
        taints: [Taint] = [],
        acceptedAnnotations: [String] = [],
        disruption: Disruption = Disruption()
    ) {
        self.name = name
        self.shapes = shapes
        self.capacityTypes = capacityTypes
        self.zones = zones
        self.namespaces = namespaces
        self.limits = limits
        self.labels = labels
        self.taints = taints
        self.acceptedAnnotations = acceptedAnnotations
        self.disruption = disruption
    }

    package func serves(namespace: String) -> Bool {
        namespaces.isEmpty || namespaces.contains(namespace)
    }
}
