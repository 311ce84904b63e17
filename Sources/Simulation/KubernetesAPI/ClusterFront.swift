/// Who owns the cluster's objects and the world's clock, as the API server sees it.
///
/// An actor that drives the world conforms: `withStore` is its only door, so that requests and controllers take turns.
package protocol ClusterFront: Sendable {
    /// Runs work on the store, alone.
    ///
    /// - Parameter body: Gets the store and the world's time in milliseconds since 1970; it must be short.
    /// - Returns: What the body returns.
    /// - Throws: What the body throws.
    func withStore<Value: Sendable>(
        _ body: @Sendable (inout ObjectStore, Int64) throws -> Value
    ) async throws -> Value

    /// A signal for each time the store may have changed. Signals that nobody has taken yet fall together into one, so
    /// that a slow watcher costs nothing; what changed is in the store's log.
    func changeSignals() async -> AsyncStream<Void>
}

/// The watchers that a `ClusterFront` wakes.
package struct ChangeSignals: Sendable {
    private var continuations: [AsyncStream<Void>.Continuation] = []

    package init() {}

    /// A new watcher's stream.
    package mutating func subscribe() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        continuations.append(continuation)
        return stream
    }

    /// Wakes every watcher and forgets those that are gone.
    package mutating func notify() {
        continuations.removeAll { continuation in
            if case .terminated = continuation.yield() { true } else { false }
        }
    }
}
