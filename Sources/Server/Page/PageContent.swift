import Autoscaler
import Billing
import Model

/// Everything that the page shows, read once.
struct PageContent: Sendable {
    var now: Timestamp
    var clusterName: String
    var status: Status
    var missing: [String]
    var total: CostFigures
    var isEstimated: Bool
    /// The length of a step.
    var step: Duration
    /// Equal steps of the time since the first entry, the last up to now; figures of all rows together. None while
    /// nothing was spent.
    var steps: [(window: Range<Timestamp>, figures: CostFigures)]
    var teams: [(name: String, figures: CostFigures)]
    var workloads: [WorkloadView]
    var interruptions: [InterruptionRecord]
    var decisions: [DecisionRecord]
    var counters: Counters

    static func read(_ source: any StatusSource) async -> PageContent {
        let now = source.now
        let first = min(await source.firstEntryAt() ?? now, now)
        let step = Self.step(for: now - first)
        // Steps begin on the clock's own hours and days.
        let length = step.wholeMilliseconds
        let start = Timestamp(milliseconds: first.milliseconds - first.milliseconds % length)
        let window = start..<max(now, start)
        let overTime = await source.report(CostQuery(window: window, aggregate: [.capacityType], step: step))
        let byTeam = await source.report(CostQuery(window: window, aggregate: [.team]))
        let status = await source.status()
        return PageContent(
            now: now,
            clusterName: source.configuration.clusterName,
            status: status,
            missing: await Readiness.missing(in: source),
            total: byTeam.total,
            isEstimated: byTeam.isEstimated,
            step: step,
            steps: byTeam.total == CostFigures()
                ? []
                : overTime.steps.map { step in
                    var figures = CostFigures()
                    for row in step.rows { figures.add(row.figures) }
                    return (step.window, figures)
                },
            teams: byTeam.steps.flatMap(\.rows).map { ($0.name, $0.figures) },
            workloads: WorkloadView.all(costs: await source.workloadCosts(shareIdle: true), statuses: status.workloads),
            interruptions: await source.interruptions(),
            decisions: await source.decisions(limit: 40),
            counters: await source.counters()
        )
    }

    /// The shortest of some round lengths that makes at most 48 steps.
    static func step(for length: Duration) -> Duration {
        let minutes: [Int64] = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10_080, 43_200]
        let fits = minutes.first { Double($0) * 60 * 47 >= length.inSeconds }
        return .seconds((fits ?? 525_600) * 60)
    }
}
