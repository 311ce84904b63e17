import Model
import Planning

/// How often running workloads should save, after all that was seen of the pools on which they stand.
extension Autoscaler {
    /// Whoever fails is asked half as often each time, until it is a sixty-fourth: from an hour to three days.
    private static let mostDoublings = 6

    /// From when on the present interval of a running workload counts.
    ///
    /// - Parameters:
    ///   - record: of the workload.
    ///   - attempt: the running one.
    ///   - told: until when its work is durable, as far as is known.
    /// - Returns: When its work was last durable, or it was last asked to save; else when it began.
    func lastSave(of record: State.Record, _ attempt: Attempt, told: Timestamp?) -> Timestamp {
        [attempt.startedAt, told, record.lastRegularAt].compactMap(\.self).max() ?? attempt.startedAt
    }

    /// How often a workload should save on what it stands on.
    ///
    /// - Parameters:
    ///   - record: of the workload.
    ///   - lastSave: from which its present interval counts.
    ///   - hazards: of the spot pools.
    ///   - now: the time.
    /// - Returns: Nil while it does not run, and on capacity that is not taken back.
    func checkpointAdvice(
        of record: State.Record,
        since lastSave: Timestamp,
        _ hazards: SpellHazardEstimate,
        at now: Timestamp
    ) -> CheckpointAdvice? {
        guard let attempt = record.running else { return nil }
        let hours = Self.hours(from: lastSave, to: now)
        let offerings = Set(attempt.claims.compactMap { state.claims[$0]?.offering }).sorted()
        let risk = SpellRisk(
            pools: offerings.map { offering in
                SpellRisk.Pool(
                    hazard: hazards.hazard(of: offering),
                    ageHours: hazards.ageHours(of: offering, at: now) - hours
                )
            }
        )
        guard !risk.isNone else { return nil }
        return CheckpointAdvice(
            risk: risk,
            contract: record.workload.checkpoint,
            costSeconds: record.savingSeconds,
            atLeast: record.failedSavingSeconds,
            unannouncedShare: hazards.unannouncedShare
        )
    }

    /// When a workload is to be asked to save without being told to stop.
    ///
    /// - Parameters:
    ///   - record: of the workload.
    ///   - advice: for it.
    ///   - lastSave: from which the interval counts.
    /// - Returns: Nil when it is not asked regularly.
    func nextRegularSave(of record: State.Record, _ advice: CheckpointAdvice, since lastSave: Timestamp) -> Timestamp? {
        guard configuration.checkpoints.asksRegularly, record.workload.checkpoint == .http,
            let interval = advice.intervalSeconds
        else { return nil }
        // One that saves often enough by itself need not be asked.
        if let own = record.workload.checkpointIntervalSeconds, own <= interval { return nil }
        return lastSave + .seconds(interval << min(record.regularFailures, Self.mostDoublings))
    }

    /// - Returns: At least 0.
    static func hours(from start: Timestamp, to end: Timestamp) -> Double {
        Double(max(0, end.milliseconds - start.milliseconds)) / 3_600_000
    }
}
