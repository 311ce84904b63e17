/// The work left and the slack at which values are reckoned, and those of them at which they are kept.
///
/// Slack is the time left less the work left and, while it runs, less what its start still takes: waiting spends it, and
/// so does every start.
struct ActionGrid: Sendable {
    /// More work than this, and more slack, is decided upon like this much.
    private static let longestHours = 48.0
    private static let shortestStep = 0.05
    /// So many of the first are all kept.
    private static let densest = 6

    /// Hours, ascending, from 0 on.
    let work: [Double]

    /// Hours, ascending, from the least with which a workload may be anywhere but on demand.
    let slack: [Double]

    /// Indices into both at which values are kept.
    let keptWork: [Int]
    let keptSlack: [Int]

    /// The hours of those.
    let workKept: [Double]
    let slackKept: [Double]

    /// How far apart points are at most: farther is faster, smaller, and worse.
    private struct Spacing {
        /// Of work and of slack, in hours.
        var longestRun: Double
        var longestWait: Double
        /// From one that is kept to the next.
        var workRatio: Double
        var slackRatio: Double

        static let onePool = Spacing(longestRun: 0.25, longestWait: 0.5, workRatio: 1.15, slackRatio: 1.08)
        /// Sixteen times as many states want to be few otherwise.
        static let twoPools = Spacing(longestRun: 0.5, longestWait: 1, workRatio: 1.5, slackRatio: 1.15)
    }

    /// - Parameters:
    ///   - reserve: what a start may take at most: the least slack.
    ///   - poolCount: one or two.
    init(reserve: Double, poolCount: Int) {
        let spacing = poolCount > 1 ? Spacing.twoPools : .onePool
        work = Self.points(from: 0, growth: 0.12, longestStep: spacing.longestRun)
        slack = Self.points(from: reserve, growth: 0.3, longestStep: spacing.longestWait)
        keptWork = Self.thinned(work, ratio: spacing.workRatio)
        keptSlack = Self.thinned(slack, ratio: spacing.slackRatio)
        workKept = keptWork.map { [work] in work[$0] }
        slackKept = keptSlack.map { [slack] in slack[$0] }
    }

    private static func points(from start: Double, growth: Double, longestStep: Double) -> [Double] {
        var points = [start]
        // Two at least, however long a start takes.
        while let last = points.last, last < max(longestHours, start + 1) {
            points.append(last + max(shortestStep, min(longestStep, (last - start) * growth)))
        }
        return points
    }

    /// The first ones, and those that are at least so much farther than the one before.
    private static func thinned(_ points: [Double], ratio: Double) -> [Int] {
        var kept = [0]
        for index in 1..<points.count
        where index <= densest || points[index] >= points[kept[kept.count - 1]] * ratio || index == points.count - 1 {
            kept.append(index)
        }
        return kept
    }
}
