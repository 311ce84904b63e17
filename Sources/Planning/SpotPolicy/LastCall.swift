/// How near the last moment is at which on-demand capacity meets the deadline, counted in whole steps as the authors of
/// Uniform Progress do.
struct LastCall {
    /// On demand must start now.
    let hasCome: Bool

    /// On demand must start now if the workload were to change over twice.
    let isNear: Bool

    init(_ question: SpotQuestion) {
        let step = question.step
        let timeLeft = Self.down(question.timeLeft, to: step)
        hasCome = Self.up(question.workLeft + question.changeover, to: step) >= timeLeft
        isNear = Self.up(question.workLeft + 2 * question.changeover, to: step) >= timeLeft
    }

    /// The answer, unless it is time for on-demand capacity: spot capacity that already works may be kept.
    func heeded(_ answer: SpotPlacement, _ question: SpotQuestion) -> SpotPlacement {
        guard let pool = question.standingPool else { return isNear || hasCome ? .onDemand : answer }
        guard hasCome else { return answer }
        return question.changeoverLeft < 1e-3 ? .spot(pool: pool) : .onDemand
    }

    private static func up(_ seconds: Double, to step: Double) -> Double {
        (seconds / step - 1e-9).rounded(.up) * step
    }

    private static func down(_ seconds: Double, to step: Double) -> Double {
        (seconds / step + 1e-9).rounded(.down) * step
    }
}
