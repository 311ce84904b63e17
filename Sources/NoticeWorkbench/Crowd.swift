package import Model
package import Runtime

/// Many nodes of one launch that stand already, as the journal of the service that bought them tells it.
package struct Crowd: Sendable {
    package static let clusterName = "crowd"

    static let offering = Offering(
        instanceType: CrowdedCluster.instanceType,
        zone: "us-east-1a",
        capacityType: .spot
    )
    static let allocatable = Resources([
        "cpu": Quantity(4), "memory": Quantity(Int64(16) << 30), "nvidia.com/gpu": Quantity(1), "pods": Quantity(50),
    ])

    package static var configuration: GleanerConfiguration {
        let shape = Pool.ShapeTemplate(name: "a10g", instanceTypes: [CrowdedCluster.instanceType])
        var result = GleanerConfiguration(clusterName: clusterName, pools: [Pool(name: "single", shapes: [shape])])
        // Of requests to save those are counted that a notice is the reason for.
        result.checkpoints.asksRegularly = false
        return result
    }

    package var instances: [InstanceID]
    package var launchedAt: Timestamp

    package init(instances: [InstanceID], launchedAt: Timestamp) {
        self.instances = instances
        self.launchedAt = launchedAt
    }

    /// The id of the launch, in a journal.
    static func launch(_ identity: String) -> LaunchID { "\(identity)-1" }

    var described: [Instance] {
        instances.map {
            Instance(
                id: $0,
                offering: Self.offering,
                state: .running,
                launchedAt: launchedAt,
                tags: [Tag.cluster: Self.clusterName]
            )
        }
    }

    /// Writes down how they came to stand.
    /// - Throws: what the journal throws.
    package func record(in journal: any Journal, at now: Timestamp) async throws {
        _ = try await journal.append(facts(identity: journal.identity), at: now, epoch: 1)
    }

    private func facts(identity: String) -> [Fact] {
        let shape = Shape(
            name: "a10g",
            instanceTypes: [CrowdedCluster.instanceType],
            allocatable: Self.allocatable,
            accelerator: "A10G"
        )
        let request = LaunchRequest(
            id: Self.launch(identity),
            pool: "single",
            shape: shape,
            offering: Self.offering,
            count: instances.count,
            pricePerHour: Money("0.4") ?? .zero,
            nodeLabels: [:],
            nodeTaints: [],
            tags: [:],
            workloads: [],
            gang: nil,
            expectedCost: .zero
        )
        var facts: [Fact] = [
            .launchIntended(request, Explanation(workloads: [], summary: "stands already")),
            .launchEnded(request.id, .launched(described)),
        ]
        for (number, claim) in request.claims.enumerated() {
            facts.append(
                .instanceObserved(
                    InstanceObservation(
                        claim: claim,
                        instance: instances[number],
                        state: .running,
                        at: launchedAt,
                        isEstimated: false
                    )
                )
            )
            facts.append(.claimInitialised(claim, node: CrowdedCluster.nodeName(number)))
        }
        return facts
    }
}
