/// What makes a node's price and the cost of finishing work on it two things. Without it only prices are compared.
package struct Economics: Hashable, Sendable {
    /// Work done a second on an accelerator model, relative to the one that expected runtimes speak of; 1 where absent.
    package var relativeSpeed: [String: Double]
    /// Expected interruptions an hour of running, by spot offering.
    package var interruptionsPerHour: [Offering: Double]
    /// The same for spot offerings that are not listed.
    package var priorInterruptionsPerHour: Double
    /// The most of all accelerators, standing or waited for, and the most of each workload's own, that may depend on one
    /// spot capacity pool (instance type and zone), between 0 and 1; nil for no cap. Gangs that stay in one zone on one
    /// model are not spread, and count.
    package var maximumPoolShare: Double?

    package init(
        relativeSpeed: [String: Double] = [:],
        interruptionsPerHour: [Offering: Double] = [:],
        priorInterruptionsPerHour: Double = 0,
        maximumPoolShare: Double? = nil
    ) {
        self.relativeSpeed = relativeSpeed
        self.interruptionsPerHour = interruptionsPerHour
        self.priorInterruptionsPerHour = priorInterruptionsPerHour
        self.maximumPoolShare = maximumPoolShare
    }
}

/// What a workload's own checkpoints cost it while it computes.
package struct CheckpointHabit: Hashable, Codable, Sendable {
    /// Between two durable checkpoints; nil when it only saves when asked.
    package var intervalSeconds: Int64?
    /// During which nothing else is computed, each time.
    package var costSeconds: Int64

    package init(intervalSeconds: Int64? = nil, costSeconds: Int64 = 0) {
        self.intervalSeconds = intervalSeconds
        self.costSeconds = costSeconds
    }
}

/// Data that a workload reads and the zones that hold a copy: elsewhere every start takes longer.
package struct Dataset: Hashable, Codable, Sendable {
    package var name: String
    package var zones: [String]
    /// What fetching it into another zone adds to each start.
    package var loadSeconds: Int64

    package init(name: String, zones: [String], loadSeconds: Int64) {
        self.name = name
        self.zones = zones
        self.loadSeconds = loadSeconds
    }
}
