package import Model

/// How often a running workload should save, and what that is worth.
package struct CheckpointAdvice: Hashable, Sendable {
    /// Taken for one checkpoint before one was measured: to write a model with its optimizer's state, some ten
    /// gigabytes, at the 200 MB/s of one stream into object storage.
    package static let assumedCostSeconds: Int64 = 60
    /// Never advised to be shorter: what is known of a cost is known to the second.
    package static let shortestIntervalSeconds: Int64 = 60
    /// Never advised to be longer: who knows what a month brings.
    static let longestIntervalSeconds: Int64 = 30 * 86_400

    /// Of one checkpoint.
    package var costSeconds: Int64
    /// Whether that was measured; else it is `assumedCostSeconds`.
    package var isMeasured: Bool
    /// To compute between a checkpoint and the next; nil when no regular checkpoint is worth its cost.
    package var intervalSeconds: Int64?
    /// The part of its time that it is expected to waste so, with checkpoints and with work computed again, from 0 to 1.
    package var wastedShare: Double
    /// The same with the checkpoints that it makes by itself.
    package var presentWastedShare: Double
    /// What the difference is worth an hour, at the price of all that the workload holds; not negative.
    package var savedPerHour: Money

    /// - Parameters:
    ///   - risk: of being stopped, from the last checkpoint on, or from the start where there was none.
    ///   - hoursSince: that moment.
    ///   - contract: how the workload saves when it is told to stop.
    ///   - present: how often it saves by itself; nil when it does not.
    ///   - measured: what one checkpoint costs; nil where none was measured.
    ///   - unannouncedShare: of stops that come without a notice, from 0 to 1.
    ///   - pricePerHour: of all that the workload holds.
    package init(
        risk: SpellRisk,
        hoursSince: Double,
        contract: CheckpointContract,
        intervalSeconds present: Int64?,
        costSeconds measured: Int64?,
        unannouncedShare: Double,
        pricePerHour: Money
    ) {
        isMeasured = measured != nil
        costSeconds = max(1, measured ?? Self.assumedCostSeconds)
        // One that can be asked to save shows soon what that takes: until then nothing relies on the notice.
        let usesNotice = contract != .none && (isMeasured || contract != .http)
        let timing = CheckpointTiming(
            costHours: Double(costSeconds) / 3600,
            noticeHours: usesNotice ? Double(CostModel.secondsToSave) / 3600 : nil,
            unannouncedShare: unannouncedShare
        )
        intervalSeconds = timing.intervalHours(after: 0, risk).map { hours in
            let seconds = min(hours * 3600, Double(Self.longestIntervalSeconds))
            return max(Int64(seconds.rounded()), Self.shortestIntervalSeconds)
        }
        let coming = risk.later(byHours: hoursSince)
        let rhythm = present.map { CheckpointRhythm.fixed(hours: Double($0) / 3600) } ?? .never
        presentWastedShare = timing.wastedShare(rhythm, coming)
        // What is best on the whole may be worse for a day.
        wastedShare = min(timing.wastedShare(.timed, coming), presentWastedShare)
        let millionths = Int(((presentWastedShare - wastedShare) * 1e6).rounded())
        savedPerHour = pricePerHour * millionths / 1_000_000
    }
}
