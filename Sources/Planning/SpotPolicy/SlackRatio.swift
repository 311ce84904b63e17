/// Always takes spot capacity; without it waits while the slack is more than a tenth of the work left and two steps.
///
/// The best rule on the single-zone leaderboard for the traces of *Can't Be Late* (NSDI 2024).
package struct SlackRatio: SpotPolicy {
    package init() {}

    package func choose(_ question: SpotQuestion) -> SpotPlacement {
        let slack = question.timeLeft - question.workLeft - question.changeover
        guard slack > question.step else {
            return question.standingPool.map { .spot(pool: $0) } ?? .onDemand
        }
        if let pool = question.preferredPool { return .spot(pool: pool) }
        if question.placement == .onDemand { return .onDemand }
        return slack < 0.1 * question.workLeft + 2 * question.step ? .onDemand : .waiting
    }
}
