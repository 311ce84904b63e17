import Model

/// Nothing is decided, sent or waited for beyond the leadership under which it was asked for.
extension Engine {
    /// How often a leadership is looked at while nothing happens; what lies between the end of a renewal and that of the
    /// lease is many times longer.
    private static let watchInterval: Duration = .milliseconds(200)

    /// Fails once leadership is over, and with that cancels whatever is still being carried out.
    /// - Throws: `LeadershipOver`, or `CancellationError`.
    static func watch(_ leadership: Leadership) async throws {
        while leadership.isCurrent() { try await Task.sleep(for: watchInterval) }
        throw LeadershipOver(epoch: leadership.epoch)
    }
}

extension Command {
    /// Whether it changes something outside: only a leader may.
    var acts: Bool {
        switch self {
        case .wake, .plan, .consolidate, .listInstances, .refreshPrices, .inquire, .searchCheckpoint: false
        default: true
        }
    }
}
