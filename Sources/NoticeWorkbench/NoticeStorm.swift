import Foundation
import HTTPTransport
import Model
import Runtime

/// Notices for every instance within a time, in batches of ten as a queue hands them out, in a random order, some of
/// them twice and some beside a second notice of the same reclaim.
final class NoticeStorm: NoticeSource {
    private struct State {
        var batches: [[Notice]] = []
        var begun: ContinuousClock.Instant?
        var sentAt: [Int: ContinuousClock.Instant] = [:]
        var acknowledged = 0
        var next = 0
    }

    private let state = Locked(State())
    private let length: Duration
    private let clock: any Runtime.Clock

    init(count: Int, within length: Duration, seed: UInt64, clock: any Runtime.Clock) {
        self.length = length
        self.clock = clock
        var generator = SplitMix(state: seed)
        var notices: [Notice] = []
        for number in 0..<count {
            let id = "notice-\(number)"
            let notice = Notice(
                id: id,
                kind: .interruption,
                instance: InstanceID("i-\(number)"),
                at: Timestamp(seconds: 0)
            )
            notices.append(notice)
            if number.isMultiple(of: 10) { notices.append(notice) }
            if number.isMultiple(of: 15) {
                var other = notice
                other.id = "\(id)-again"
                notices.append(other)
            }
        }
        notices.shuffle(using: &generator)
        let batches = stride(from: 0, to: notices.count, by: 10).map {
            Array(notices[$0..<min($0 + 10, notices.count)])
        }
        state.withLock { $0.batches = batches }
    }

    /// Lets it begin.
    func begin() {
        state.withLock { $0.begun = .now }
    }

    var count: Int { state.withLock { $0.batches.reduce(0) { $0 + $1.count } } }
    var acknowledgedCount: Int { state.withLock { $0.acknowledged } }
    /// When the notice of each instance was handed out first, by its number.
    var sentAt: [Int: ContinuousClock.Instant] { state.withLock { $0.sentAt } }

    func receive() async throws -> [QueuedMessage] {
        let total = state.withLock { $0.batches.count }
        // Several ask at once, and each batch goes to one of them.
        let turn = state.withLock { state -> (begun: ContinuousClock.Instant, next: Int)? in
            guard let begun = state.begun, state.next < total else { return nil }
            defer { state.next += 1 }
            return (begun, state.next)
        }
        guard let (begun, next) = turn else {
            try await Task.sleep(for: .milliseconds(5))
            return []
        }
        try await Task.sleep(until: begun + length / total * next, clock: .continuous)
        let now = clock.now
        return state.withLock { state in
            let sent = ContinuousClock.now
            return state.batches[next].enumerated().map { index, notice in
                if let number = Int(notice.instance.value.dropFirst(2)), state.sentAt[number] == nil {
                    state.sentAt[number] = sent
                }
                var notice = notice
                notice.at = now
                // Each delivery has a receipt of its own.
                return QueuedMessage(notice: notice, receipt: "\(next)-\(index)")
            }
        }
    }

    func acknowledge(_ receipts: [String]) async throws {
        state.withLock { $0.acknowledged += receipts.count }
    }
}

/// A generator that gives the same numbers for the same seed.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
