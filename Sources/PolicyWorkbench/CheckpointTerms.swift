/// What a checkpoint costs, what is told beforehand of the end of a spell, and where in its last tick that is.
package struct CheckpointTerms: Hashable, Sendable {
    /// As for the service: of a notice, so much is left unused.
    static let marginSeconds: Int64 = 5

    package let costSeconds: Int64
    /// Nil when no end is announced.
    package let noticeSeconds: Int64?
    /// Of ends, those that come without a notice.
    package let unannouncedShare: Double
    /// Capacity is looked at once a tick, and went at some moment since the last look; else with the end of its tick.
    package let endsWithinTick: Bool

    /// - Parameters:
    ///   - costSeconds: during which nothing else is computed.
    ///   - noticeSeconds: from the notice to the end; nil when no end is announced.
    ///   - unannouncedShare: of ends that come without a notice, from 0 to 1.
    ///   - endsWithinTick: at any moment of a spell's last tick, each equally likely; else at its end.
    /// - Throws: `PolicyTrialError`.
    package init(
        costSeconds: Int64,
        noticeSeconds: Int64?,
        unannouncedShare: Double = 0,
        endsWithinTick: Bool = true
    ) throws(PolicyTrialError) {
        guard costSeconds > 0 else { throw .badCheckpointCost(costSeconds) }
        if let noticeSeconds, noticeSeconds < 0 { throw .badNotice(noticeSeconds) }
        guard unannouncedShare >= 0, unannouncedShare <= 1 else { throw .badUnannouncedShare(unannouncedShare) }
        self.costSeconds = costSeconds
        self.noticeSeconds = noticeSeconds
        self.unannouncedShare = noticeSeconds == nil ? 1 : unannouncedShare
        self.endsWithinTick = endsWithinTick
    }

    var costHours: Double { Double(costSeconds) / 3600 }

    /// In which a checkpoint must fit; nil when no end is announced.
    var usableNoticeHours: Double? { noticeSeconds.map { Double(max(0, $0 - Self.marginSeconds)) / 3600 } }

    /// Of ends, those that throw away what is not saved.
    var losingShare: Double {
        usableNoticeHours.map { costHours <= $0 } == true ? unannouncedShare : 1
    }
}
