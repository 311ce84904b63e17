package import Model

/// A queue that brings what the cloud says of our instances.
package protocol NoticeSource: Sendable {
    /// Waits for messages, for at most some seconds; an empty answer is not an error. Several may wait at once.
    func receive() async throws -> [QueuedMessage]

    /// Deletes messages, once their notices are in the journal.
    func acknowledge(_ receipts: [String]) async throws

    /// What came of the queue so far.
    func tally() -> QueueTally
}

extension NoticeSource {
    package func tally() -> QueueTally { QueueTally() }
}

/// A message of the queue; what is no notice of ours carries none and is acknowledged all the same.
package struct QueuedMessage: Sendable {
    package var notices: [Notice]
    /// Deletes this delivery of the message.
    package var receipt: String

    package init(notices: [Notice], receipt: String) {
        self.notices = notices
        self.receipt = receipt
    }

    package init(notice: Notice?, receipt: String) {
        self.init(notices: notice.map { [$0] } ?? [], receipt: receipt)
    }
}
