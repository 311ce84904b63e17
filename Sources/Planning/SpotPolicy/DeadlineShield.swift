/// Overrides what a policy answers where it could miss a deadline that on-demand capacity can still meet.
///
/// It keeps this true at each decision: either the workload runs on demand and ends in time if it stays there, or a new
/// start on demand that takes as long as a start may take still ends in time.
package struct DeadlineShield: SpotPolicy {
    /// Seconds that are a matter of rounding.
    private static let rounding = 1e-6

    private var policy: any SpotPolicy

    /// - Parameter policy: the one whose answers are checked.
    package init(_ policy: any SpotPolicy) {
        self.policy = policy
    }

    package mutating func choose(_ question: SpotQuestion) -> SpotPlacement {
        let answer = policy.choose(question)
        return Self.allows(answer, question) ? answer : .onDemand
    }

    /// Whether the deadline is as safe afterwards as on-demand capacity makes it.
    ///
    /// To wait is allowed while a start on demand at the next decision still ends in time; spot capacity, where there is
    /// some, if the job ends within this step or if what is left of it could still be done on demand. On demand is always
    /// allowed.
    package static func allows(_ placement: SpotPlacement, _ question: SpotQuestion) -> Bool {
        let timeAfter = question.timeLeft - question.step
        switch placement {
        case .onDemand:
            return true
        case .waiting:
            return question.workLeft + question.largestChangeover <= timeAfter + rounding
        case .spot(let pool):
            guard question.pools.indices.contains(pool), question.pools[pool].isUp else { return false }
            let unpaid = placement == question.placement ? question.changeoverLeft : question.largestChangeover
            let speed = question.pools[pool].speed
            if question.workLeft <= speed * (min(question.step, question.timeLeft) - unpaid + rounding) { return true }
            let workAfter = max(0, question.workLeft - speed * max(0, question.step - unpaid))
            return workAfter + question.largestChangeover <= timeAfter + rounding
        }
    }
}
