package import Model

/// The append-only record of facts.
package protocol Journal: Sendable {
    /// Identifies this journal among all that ever were, at most 16 characters of [a-z0-9]: launch ids begin with it.
    var identity: String { get }

    /// Every entry so far, in order.
    func entries() async throws -> [JournalEntry]

    /// Commits all or none, durably, and returns them with their sequence numbers.
    /// - Throws: when a later epoch has written already, or the store fails.
    func append(_ facts: [Fact], at: Timestamp, epoch: Int64) async throws -> [JournalEntry]
}
