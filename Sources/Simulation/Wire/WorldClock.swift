import Foundation
package import HTTPTransport
package import Model
import Runtime

/// `now` of a world that runs faster than the wall: read from its stream of times and rates, continued in between.
///
/// Never decreases, also when the world slows down and turns out to be behind what was reckoned.
package final class WorldClock: Runtime.Clock {
    private struct State {
        var base: Timestamp
        var rate: Double
        var wall: ContinuousClock.Instant
        var last: Timestamp
        var failure: String?
    }

    private let state: Locked<State>
    private let url: String
    private let client: HTTPClient

    /// Waits for the world's first answer.
    ///
    /// - Parameters:
    ///   - url: of the world's clock.
    ///   - client: that speaks to it.
    /// - Throws: `WorldClockError` when it does not answer or is no clock.
    package init(url: String, client: HTTPClient) async throws {
        self.url = url
        self.client = client
        let response: HTTPStreamingResponse
        do throws(HTTPError) {
            response = try await client.stream(HTTPRequest(url: url, timeout: .seconds(10), idleTimeout: .seconds(10)))
        } catch {
            throw WorldClockError.unreachable(url: url, error)
        }
        guard response.status == 200 else { throw WorldClockError.notAClock(url: url, status: response.status) }
        var first: (Timestamp, Double)?
        var lines = LineSplitter()
        for try await chunk in response.body {
            first = lines.add(chunk).compactMap(Self.reading).first
            if first != nil { break }
        }
        guard let (now, rate) = first else { throw WorldClockError.notAClock(url: url, status: response.status) }
        state = Locked(State(base: now, rate: rate, wall: .now, last: now))
    }

    package var now: Timestamp {
        state.withLock { state in
            let passed = (ContinuousClock.now - state.wall).inSeconds * state.rate * 1000
            state.last = max(state.last, state.base + .milliseconds(Int64(passed)))
            return state.last
        }
    }

    package func sleep(until time: Timestamp) async throws {
        while true {
            let left = (time - now).inSeconds
            guard left > 0 else { return }
            let rate = state.withLock { $0.rate }
            // In slices, since the rate may change at any time.
            let wall = min(max(left / max(rate, 0.001), 0.0005), 0.02)
            try await Task.sleep(for: .seconds(wall))
        }
    }

    /// Follows the world until it is cancelled, and reconnects when the stream breaks.
    package func follow() async {
        while !Task.isCancelled {
            do {
                let response = try await client.stream(HTTPRequest(url: url, timeout: nil, idleTimeout: .seconds(10)))
                var lines = LineSplitter()
                for try await chunk in response.body {
                    guard let (now, rate) = lines.add(chunk).compactMap(Self.reading).last else { continue }
                    state.withLock { state in
                        state.base = now
                        state.rate = rate
                        state.wall = .now
                    }
                }
            } catch {
                // Without word from the world its time stands still: nothing is decided on a guess.
                state.withLock { state in
                    state.base = state.last
                    state.rate = 0
                    state.wall = .now
                }
            }
            try? await Task.sleep(for: .milliseconds(100))
        }
    }

    private static func reading(_ line: [UInt8]) -> (Timestamp, Double)? {
        guard let reading = try? JSONDecoder().decode(ClockLine.self, from: Data(line)) else { return nil }
        return (reading.now, reading.rate)
    }
}

/// One line of the world's clock.
struct ClockLine: Codable {
    /// Milliseconds since 1970.
    var now: Timestamp
    /// World seconds a wall second.
    var rate: Double
}

package enum WorldClockError: Error, CustomStringConvertible {
    case notAClock(url: String, status: Int)
    case unreachable(url: String, HTTPError)

    package var description: String {
        switch self {
        case .unreachable(let url, let error): "--clock \(url): \(error)"
        case .notAClock(let url, let status):
            "--clock \(url): answered \(status), not as a world's clock; give the address that `gleaner world` prints"
        }
    }
}

/// Splits a stream of bytes into lines.
struct LineSplitter {
    private var rest: [UInt8] = []

    mutating func add(_ bytes: [UInt8]) -> [[UInt8]] {
        rest += bytes
        var parts = rest.split(separator: 0x0A, omittingEmptySubsequences: false).map(Array.init)
        rest = parts.removeLast()
        return parts.filter { !$0.isEmpty }
    }
}
