/// One question to `Planning`: everything it may look at. The same input gives the same plan.
package struct PlanInput: Hashable, Sendable {
    /// A workload and its pods that need a place.
    package struct Demand: Hashable, Sendable {
        package var workload: Workload
        package var pods: [Pod]
        /// Capacity types that policy allows it at this moment, the preferred first; never empty.
        package var capacityTypes: [CapacityType]
        /// How long it still computes once it runs.
        package var remainingSeconds: Int64

        package init(workload: Workload, pods: [Pod], capacityTypes: [CapacityType], remainingSeconds: Int64) {
            self.workload = workload
            self.pods = pods
            self.capacityTypes = capacityTypes
            self.remainingSeconds = remainingSeconds
        }
    }

    /// A node that stands or boots, with what is free on it. Its name is the node's, or the claim's before it registered.
    package struct Host: Hashable, Sendable {
        package var name: String
        package var labels: [String: String]
        /// Without our own starting taint: a booting node is capacity.
        package var taints: [Taint]
        package var free: Resources
        /// When set, only this gang may be placed on it.
        package var reservedFor: WorkloadID?

        package init(
            name: String,
            labels: [String: String],
            taints: [Taint],
            free: Resources,
            reservedFor: WorkloadID? = nil
        ) {
            self.name = name
            self.labels = labels
            self.taints = taints
            self.free = free
            self.reservedFor = reservedFor
        }
    }

    /// Something that can be bought now, or why it cannot.
    package struct Choice: Hashable, Sendable {
        package var pool: String
        package var shape: Shape
        package var offering: Offering
        package var pricePerHour: Money
        /// Set when it may not be bought now: no capacity until a time, a price too old.
        package var closedBecause: String?

        package init(
            pool: String,
            shape: Shape,
            offering: Offering,
            pricePerHour: Money,
            closedBecause: String? = nil
        ) {
            self.pool = pool
            self.shape = shape
            self.offering = offering
            self.pricePerHour = pricePerHour
            self.closedBecause = closedBecause
        }
    }

    /// What may still be bought in a pool; nil where there is no limit.
    package typealias Headroom = Pool.Limits

    package var now: Timestamp
    package var demands: [Demand]
    package var hosts: [Host]
    package var pools: [Pool]
    package var choices: [Choice]
    /// By pool name.
    package var headroom: [String: Headroom]
    package var changeover: Changeover

    package init(
        now: Timestamp,
        demands: [Demand],
        hosts: [Host],
        pools: [Pool],
        choices: [Choice],
        headroom: [String: Headroom] = [:],
        changeover: Changeover = Changeover(bootSeconds: 0, pullSeconds: 0, restoreSeconds: 0)
    ) {
        self.now = now
        self.demands = demands
        self.hosts = hosts
        self.pools = pools
        self.choices = choices
        self.headroom = headroom
        self.changeover = changeover
    }
}

/// What to buy, what fits already, and what cannot be placed.
package struct Plan: Hashable, Sendable {
    /// Equal nodes that are bought in one call, all or none.
    package struct Purchase: Hashable, Sendable {
        package var pool: String
        package var shape: Shape
        package var offering: Offering
        package var pricePerHour: Money
        /// The pods that each node is meant for; one element a node.
        package var pods: [[PodID]]
        /// The workloads it is bought for.
        package var workloads: [WorkloadID]
        package var gang: WorkloadID?
        package var expectedCost: Money
        package var explanation: Explanation

        package init(
            pool: String,
            shape: Shape,
            offering: Offering,
            pricePerHour: Money,
            pods: [[PodID]],
            workloads: [WorkloadID],
            gang: WorkloadID?,
            expectedCost: Money,
            explanation: Explanation
        ) {
            self.pool = pool
            self.shape = shape
            self.offering = offering
            self.pricePerHour = pricePerHour
            self.pods = pods
            self.workloads = workloads
            self.gang = gang
            self.expectedCost = expectedCost
            self.explanation = explanation
        }

        package var count: Int { pods.count }
    }

    package var purchases: [Purchase]
    /// Pods that fit on a host that stands or boots, by the host's name.
    package var placements: [PodID: String]
    /// Workloads for which nothing can be bought, with the reason and what was looked at.
    package var unplaceable: [Explanation]

    package init(purchases: [Purchase] = [], placements: [PodID: String] = [:], unplaceable: [Explanation] = []) {
        self.purchases = purchases
        self.placements = placements
        self.unplaceable = unplaceable
    }
}

/// Why a decision came out as it did: what was chosen, what was rejected, and the sums that decided.
package struct Explanation: Hashable, Codable, Sendable {
    /// One way to serve the workloads.
    package struct Option: Hashable, Codable, Sendable {
        package var pool: String
        package var shape: String
        package var offering: Offering
        package var nodes: Int
        package var pricePerHour: Money
        /// For all the nodes until the work is finished.
        package var expectedCost: Money
        /// Why it was chosen or rejected.
        package var reason: String

        package init(
            pool: String,
            shape: String,
            offering: Offering,
            nodes: Int,
            pricePerHour: Money,
            expectedCost: Money,
            reason: String
        ) {
            self.pool = pool
            self.shape = shape
            self.offering = offering
            self.nodes = nodes
            self.pricePerHour = pricePerHour
            self.expectedCost = expectedCost
            self.reason = reason
        }
    }

    package var workloads: [WorkloadID]
    package var chosen: Option?
    /// The best of the others, the cheapest first; at most three.
    package var rejected: [Option]
    /// One sentence for a person.
    package var summary: String

    package init(workloads: [WorkloadID], chosen: Option? = nil, rejected: [Option] = [], summary: String) {
        self.workloads = workloads
        self.chosen = chosen
        self.rejected = rejected
        self.summary = summary
    }
}
