/// What a workload asks for, and what a start costs it.
package struct TrialTerms: Hashable, Sendable {
    package let workSeconds: Int64
    package let deadlineSeconds: Int64

    /// What a start is expected to take before work goes on.
    package let changeoverSeconds: Int64

    /// A start takes the changeover times a number between one less this and one more, each equally likely.
    package let changeoverJitter: Double

    /// - Throws: `PolicyTrialError` when not even on-demand capacity could surely meet the deadline.
    package init(
        workSeconds: Int64,
        deadlineSeconds: Int64,
        changeoverSeconds: Int64,
        changeoverJitter: Double = 0
    ) throws(PolicyTrialError) {
        guard workSeconds > 0 else { throw .badWork(workSeconds) }
        guard changeoverSeconds >= 0 else { throw .badChangeover(changeoverSeconds) }
        guard changeoverJitter >= 0, changeoverJitter <= 1 else { throw .badJitter(changeoverJitter) }
        self.workSeconds = workSeconds
        self.deadlineSeconds = deadlineSeconds
        self.changeoverSeconds = changeoverSeconds
        self.changeoverJitter = changeoverJitter
        guard Double(deadlineSeconds) >= Double(workSeconds) + largestChangeover else {
            throw .deadlineTooShort(
                deadlineSeconds: deadlineSeconds,
                workSeconds: workSeconds,
                changeoverSeconds: largestChangeover
            )
        }
    }

    /// The longest that a start may take, in seconds.
    package var largestChangeover: Double { Double(changeoverSeconds) * (1 + changeoverJitter) }
}
