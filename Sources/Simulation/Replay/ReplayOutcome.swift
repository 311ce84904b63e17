import Autoscaler
import Billing
package import Model

/// What a replay cost under one configuration, and how it went.
package struct ReplayOutcome: Sendable {
    package struct Workload: Sendable {
        package var namespace: String
        package var name: String
        package var kind: String
        package var team: String
        package var submittedAt: Timestamp
        /// When all its members began to compute for the first time.
        package var startedAt: Timestamp?
        package var finishedAt: Timestamp?
        package var deadline: Timestamp?
        package var attempts: Int
        package var interruptions: Int
        package var lostWorkSeconds: Int64
        package var cost: Money
        package var onDemandEquivalentCost: Money
        /// Why it is not finished; nil when it is.
        package var obstacle: String?

        /// Whether it was not finished by its deadline.
        package func isLate(at end: Timestamp) -> Bool { deadline.map { (finishedAt ?? end) > $0 } ?? false }
    }

    package struct Team: Sendable {
        package var name: String
        package var cost: Money
        package var onDemandEquivalentCost: Money
    }

    package let name: String
    package let start: Timestamp
    /// When the last node was gone, or the replay ended.
    package let end: Timestamp
    package let cost: Money
    package let onDemandEquivalentCost: Money
    /// The simulated cloud's own bill.
    package let meterCost: Money
    /// Of what no workload used; part of the cost, like every team's.
    package let teams: [Team]
    package let nodeSeconds: [CapacityType: Int64]
    package let acceleratorHours: [CapacityType: Double]
    /// Machines that the cloud took back.
    package let interruptions: Int
    /// Accelerator-seconds computed and thrown away.
    package let lostWorkSeconds: Int64
    package let workloads: [Workload]
    /// What the cluster would not take.
    package let refusals: [String]

    init(name: String, workloads: [ReplayWorkload], run: VirtualRun, books: Ledger) {
        let world = run.world
        let now = world.now
        self.name = name
        start = workloads.first?.submittedAt ?? now
        let bill = world.cloud.bill(at: now)
        meterCost = bill.roundedTotal
        cost = books.total(now: now)
        refusals = world.refusals
        interruptions = world.interruptions
        nodeSeconds = bill.lines.reduce(into: [:]) { sums, line in
            let seconds = (line.endedAt ?? now).seconds - line.runningAt.seconds
            sums[line.offering.capacityType, default: 0] += max(0, seconds)
        }
        let whole = CostQuery(window: (start - .seconds(86_400))..<(now + .seconds(86_400)), aggregate: [.team])
        let byTeam = books.report(whole, now: now)
        teams = byTeam.steps.flatMap(\.rows).map {
            Team(
                name: $0.name,
                cost: $0.figures.cost,
                onDemandEquivalentCost: $0.figures.onDemandEquivalentCost
            )
        }
        onDemandEquivalentCost = byTeam.total.onDemandEquivalentCost
        var byCapacity = whole
        byCapacity.aggregate = [.capacityType]
        acceleratorHours = books.report(byCapacity, now: now).steps.flatMap(\.rows).reduce(into: [:]) { sums, row in
            if let type = CapacityType(rawValue: row.name) { sums[type, default: 0] += row.figures.acceleratorHours }
        }
        let told = ReplayTruth(run: run, books: books)
        self.workloads = workloads.map { told.outcome(of: $0) }
        lostWorkSeconds = self.workloads.reduce(0) { $0 + $1.lostWorkSeconds }
        end = self.workloads.allSatisfy { $0.obstacle == nil } ? bill.lines.compactMap(\.endedAt).max() ?? now : now
    }

    package var balances: Bool { cost.rounded(places: 2) == meterCost }
    package var savings: Money { onDemandEquivalentCost - cost }
    package var unfinished: [Workload] { workloads.filter { $0.obstacle != nil } }
    package var late: [Workload] { workloads.filter { $0.isLate(at: end) } }

    /// From submission to the first computing, of all that ever computed, ascending.
    package var waits: [Int64] {
        workloads.compactMap { workload in workload.startedAt.map { ($0 - workload.submittedAt).components.seconds } }
            .sorted()
    }

    /// From submission to the end, of all that are finished, ascending.
    package var turnarounds: [Int64] {
        workloads.compactMap { workload in workload.finishedAt.map { ($0 - workload.submittedAt).components.seconds } }
            .sorted()
    }
}

/// The world's word of every workload, and the books', brought together.
private struct ReplayTruth {
    private var truths: [String: WorkloadTruth] = [:]
    private var starts: [String: Timestamp] = [:]
    private var costs: [String: [WorkloadCost]] = [:]
    private var reasons: [String: String] = [:]
    private let configuration: GleanerConfiguration

    init(run: VirtualRun, books: Ledger) {
        configuration = run.configuration
        let now = run.world.now
        for truth in run.world.truths { truths["\(truth.namespace)/\(truth.name)"] = truth }
        for entry in run.entries {
            guard case .attemptStarted(let attempt) = entry.fact, starts[attempt.workload.description] == nil else {
                continue
            }
            starts[attempt.workload.description] = attempt.startedAt
        }
        costs = Dictionary(grouping: books.workloads(now: now)) { $0.id.description }
        for status in run.core.status(at: now).workloads {
            if let reason = status.reason { reasons[status.workload.id.description] = reason }
        }
    }

    func outcome(of workload: ReplayWorkload) -> ReplayOutcome.Workload {
        let parts = workload.parts.map { truths["\(workload.namespace)/\($0)"] }
        let ends = parts.compactMap { $0?.endedAt }
        let isFinished = parts.allSatisfy { $0?.completed == true }
        let key = "\(workload.namespace)/\(workload.billedName)"
        let booked = costs[key] ?? []
        return ReplayOutcome.Workload(
            namespace: workload.namespace,
            name: workload.name,
            kind: workload.kind,
            team: configuration.team(of: workload.namespace),
            submittedAt: workload.submittedAt,
            startedAt: starts[key],
            finishedAt: isFinished ? ends.max() : nil,
            deadline: workload.deadline,
            attempts: booked.reduce(0) { $0 + $1.attempts },
            interruptions: booked.reduce(0) { $0 + $1.interruptions },
            lostWorkSeconds: max(
                parts.reduce(0) { $0 + ($1?.lostWorkSeconds ?? 0) },
                booked.reduce(0) { $0 + $1.lostWorkSeconds }
            ),
            cost: booked.reduce(.zero) { $0 + $1.cost },
            onDemandEquivalentCost: booked.reduce(.zero) { $0 + $1.onDemandEquivalentCost },
            obstacle: isFinished ? nil : obstacle(parts, key)
        )
    }

    private func obstacle(_ parts: [WorkloadTruth?], _ key: String) -> String {
        guard let truth = parts.compactMap({ $0 }).first(where: { !$0.completed }) else {
            return "the cluster refused it, or it was never submitted"
        }
        if truth.endedAt != nil { return "failed: its pods ended badly more often than its backoffLimit allows" }
        if let reason = reasons[key] { return reason }
        return truth.attempts > 0 ? "still runs" : "never ran"
    }
}
