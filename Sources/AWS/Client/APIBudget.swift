import Foundation
import Model

/// How fast one API may be asked, and how often again: shared by all who call it, so that a storm of refusals ends in
/// few requests a second instead of many in vain. The rules are those of the "adaptive" mode of AWS's own tools.
/// https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
///
/// Pure: `now` is any time that never goes back.
struct APIBudget {
    /// What a further attempt costs; an answer that did not come in time costs twice as much.
    private static let attemptCost = 5
    private static let timeoutCost = 10
    private static let capacity = 500

    private static let decrease = 0.7
    private static let growth = 0.4
    private static let smoothing = 0.8
    private static let leastRate = 1.0
    /// The longest that one request is held back.
    private static let longestWaitSeconds = 30.0

    private(set) var attemptsLeft = capacity

    /// Requests a second; nil until the first refusal for asking too much.
    private(set) var rate: Double?
    /// Requests that may be sent at once; below zero while some wait.
    private var saved = 0.0
    private var savedAt = 0.0
    /// What was sent, a second.
    private var measuredRate = 0.0
    private var measuredUntil: Double?
    private var sentSince = 0
    /// The rate at the last refusal, and when it was.
    private var ceiling = 0.0
    private var throttledAt = 0.0

    /// Takes what one more attempt costs.
    /// - Parameter isTimeout: whether the attempt before brought no answer.
    /// - Returns: what was taken, to be given back when it succeeds; nil when there is not so much left.
    mutating func takeAttempt(isTimeout: Bool) -> Int? {
        let cost = isTimeout ? Self.timeoutCost : Self.attemptCost
        guard attemptsLeft >= cost else { return nil }
        attemptsLeft -= cost
        return cost
    }

    /// Notes a request that goes out.
    /// - Parameter now: the time.
    /// - Returns: how long it must wait for its turn.
    mutating func takeTurn(at now: Duration) -> Duration {
        let now = now.inSeconds
        guard let rate else { return .zero }
        refill(now, rate)
        saved = max(saved - 1, -Self.longestWaitSeconds * rate)
        return saved >= 0 ? .zero : .milliseconds(Int64((-saved / rate * 1000).rounded()))
    }

    /// Notes an answer.
    /// - Parameters:
    ///   - cost: what the attempt had taken; 0 for a first one.
    ///   - now: the time.
    mutating func succeeded(cost: Int, at now: Duration) {
        attemptsLeft = min(Self.capacity, attemptsLeft + max(cost, 1))
        measure(now.inSeconds)
        guard rate != nil else { return }
        let since = now.inSeconds - throttledAt - recoverySeconds
        setRate(min(Self.growth * since * since * since + ceiling, 2 * measuredRate), now.inSeconds)
    }

    /// Notes a refusal for asking too much.
    mutating func throttled(at now: Duration) {
        measure(now.inSeconds)
        ceiling = min(measuredRate, rate ?? measuredRate)
        throttledAt = now.inSeconds
        setRate(min(ceiling * Self.decrease, 2 * measuredRate), now.inSeconds)
    }

    /// After so many seconds the rate is again what it was at the last refusal.
    private var recoverySeconds: Double {
        cbrt(ceiling * (1 - Self.decrease) / Self.growth)
    }

    private mutating func setRate(_ wanted: Double, _ now: Double) {
        // The first refusal costs no more than the wait that every failure does.
        if let rate { refill(now, rate) } else { (saved, savedAt) = (1, now) }
        let new = max(wanted, Self.leastRate)
        rate = new
        saved = min(saved, max(new, 1))
    }

    private mutating func refill(_ now: Double, _ rate: Double) {
        saved = min(max(rate, 1), saved + max(0, now - savedAt) * rate)
        savedAt = now
    }

    /// Counts over half seconds.
    private mutating func measure(_ now: Double) {
        let slot = (now * 2).rounded(.down) / 2
        sentSince += 1
        guard let until = measuredUntil else {
            measuredUntil = slot
            return
        }
        guard slot > until else { return }
        let current = Double(sentSince) / (slot - until)
        measuredRate = current * Self.smoothing + measuredRate * (1 - Self.smoothing)
        sentSince = 0
        measuredUntil = slot
    }
}
