/// Names what is admitted, priced, checkpointed, requeued and billed as one.
package struct WorkloadID: Hashable, Comparable, Codable, Sendable, CustomStringConvertible {
    package var namespace: String
    /// `Pod`, the kind of what owns the pods in the end (`Job`, `JobSet`, `PyTorchJob`, `MPIJob`, ...), `PodGroup`,
    /// `ProvisioningRequest`, or `Gang` (several owners that name one gang).
    package var kind: String
    package var name: String
    /// Of the object, so that a second one of the same name has books of its own; for a gang its first member's.
    package var uid: String

    package init(namespace: String, kind: String, name: String, uid: String) {
        self.namespace = namespace
        self.kind = kind
        self.name = name
        self.uid = uid
    }

    package static func < (left: WorkloadID, right: WorkloadID) -> Bool {
        if left.namespace != right.namespace { return left.namespace < right.namespace }
        if left.name != right.name { return left.name < right.name }
        if left.kind != right.kind { return left.kind < right.kind }
        return left.uid < right.uid
    }

    package var description: String { "\(namespace)/\(name)" }
}

/// How a workload saves its work when it must move.
package enum CheckpointContract: String, Hashable, Codable, Sendable {
    /// Saves on SIGTERM, within its grace period.
    case signal
    /// Saves on a POST to its own port.
    case http
    /// Does not save.
    case none
}

/// The members of a workload that must run together.
package struct Gang: Hashable, Codable, Sendable {
    package enum Topology: String, Hashable, Codable, Sendable {
        case zone
        case any
    }

    /// How many members must stand before any starts.
    package var minimum: Int
    package var topology: Topology

    package init(minimum: Int, topology: Topology = .zone) {
        self.minimum = minimum
        self.topology = topology
    }

    /// Why one that is not whole waits.
    package static func shortage(present: Int, of minimum: Int) -> String {
        "the gang has \(present) of its \(minimum) members, and starts whole"
    }
}

/// What is known and allowed of a workload: its annotations after policy, so that the core never reads a raw annotation.
package struct Workload: Hashable, Codable, Sendable {
    package var id: WorkloadID
    package var team: String
    package var priority: Int
    package var createdAt: Timestamp
    package var gang: Gang?
    package var checkpoint: CheckpointContract
    /// How often it saves by itself; nil when it does not say.
    package var checkpointIntervalSeconds: Int64?
    /// Where in its pods a request to save is answered; nil unless it saves on a POST.
    package var checkpointURL: CheckpointURL?
    /// How long an answer to such a request may take.
    package var checkpointTimeoutSeconds: Int64?
    /// Where in object storage a newer object proves a checkpoint, as `s3://bucket/path/`.
    package var checkpointPrefix: String?
    /// What it reads, one of the configured datasets.
    package var dataset: String?
    /// When it must be finished.
    package var deadline: Timestamp?
    /// How long it may wait for spot before on-demand is bought; nil buys on-demand as soon as no spot is to be had.
    package var maxWaitSeconds: Int64?
    /// How long it computes, all restarts aside, as its owner says.
    package var expectedRuntimeSeconds: Int64?
    /// Capacity types it may use; empty means all of its pool's.
    package var capacityTypes: [CapacityType]
    package var doNotDisrupt: Bool
    /// Accelerators of all members together.
    package var accelerators: Int64
    /// Annotations that policy overruled, with the reason: shown with every decision about it.
    package var overruled: [String]

    package init(id: WorkloadID, team: String, createdAt: Timestamp) {
        self.id = id
        self.team = team
        self.createdAt = createdAt
        priority = 0
        checkpoint = .none
        capacityTypes = []
        doNotDisrupt = false
        accelerators = 0
        overruled = []
    }

    /// Whether it is made to run for ever: it has no work that could be lost, and no end to wait for.
    package var servesForEver: Bool {
        ["Deployment", "ReplicaSet", "ReplicationController", "StatefulSet"].contains(id.kind)
    }
}
