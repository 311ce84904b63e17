/// What Gleaner keeps of a batch/v1 Job. An observation: never written to the journal.
package struct Job: Hashable, Sendable {
    package var namespace: String
    package var name: String
    package var uid: String
    /// Only those with Gleaner's prefix.
    package var annotations: [String: String] = [:]
    package var parallelism = 1
    package var completions: Int?
    package var isSuspended = false
    package var createdAt: Timestamp
    /// When its `Complete` condition became true.
    package var completedAt: Timestamp?
    /// When its `Failed` condition became true.
    package var failedAt: Timestamp?

    package init(namespace: String, name: String, uid: String, createdAt: Timestamp) {
        self.namespace = namespace
        self.name = name
        self.uid = uid
        self.createdAt = createdAt
    }

    package var workloadID: WorkloadID { WorkloadID(namespace: namespace, kind: "Job", name: name, uid: uid) }
}
