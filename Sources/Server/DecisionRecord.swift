package import Model

/// Something that Gleaner decided, and why.
package struct DecisionRecord: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        case launch
        /// A launch that the cloud refused.
        case launchFailed
        /// Nothing is bought for now.
        case wait
        case drain
        /// Nodes with pods on them are to go, or stay after all.
        case consolidate
        case terminate
        case evict
        case checkpoint
        case closeOffering
        case pause
        case resume
        /// What became of a ProvisioningRequest.
        case provision
    }

    /// Of the entry in the journal; later decisions have higher ones.
    package var sequence: Int64
    package var at: Timestamp
    package var kind: Kind
    /// One sentence for a person.
    package var text: String
    package var workloads: [WorkloadID]
    /// What was chosen and what was rejected, where there was a choice.
    package var explanation: Explanation?

    package init(
        sequence: Int64,
        at: Timestamp,
        kind: Kind,
        text: String,
        workloads: [WorkloadID] = [],
        explanation: Explanation? = nil
    ) {
        self.sequence = sequence
        self.at = at
        self.kind = kind
        self.text = text
        self.workloads = workloads
        self.explanation = explanation
    }
}
