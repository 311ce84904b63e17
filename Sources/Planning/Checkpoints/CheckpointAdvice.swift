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
    package let costSeconds: Int64
    /// Whether that was measured; else it is `assumedCostSeconds`.
    package let isMeasured: Bool
    /// To compute between a checkpoint and the next; nil when no regular checkpoint is worth its cost.
    package let intervalSeconds: Int64?
    private let timing: CheckpointTiming
    private let risk: SpellRisk

    /// What following the advice is worth.
    package struct Worth: Hashable, Sendable {
        /// The part of its time that a workload is expected to waste so, with checkpoints and with work computed again,
        /// from 0 to 1.
        package var wastedShare: Double
        /// The same with the checkpoints that it makes by itself.
        package var presentWastedShare: Double
        /// What the difference is worth an hour, at the price of all that it holds; not negative.
        package var savedPerHour: Money
    }

    /// - Parameters:
    ///   - risk: of being stopped, from the last checkpoint on, or from the start where there was none.
    ///   - contract: how the workload saves when it is told to stop.
    ///   - measured: what one checkpoint costs; nil where none was measured.
    ///   - least: what it costs at the least, as those show that have failed since; nil where none has.
    ///   - unannouncedShare: of stops that come without a notice, from 0 to 1.
    package init(
        risk: SpellRisk,
        contract: CheckpointContract,
        costSeconds measured: Int64?,
        atLeast least: Int64? = nil,
        unannouncedShare: Double
    ) {
        self.risk = risk
        isMeasured = measured != nil
        costSeconds = max(1, measured ?? Self.assumedCostSeconds, least ?? 0)
        // One that can be asked to save shows soon what that takes: until then nothing relies on the notice.
        let usesNotice = contract != .none && (isMeasured || contract != .http)
        timing = CheckpointTiming(
            costHours: Double(costSeconds) / 3600,
            noticeHours: usesNotice ? Double(CostModel.secondsToSave) / 3600 : nil,
            unannouncedShare: unannouncedShare
        )
        intervalSeconds = timing.intervalHours(after: 0, risk).map { hours in
            let seconds = min(hours * 3600, Double(Self.longestIntervalSeconds))
            return max(Int64(seconds.rounded()), Self.shortestIntervalSeconds)
        }
    }

    /// Reckons what following the advice is worth in the coming day; that takes longer than the advice itself.
    ///
    /// - Parameters:
    ///   - hours: since the last checkpoint, or the start where there was none.
    ///   - present: how often the workload saves by itself, in seconds; nil when it does not.
    ///   - pricePerHour: of all that it holds.
    /// - Returns: The worth.
    package func worth(afterHours hours: Double, over present: Int64?, pricePerHour: Money) -> Worth {
        let coming = risk.later(byHours: hours)
        let rhythm = present.map { CheckpointRhythm.fixed(hours: Double($0) / 3600) } ?? .never
        let presentWastedShare = timing.wastedShare(rhythm, coming)
        // What is best on the whole may be worse for a day.
        let wastedShare = min(timing.wastedShare(.timed, coming), presentWastedShare)
        let millionths = Int(((presentWastedShare - wastedShare) * 1e6).rounded())
        return Worth(
            wastedShare: wastedShare,
            presentWastedShare: presentWastedShare,
            savedPerHour: pricePerHour * millionths / 1_000_000
        )
    }
}
