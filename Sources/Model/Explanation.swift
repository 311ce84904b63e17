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
