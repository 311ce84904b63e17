/// How one workload fared from one tick of a trace on.
package struct PolicyRun: Hashable, Sendable {
    package let startTick: Int

    /// Held on spot capacity, changeovers with it.
    package internal(set) var spotSeconds = 0.0

    /// Held on demand, changeovers with it.
    package internal(set) var onDemandSeconds = 0.0

    /// What was held, in seconds of on-demand capacity.
    package internal(set) var costOnDemandSeconds = 0.0

    /// How often capacity was taken: each time cost a changeover.
    package internal(set) var starts = 0

    /// Whether the deadline passed before the work was done.
    package internal(set) var isLate = false

    package var spotHours: Double { spotSeconds / 3600 }
    package var onDemandHours: Double { onDemandSeconds / 3600 }
    package var costOnDemandHours: Double { costOnDemandSeconds / 3600 }
}
