package import Model

/// Where `now` comes from: the wall, a world that runs faster, or a test.
package protocol Clock: Sendable {
    var now: Timestamp { get }

    /// Returns at or after the given time.
    /// - Throws: `CancellationError` when the task is cancelled.
    func sleep(until time: Timestamp) async throws
}
