import Foundation
package import Model

/// The machine's own clock, kept from ever going back.
package final class WallClock: Clock, @unchecked Sendable {
    private let lock = NSLock()
    private var last = Timestamp(milliseconds: 0)

    package init() {}

    package var now: Timestamp {
        let wall = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
        return lock.withLock {
            last = max(last, wall)
            return last
        }
    }

    package func sleep(until time: Timestamp) async throws {
        while true {
            let left = time - now
            guard left > .zero else { return }
            // In slices, since the wall clock may be set.
            try await Task.sleep(for: min(left, .seconds(30)))
        }
    }
}
