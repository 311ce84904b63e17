package import Model

/// What costs can be broken down by.
package enum CostDimension: String, Hashable, Codable, CaseIterable, Sendable {
    case team
    case namespace
    case workload
    case pool
    case shape
    case capacityType
}

/// A question to the books.
package struct CostQuery: Hashable, Sendable {
    /// The time it covers: from, inclusive, to, exclusive.
    package var window: Range<Timestamp>
    package var aggregate: [CostDimension]
    /// Splits the window into steps of this length, whole seconds; nil makes one set of rows for the whole. A step that
    /// would make more than `maximumSteps` is lengthened until it does not.
    package var step: Duration?
    /// Only rows whose dimension has one of these values; a workload's is `namespace/name`.
    package var filter: [CostDimension: Set<String>]
    /// Whether a row `__idle__` shows what no workload used; without it rows and total do not add up to the node cost.
    package var includeIdle: Bool
    /// Whether idle and drain are spread over the workloads that used the node, in place of that row; boot is charged to
    /// those the node was bought for in any case.
    package var shareIdle: Bool

    package init(
        window: Range<Timestamp>,
        aggregate: [CostDimension] = [.workload],
        step: Duration? = nil,
        filter: [CostDimension: Set<String>] = [:],
        includeIdle: Bool = true,
        shareIdle: Bool = false
    ) {
        self.window = window
        self.aggregate = aggregate
        self.step = step
        self.filter = filter
        self.includeIdle = includeIdle
        self.shareIdle = shareIdle
    }

    package static let maximumSteps: Int64 = 10_000
}

/// Costs and what they bought. Parts add up to `cost` to the last digit; each is zero or more.
package struct CostFigures: Hashable, Sendable {
    package var workloadCost = Money.zero
    package var idleCost = Money.zero
    package var bootCost = Money.zero
    package var drainCost = Money.zero
    package var lostWorkCost = Money.zero
    package var checkpointCost = Money.zero
    /// Useful work plus one changeover on the cheapest on-demand offering that fits; waste does not raise it.
    package var onDemandEquivalentCost = Money.zero
    package var acceleratorHours: Double = 0
    package var attempts = 0
    package var interruptions = 0
    /// Accelerator-seconds computed after the last durable checkpoint and thrown away.
    package var lostWorkSeconds: Int64 = 0

    package init() {}

    package var cost: Money { workloadCost + idleCost + bootCost + drainCost + lostWorkCost + checkpointCost }
    package var savings: Money { onDemandEquivalentCost - cost }
}

/// One line of a report.
package struct CostRow: Hashable, Sendable {
    /// The values of the query's dimensions, in its order; `__idle__` for what no workload used.
    package var key: [String]
    package var figures: CostFigures

    package init(key: [String], figures: CostFigures) {
        self.key = key
        self.figures = figures
    }

    package var name: String { key.joined(separator: "/") }

    package static let idle = "__idle__"
    /// The key of pods and nodes whose workload was never admitted.
    package static let unallocated = "__unallocated__"
}

/// The rows of one step of the window, or of the whole.
package struct CostStep: Hashable, Sendable {
    package var window: Range<Timestamp>
    /// Sorted by key.
    package var rows: [CostRow]

    package init(window: Range<Timestamp>, rows: [CostRow]) {
        self.window = window
        self.rows = rows
    }
}

/// An answer of the books. Amounts are rounded to cents by largest remainder, so that rows add up to totals exactly.
package struct CostReport: Hashable, Sendable {
    package var window: Range<Timestamp>
    package var aggregate: [CostDimension]
    package var steps: [CostStep]
    package var total: CostFigures
    /// True while an instance's end or a price is not known for certain.
    package var isEstimated: Bool

    package init(
        window: Range<Timestamp>,
        aggregate: [CostDimension],
        steps: [CostStep],
        total: CostFigures,
        isEstimated: Bool
    ) {
        self.window = window
        self.aggregate = aggregate
        self.steps = steps
        self.total = total
        self.isEstimated = isEstimated
    }
}
