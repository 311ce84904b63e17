package import Model

/// A step between a notice and the requeue, with its time.
package struct InterruptionStepRecord: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        case notice
        case cordon
        /// A workload was asked to save.
        case checkpointRequested
        /// A pod was asked over HTTP; it answered; it did not.
        case podAsked
        case acknowledged
        case unanswered
        case replacementPlanned
        case replacementLaunched
        case evicted
        case released
        /// Object storage has shown the checkpoint, or has not.
        case verified
        case unverified
        case stopped
        case requeued
        case reclaimed
    }

    package var at: Timestamp
    package var kind: Kind
    /// What it was about: a pod, a node, a workload, an object.
    package var subject: String
    package var detail: String?
    /// Of the workload that it was about; nil when it was about the node alone.
    package var namespace: String?

    package init(at: Timestamp, kind: Kind, subject: String, detail: String? = nil, namespace: String? = nil) {
        self.at = at
        self.kind = kind
        self.subject = subject
        self.detail = detail
        self.namespace = namespace
    }
}
