import Model
import Planning

/// What facts say of the times in which spot capacity pools had nothing: from the first refusal, or the interruption, to
/// the last try that failed before one succeeded.
extension State {
    /// Since when an offering has been closed that is closed now, again or for the first time. What was left alone for
    /// long may have been open meanwhile.
    func closingBegan(_ offering: Offering, at now: Timestamp) -> Timestamp {
        guard let known = closures[offering], now - known.until <= Autoscaler.longestClosure else { return now }
        return known.since
    }

    /// Takes in that a pool has capacity again. To be told before its closure goes.
    mutating func noteReturn(of offering: Offering, at now: Timestamp, halfLife: Duration) {
        guard offering.capacityType == .spot, let closure = closures[offering] else { return }
        absences[offering, default: PoolAbsence(since: now)].add(
            from: closure.since,
            to: min(closure.until, now),
            at: now,
            halfLife: halfLife
        )
    }
}
