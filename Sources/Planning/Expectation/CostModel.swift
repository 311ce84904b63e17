import Foundation
package import Model

/// What finishing a workload's work takes on an offering, in expectation: pure, and cheap enough to be asked for every
/// pair of a demand and a choice.
///
/// A spot node is taken back at a constant rate λ, also while it starts, so the time until that happens is exponential.
/// Every part of the way that must be gone through in one go is a renewal process: a part of x seconds takes
/// f(x) = (e^(λx) - 1) / λ seconds of tries, the last of which succeeds, and e^(λx) - 1 interruptions
/// (J. T. Daly, "A higher order estimate of the optimum checkpoint interval for restart dumps", Future Generation
/// Computer Systems 22, 2006, equation 13, with restarts that can themselves be interrupted; Duda, "The effects of
/// checkpointing on program execution time", Information Processing Letters 16, 1983).
///
/// With a start of R seconds, and F interruptions and C seconds of tries while it computes, a workload is billed for
/// f(R) (1 + F) + C seconds. What F and C are depends on what an interruption throws away:
/// - nothing, when the work is saved within the notice: F = λW, C = W, and the saving itself comes on top each time;
/// - all since the last regular checkpoint, or since the start where there is none: F and C are the sums of
///   e^(λx) - 1 and f(x) over the segments x between checkpoints, each with the checkpoint that ends it.
///
/// The nodes of a gang are as exposed as one node: they stand in one capacity pool, and a pool that takes one node back
/// takes the others with it. (In the trace of 16 V100 nodes of "Can't Be Late", NSDI 2024, a node is lost 13.0 times a
/// day of running, and any one of the 16 is lost 13.2 times.)
///
/// By Wald's equation the number of interruptions is λ times the seconds during which a node was exposed to them. That
/// a spot instance which the cloud takes within its first hour is not billed is left out: it is no reason to seek
/// interruptions.
package struct CostModel: Sendable {
    /// Ten years: no part of a sum is longer, and none overflows.
    static let longestPartSeconds: Int64 = 3650 * 86_400
    /// What never comes to an end is reckoned with this.
    package static let longestSeconds: Int64 = 10 * longestPartSeconds
    /// A checkpoint that takes longer does not fit between an interruption notice and the reclaim, of which a margin
    /// is left unused.
    static let secondsToSave = Notice.interruptionLead.components.seconds - 5
    /// Without economics prices are compared for this time, whatever is to be done.
    private static let flatSeconds: Int64 = 3600

    private let economics: Economics?
    private let changeoverSeconds: Int64

    /// - Parameters:
    ///   - economics: What is known of speeds and interruptions; nil compares prices alone.
    ///   - changeover: What each start takes before work goes on.
    package init(economics: Economics?, changeover: Changeover) {
        self.economics = economics
        changeoverSeconds = Self.part(changeover.totalSeconds)
    }

    /// What is expected to be billed until a demand's work is finished.
    ///
    /// - Parameters:
    ///   - demand: whose work it is.
    ///   - offering: that it would run on.
    ///   - accelerator: of the shape; nil when it has none.
    /// - Returns: Seconds of each node, at least 0, at most `longestSeconds`; an hour when prices alone are compared.
    package func seconds(for demand: PlanInput.Demand, on offering: Offering, accelerator: String?) -> Int64 {
        outlook(for: demand, on: offering, accelerator: accelerator).totalSeconds
    }

    /// All that is expected of running a demand's work on an offering until it is finished.
    ///
    /// - Parameters:
    ///   - demand: whose work it is.
    ///   - offering: that it would run on.
    ///   - accelerator: of the shape; nil when it has none.
    /// - Returns: The outlook; an hour of computing without risk when prices alone are compared.
    package func outlook(for demand: PlanInput.Demand, on offering: Offering, accelerator: String?) -> Outlook {
        guard let economics else {
            return Outlook(startSeconds: 0, computingSeconds: Self.flatSeconds, totalSeconds: Self.flatSeconds)
        }
        let start = startSeconds(demand, zone: offering.zone)
        let segments = Segments(
            computing: Self.computingSeconds(demand, speed: speed(of: demand, on: accelerator, economics)),
            habit: demand.checkpoints
        )
        let rate = Self.ratePerSecond(offering, economics)
        guard rate > 0 else {
            return Outlook(
                startSeconds: start,
                computingSeconds: segments.computing,
                checkpointSeconds: segments.saving,
                totalSeconds: start + segments.computing + segments.saving
            )
        }
        return Self.outlook(
            start: start,
            segments: segments,
            secondsToSave: demand.workload.checkpoint == .none ? nil : max(0, demand.checkpoints.costSeconds),
            rate: rate
        )
    }

    private static func outlook(start: Int64, segments: Segments, secondsToSave: Int64?, rate: Double) -> Outlook {
        let undisturbed = Double(segments.computing + segments.saving)
        let interruptions: Double
        let tries: Double
        let lost: Double
        var saving = 0.0
        if let secondsToSave, secondsToSave <= Self.secondsToSave {
            interruptions = rate * undisturbed
            tries = undisturbed
            saving = interruptions * Double(secondsToSave)
            lost = saving
        } else {
            interruptions = segments.sum { failures(in: $0, rate: rate) }
            tries = segments.sum { secondsOfTries(for: $0, rate: rate) }
            lost = max(0, tries - undisturbed)
        }
        let exposed = secondsOfTries(for: Double(start), rate: rate) * (1 + interruptions) + tries
        let total = min(exposed + saving, Double(longestSeconds))
        let all = rate * min(exposed, Double(longestSeconds))
        return Outlook(
            startSeconds: start,
            computingSeconds: segments.computing,
            checkpointSeconds: segments.saving,
            expectedInterruptions: all,
            interruptionProbability: -expm1(-rate * (Double(start) + undisturbed)),
            lostSecondsPerInterruption: all > 0 ? Int64(min(lost / all, Double(longestSeconds)).rounded()) : 0,
            totalSeconds: Int64(total.rounded())
        )
    }

    /// How often a part that must be gone through in one go is interrupted before it succeeds.
    private static func failures(in part: Double, rate: Double) -> Double {
        min(expm1(rate * part), 1e15)
    }

    /// How long all the tries at such a part take together, the last one included.
    private static func secondsOfTries(for part: Double, rate: Double) -> Double {
        min(expm1(rate * part) / rate, 1e15)
    }

    private func startSeconds(_ demand: PlanInput.Demand, zone: String) -> Int64 {
        guard let dataset = demand.dataset, !dataset.zones.contains(zone) else { return changeoverSeconds }
        return changeoverSeconds + Self.part(dataset.loadSeconds)
    }

    /// Only what uses an accelerator gains from a faster one.
    private func speed(of demand: PlanInput.Demand, on accelerator: String?, _ economics: Economics) -> Double {
        guard let accelerator, let speed = economics.relativeSpeed[accelerator], speed > 0, speed != 1,
            demand.workload.accelerators > 0 || demand.pods.contains(where: { $0.requests.accelerators > 0 })
        else { return 1 }
        return speed
    }

    private static func computingSeconds(_ demand: PlanInput.Demand, speed: Double) -> Int64 {
        let work = part(demand.remainingSeconds)
        guard speed != 1 else { return work }
        return Int64(min((Double(work) / speed).rounded(.up), Double(longestPartSeconds)))
    }

    /// On-demand and reserved capacity is not taken back.
    private static func ratePerSecond(_ offering: Offering, _ economics: Economics) -> Double {
        guard offering.capacityType == .spot else { return 0 }
        let perHour = economics.interruptionsPerHour[offering] ?? economics.priorInterruptionsPerHour
        return perHour > 0 ? min(perHour, 3600) / 3600 : 0
    }

    private static func part(_ seconds: Int64) -> Int64 { min(max(0, seconds), longestPartSeconds) }
}

extension CostModel {
    /// A workload's computing, cut by its regular checkpoints.
    private struct Segments {
        var computing: Int64
        /// All regular checkpoints together.
        var saving: Int64
        /// Segments that end with a checkpoint: all but the last, after which the work is finished.
        var count: Int64
        /// Of each of them, its checkpoint included.
        var length: Int64
        var lastLength: Int64

        init(computing: Int64, habit: CheckpointHabit) {
            self.computing = computing
            guard let interval = habit.intervalSeconds, interval > 0, interval < computing else {
                (saving, count, length, lastLength) = (0, 0, 0, computing)
                return
            }
            // As many as fit in before the end: none is made when all is done.
            count = (computing - 1) / interval
            let cost = CostModel.part(habit.costSeconds)
            length = interval + cost
            lastLength = computing - count * interval
            saving = CostModel.part(count * cost)
        }

        /// Adds up a function of a segment's length over all segments.
        func sum(_ part: (Double) -> Double) -> Double {
            let last = part(Double(lastLength))
            return count > 0 ? Double(count) * part(Double(length)) + last : last
        }
    }
}
