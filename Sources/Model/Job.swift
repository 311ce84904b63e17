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
    /// What made it, such as a JobSet or a CronJob.
    package var owner: Pod.Owner?
    /// The gang that its pods name.
    package var gang: String?
    /// The PodGroup that its pods name.
    package var podGroup: String?
    /// Of its pods.
    package var succeeded = 0
    /// What its pods will be, where it is suspended and ours to unsuspend.
    package var template: Pod?
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

    /// How it ended, once it has.
    package var end: WorkloadObject.End? {
        (completedAt ?? failedAt).map { WorkloadObject.End(succeeded: completedAt != nil, at: $0) }
    }

    /// More pods than this at once are no Job that anybody unsuspends.
    package static let memberLimit = 10_000

    /// The pods that it would have if it were not suspended, where it is ours to unsuspend. No pod of a cluster can have
    /// their names.
    package var expectedPods: [Pod] {
        guard let template, end == nil else { return [] }
        let count = min(parallelism, completions.map { $0 - succeeded } ?? parallelism, Self.memberLimit)
        return (0..<max(0, count)).map { index in
            var pod = template
            pod.id.name = "\(name)[\(index)]"
            pod.uid = "\(uid)[\(index)]"
            return pod
        }
    }
}
