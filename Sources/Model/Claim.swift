/// Names our intent to have one node; at most 64 ASCII characters.
package struct ClaimID: Hashable, Comparable, Codable, Sendable, CustomStringConvertible {
    package var value: String

    package init(_ value: String) {
        self.value = value
    }

    package init(from decoder: any Decoder) throws {
        value = try decoder.singleValueContainer().decode(String.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(value)
    }

    package static func < (left: ClaimID, right: ClaimID) -> Bool {
        (left.value.utf8.count, left.value) < (right.value.utf8.count, right.value)
    }
    package var description: String { value }
}

/// Names one try to launch; it is the ClientToken of the call, at most 64 ASCII characters, never used again.
package typealias LaunchID = String

/// One call that buys `count` equal nodes, all or none, with everything that is needed to send it again unchanged.
package struct LaunchRequest: Hashable, Codable, Sendable {
    package var id: LaunchID
    package var pool: String
    package var shape: Shape
    package var offering: Offering
    package var count: Int
    package var pricePerHour: Money
    /// Labels and taints that the node registers with.
    package var nodeLabels: [String: String]
    package var nodeTaints: [Taint]
    /// Tags for instances, volumes and fleet.
    package var tags: [String: String]
    /// The workloads it is bought for, in order of their demand.
    package var workloads: [WorkloadID]
    /// Whether it makes up for nodes of a gang: they open together.
    package var gang: WorkloadID?
    /// What it is expected to cost until the work is finished; reserved from budgets before it is sent.
    package var expectedCost: Money
    /// How the machines are made; nil where the cloud has nothing to look up, and in requests of older versions.
    package var blueprint: NodeBlueprint?
    /// Whose capacity it uses, as it was known then; set exactly when the capacity type is reserved.
    package var reservation: Reservation?

    package init(
        id: LaunchID,
        pool: String,
        shape: Shape,
        offering: Offering,
        count: Int,
        pricePerHour: Money,
        nodeLabels: [String: String],
        nodeTaints: [Taint],
        tags: [String: String],
        workloads: [WorkloadID],
        gang: WorkloadID?,
        expectedCost: Money,
        blueprint: NodeBlueprint? = nil,
        reservation: Reservation? = nil
    ) {
        self.id = id
        self.pool = pool
        self.shape = shape
        self.offering = offering
        self.count = count
        self.pricePerHour = pricePerHour
        self.nodeLabels = nodeLabels
        self.nodeTaints = nodeTaints
        self.tags = tags
        self.workloads = workloads
        self.gang = gang
        self.expectedCost = expectedCost
        self.blueprint = blueprint
        self.reservation = reservation
    }

    /// The claims it stands for, one a node.
    package var claims: [ClaimID] { (0..<count).map { ClaimID("\(id)-\($0)") } }
}

/// How a launch ended.
package enum LaunchOutcome: Hashable, Codable, Sendable {
    package enum Failure: String, Hashable, Codable, Sendable {
        /// The market has none: the offering is closed for a while.
        case noCapacity
        /// The account may not have more: everything that shares the quota is closed.
        case quota
        case denied
        case invalid
        /// Not known whether it was carried out: the same request is sent again.
        case unanswered
    }

    case launched([Instance])
    case failed(Failure, message: String)
}

/// Our intent to have one node, from the plan until the instance is gone.
package struct Claim: Hashable, Codable, Sendable {
    package enum Phase: String, Hashable, Codable, Sendable {
        /// Sent to the cloud, not answered yet.
        case launching
        /// The instance stands; its node is not initialised.
        case booting
        case initialised
        /// Being emptied, by our own choice or before a reclaim.
        case draining
        /// Termination was asked for.
        case terminating
        case gone
    }

    package var id: ClaimID
    package var launch: LaunchID
    package var pool: String
    package var shape: Shape
    package var offering: Offering
    package var pricePerHour: Money
    package var workloads: [WorkloadID]
    package var gang: WorkloadID?
    package var expectedCost: Money
    package var reservation: Reservation?
    /// How its machine was made; nil when that is not known.
    package var blueprint: NodeBlueprint?
    package var phase: Phase
    package var intendedAt: Timestamp
    package var instance: InstanceID?
    package var node: String?
    package var launchedAt: Timestamp?
    package var runningAt: Timestamp?
    package var initialisedAt: Timestamp?
    package var drainingSince: Timestamp?
    /// When the cloud takes it back.
    package var reclaimAt: Timestamp?
    package var endedAt: Timestamp?

    package init(request: LaunchRequest, index: Int, at: Timestamp) {
        id = request.claims[index]
        launch = request.id
        pool = request.pool
        shape = request.shape
        offering = request.offering
        pricePerHour = request.pricePerHour
        workloads = request.workloads
        gang = request.gang
        expectedCost = request.expectedCost / request.count
        reservation = request.reservation
        blueprint = request.blueprint
        phase = .launching
        intendedAt = at
    }

    /// Whether it counts against limits and budgets.
    package var isLive: Bool { phase != .gone }
}
