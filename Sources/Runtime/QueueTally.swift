/// What came out of the interruption queue since this process began; no number ever falls.
package struct QueueTally: Hashable, Sendable {
    /// What a message turned out to be.
    package enum Kind: String, CaseIterable, Sendable {
        case interruption
        case rebalance
        case stateChange = "state-change"
        case maintenance
        case capacityReservation = "capacity-reservation"
        /// Known, and of no use.
        case ignored
        /// An event of a kind that nothing is done for.
        case unknown
        /// No event at all, or one without what its kind must have.
        case malformed
    }

    /// Deliveries, so that a message which comes twice counts twice.
    package var received: [Kind: Int] = [:]
    package var deleted = 0
    /// Messages that were to be deleted and were not: they come again.
    package var undeleted = 0
    /// Calls for messages that failed.
    package var failedReads = 0

    package init() {}
}
