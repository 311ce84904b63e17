package import Model

/// The append-only record of facts.
package protocol Journal: Sendable {
    /// Identifies this journal among all that ever were, at most 16 characters of [a-z0-9]: launch ids begin with it.
    var identity: String { get }

    /// Every entry so far, in order.
    func entries() async throws -> [JournalEntry]

    /// The newest leadership that has begun here; 0 before the first.
    func newestEpoch() async throws -> Int64

    /// Begins a leadership: from here on nothing of an earlier one is taken any more, so that what is read after this
    /// is all there is.
    /// - Throws: when this epoch, or a later one, has begun already, or the store fails.
    func begin(epoch: Int64) async throws

    /// Commits all or none, durably, and returns them with their sequence numbers.
    /// - Throws: when a later epoch has begun already, or the store fails.
    func append(_ facts: [Fact], at: Timestamp, epoch: Int64) async throws -> [JournalEntry]
}
