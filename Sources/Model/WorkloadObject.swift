/// What Gleaner keeps of an object that stands for several pods which are one workload: its own, or those of Jobs that it
/// made. An observation: never written to the journal.
package struct WorkloadObject: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable {
        case jobSet = "JobSet"
        case pyTorchJob = "PyTorchJob"
        case mpiJob = "MPIJob"
        case podGroup = "PodGroup"
    }

    /// How it came to its end.
    package struct End: Hashable, Sendable {
        package var succeeded: Bool
        /// Nil where the object does not say when.
        package var at: Timestamp?

        package init(succeeded: Bool, at: Timestamp?) {
            self.succeeded = succeeded
            self.at = at
        }
    }

    package var kind: Kind
    package var namespace: String
    package var name: String
    package var uid: String
    package var createdAt: Timestamp
    /// Only those with Gleaner's prefix: its own, and beneath them those of its pods' templates.
    package var annotations: [String: String] = [:]
    /// How many pods it has when it is whole.
    package var size = 1
    /// How many of them must stand before any can begin.
    package var minimum = 1
    /// What those at least ask for together, where it says so.
    package var minimumResources = Resources()
    /// Of all pods together; nil where it does not say.
    package var accelerators: Int64?
    package var end: End?

    package init(kind: Kind, namespace: String, name: String, uid: String, createdAt: Timestamp) {
        self.kind = kind
        self.namespace = namespace
        self.name = name
        self.uid = uid
        self.createdAt = createdAt
    }

    package var workloadID: WorkloadID { WorkloadID(namespace: namespace, kind: kind.rawValue, name: name, uid: uid) }
}
