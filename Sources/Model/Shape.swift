/// What one instance type offers, as the cloud describes it.
package struct InstanceType: Hashable, Codable, Sendable {
    package var name: String
    /// What a node of this type offers to pods, after the reserve of kubelet and system.
    package var allocatable: Resources
    /// The accelerator's model, such as `A100`; nil without accelerators.
    package var accelerator: String?
    /// `amd64` or `arm64`.
    package var architecture: String
    /// As quotas count them; 0 where it is not known.
    package var vCPUs: Int64
    /// Of each accelerator; 0 without accelerators, or where it is not known.
    package var acceleratorMemoryMiB: Int64
    /// Elastic Fabric Adapters that can be attached.
    package var efaInterfaces: Int64

    package init(
        name: String,
        allocatable: Resources,
        accelerator: String?,
        architecture: String = "amd64",
        vCPUs: Int64 = 0,
        acceleratorMemoryMiB: Int64 = 0,
        efaInterfaces: Int64 = 0
    ) {
        self.name = name
        self.allocatable = allocatable
        self.accelerator = accelerator
        self.architecture = architecture
        self.vCPUs = vCPUs
        self.acceleratorMemoryMiB = acceleratorMemoryMiB
        self.efaInterfaces = efaInterfaces
    }
}

/// A fixed node template: the instance types that count as equal, and what every node made from it offers.
package struct Shape: Hashable, Codable, Sendable {
    package var name: String
    package var instanceTypes: [String]
    /// What pods can count on, whichever of the types is bought: the least of each resource over the types.
    package var allocatable: Resources
    package var accelerator: String?
    /// Labels beyond the well-known ones that depend on the offering.
    package var labels: [String: String]
    package var taints: [Taint]

    package init(
        name: String,
        instanceTypes: [String],
        allocatable: Resources,
        accelerator: String? = nil,
        labels: [String: String] = [:],
        taints: [Taint] = []
    ) {
        self.name = name
        self.instanceTypes = instanceTypes
        self.allocatable = allocatable
        self.accelerator = accelerator
        self.labels = labels
        self.taints = taints
    }

    package var accelerators: Int64 { allocatable.accelerators }
    /// `amd64` or `arm64`.
    package var architecture: String { labels[Label.architecture] ?? "amd64" }

    /// The labels that we put on a node of this shape, its kubelet or else we ourselves: the others are the cloud
    /// provider's to set.
    package func ownLabels(pool: String?, offering: Offering) -> [String: String] {
        let foreign = [Label.zone, Label.region, Label.instanceType, Label.operatingSystem, Label.architecture]
        return nodeLabels(pool: pool, offering: offering).filter { !foreign.contains($0.key) }
    }

    /// The labels that a node of this shape carries when it is bought as the given offering for the given pool.
    package func nodeLabels(pool: String?, offering: Offering) -> [String: String] {
        var result = labels
        result.reserveCapacity(labels.count + 8)
        result[Label.shape] = name
        result[Label.pool] = pool
        result[Label.accelerator] = accelerator
        result[Label.capacityType] = offering.capacityType.rawValue
        result[Label.zone] = offering.zone
        result[Label.region] = offering.region
        result[Label.instanceType] = offering.instanceType
        result[Label.operatingSystem] = "linux"
        return result
    }
}
