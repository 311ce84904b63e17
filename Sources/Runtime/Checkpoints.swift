package import Model

/// Asks pods to save their work, as the loop uses it.
package protocol CheckpointRequester: Sendable {
    /// Posts to a pod and waits for its answer, no longer than the request allows.
    /// - Parameters:
    ///   - request: where and until when.
    ///   - now: the loop's time, by which the deadline is meant.
    /// - Returns: what the pod says, or why it says nothing.
    func ask(_ request: CheckpointRequest, at now: Timestamp) async -> CheckpointAnswer
}

/// Object storage that checkpoints are written to; it is only ever listed.
package protocol CheckpointStore: Sendable {
    /// Looks for an object under a prefix that was written at a time or later.
    func find(_ search: CheckpointSearch) async -> CheckpointFinding
}
