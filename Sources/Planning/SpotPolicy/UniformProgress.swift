/// Keeps the work done ahead of the line from nothing at the start to all of it at the deadline: behind the line and
/// without spot capacity it goes on demand, and it leaves on demand once two changeovers would not bring it back behind.
///
/// Wu et al., *Can't Be Late: Optimizing Spot Instance Savings under Deadlines* (NSDI 2024).
package struct UniformProgress: SpotPolicy {
    /// The share of work in the time left from which on the loose form draws its line.
    private static let looseShare = 0.7

    /// Where the line begins.
    private struct Origin: Hashable {
        var elapsed: Double
        var workLeft: Double
    }

    private let isLoose: Bool
    private var origin: Origin?

    /// - Parameter isLoose: whether it is greedy until the work left takes up 0.7 of the time left, and draws its line
    ///   only from there.
    package init(isLoose: Bool) {
        self.isLoose = isLoose
    }

    package mutating func choose(_ question: SpotQuestion) -> SpotPlacement {
        let lastCall = LastCall(question)
        let spotOrWaiting = question.spotOrWaiting
        if isLoose, origin == nil {
            if question.workLeft / question.timeLeft < Self.looseShare, !lastCall.isNear { return spotOrWaiting }
            origin = Origin(elapsed: question.elapsed, workLeft: question.workLeft)
        }
        let work = origin?.workLeft ?? question.work
        let elapsed = question.elapsed - (origin?.elapsed ?? 0)
        let whole = elapsed + question.timeLeft
        let done = work - question.workLeft
        let isUp = spotOrWaiting != .waiting

        var answer = spotOrWaiting
        if !isUp, done - elapsed * work / whole < -1e-6 { answer = .onDemand }
        if question.placement == .onDemand,
            !isUp || (elapsed + 2 * question.changeover) * work / whole - done >= 0
        {
            answer = .onDemand
        }
        return lastCall.heeded(answer, question)
    }
}
