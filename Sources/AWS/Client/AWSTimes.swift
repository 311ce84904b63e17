import Foundation

/// Where a client takes its times from: none of them follows a world's clock.
package struct AWSTimes: Sendable {
    /// Wall time, since 1970.
    package var wallMilliseconds: @Sendable () -> Int64
    /// Any time that never goes back.
    package var elapsed: @Sendable () -> Duration
    package var sleep: @Sendable (Duration) async throws -> Void

    package init(
        wallMilliseconds: @escaping @Sendable () -> Int64,
        elapsed: @escaping @Sendable () -> Duration,
        sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.wallMilliseconds = wallMilliseconds
        self.elapsed = elapsed
        self.sleep = sleep
    }

    /// The machine's own.
    package static var machine: AWSTimes {
        let start = ContinuousClock.now
        return AWSTimes(
            wallMilliseconds: { Int64(Date().timeIntervalSince1970 * 1000) },
            elapsed: { ContinuousClock.now - start },
            sleep: { try await Task.sleep(for: $0) }
        )
    }
}
