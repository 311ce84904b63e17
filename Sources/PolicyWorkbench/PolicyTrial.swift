package import Planning
import Simulation

/// Runs a workload under a policy against traces of capacity.
///
/// The model is that of *Can't Be Late* (NSDI 2024), section 3.1: a decision at the start of every tick, after capacity is
/// seen; each start costs the changeover at the new price without progress; stopping is free. Prices count as parts of the
/// on-demand price. The policy is shielded, and sees nothing from before the start.
package struct PolicyTrial: Sendable {
    /// Seconds that are a matter of rounding, as the reference has it.
    private static let rounding = 1e-6

    /// Work of so many seconds that is left at the deadline is rounding summed up.
    private static let lateSeconds = 1e-3

    private let market: TracedMarket
    private let terms: TrialTerms
    private let seed: UInt64

    /// - Parameters:
    ///   - market: the capacity.
    ///   - terms: the workload.
    ///   - seed: of what starts take where that varies.
    package init(market: TracedMarket, terms: TrialTerms, seed: UInt64 = 0) {
        self.market = market
        self.terms = terms
        self.seed = seed
    }

    /// Runs the workload to its end.
    ///
    /// - Parameters:
    ///   - unshielded: a policy that has not served yet.
    ///   - startTick: at most the market's `lastStart` for the deadline.
    /// - Returns: what was held and paid.
    package func run(_ unshielded: any SpotPolicy, from startTick: Int) -> PolicyRun {
        var policy = DeadlineShield(unshielded)
        // The same draws for every policy: the n-th start of a run takes the same time under each.
        var chance = SeededGenerator(seed: seed, purpose: "changeovers from \(startTick)")
        let step = Double(market.gapSeconds)
        let deadline = Double(terms.deadlineSeconds)
        let work = Double(terms.workSeconds)
        let changeover = Double(terms.changeoverSeconds)
        let jitter = terms.changeoverJitter
        var question = SpotQuestion(
            elapsed: 0,
            work: work,
            workLeft: work,
            timeLeft: deadline,
            step: step,
            changeover: changeover,
            largestChangeover: terms.largestChangeover,
            changeoverLeft: 0,
            placement: .waiting,
            pools: market.pools.map { .init(isUp: $0.isUp[startTick], spellAge: 0, priceRatio: $0.priceRatio) }
        )
        var run = PolicyRun(startTick: startTick)
        var tick = startTick
        while question.workLeft > Self.rounding {
            guard question.timeLeft > Self.rounding else {
                run.isLate = question.workLeft > Self.lateSeconds
                break
            }
            if tick > startTick { look(at: tick, step: step, &question) }
            if case .spot = question.placement, question.standingPool == nil {
                question.placement = .waiting
                question.changeoverLeft = 0
            }
            let choice = policy.choose(question)
            if choice != question.placement {
                question.placement = choice
                question.changeoverLeft = 0
                if choice != .waiting {
                    run.starts += 1
                    question.changeoverLeft = changeover
                    if jitter > 0 { question.changeoverLeft *= chance.number(from: 1 - jitter, to: 1 + jitter) }
                }
            }
            hold(&question, &run)
            tick += 1
            question.elapsed += min(step, question.timeLeft)
            question.timeLeft = deadline - question.elapsed
        }
        return run
    }

    /// Sees the pools as they are now.
    private func look(at tick: Int, step: Double, _ question: inout SpotQuestion) {
        for index in market.pools.indices {
            question.pools[index].goOn(for: step, isUp: market.pools[index].isUp[tick])
        }
    }

    /// Holds the placement for a step, or until the work is done.
    private func hold(_ question: inout SpotQuestion, _ run: inout PolicyRun) {
        guard question.placement != .waiting else { return }
        let used = min(min(question.step, question.timeLeft), question.changeoverLeft + question.workLeft)
        if case .spot(let pool) = question.placement {
            run.spotSeconds += used
            run.costOnDemandSeconds += used * market.pools[pool].priceRatio
        } else {
            run.onDemandSeconds += used
            run.costOnDemandSeconds += used
        }
        let unpaid = min(question.changeoverLeft, used)
        question.changeoverLeft -= unpaid
        question.workLeft -= used - unpaid
    }
}
