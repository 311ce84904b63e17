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
        /// Whose capacity it uses; nil unless it is reserved.
        package var reservation: Reservation?

        package init(
            pool: String,
            shape: Shape,
            offering: Offering,
            pricePerHour: Money,
            pods: [[PodID]],
            workloads: [WorkloadID],
            gang: WorkloadID?,
            expectedCost: Money,
            explanation: Explanation,
            reservation: Reservation? = nil
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
            self.reservation = reservation
        }

        package var count: Int { pods.count }
    }

    package var purchases: [Purchase]
    /// Pods that fit on a host that stands or boots, by the host's name.
    package var placements: [PodID: String]
    /// Every pod that has a place, in an order in which the scheduler can bind them one after the other.
    package var bindingOrder: [PodID]
    package var unplaceable: [Unplaceable]

    package init(
        purchases: [Purchase] = [],
        placements: [PodID: String] = [:],
        bindingOrder: [PodID] = [],
        unplaceable: [Unplaceable] = []
    ) {
        self.purchases = purchases
        self.placements = placements
        self.bindingOrder = bindingOrder
        self.unplaceable = unplaceable
    }

    /// Pods of one workload for which there is no room and nothing can be bought, with the reason and what was looked at.
    package struct Unplaceable: Hashable, Sendable {
        package var pods: [PodID]
        package var explanation: Explanation

        package init(pods: [PodID], explanation: Explanation) {
            self.pods = pods
            self.explanation = explanation
        }
    }
}
