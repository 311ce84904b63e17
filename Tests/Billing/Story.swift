import Foundation
import Model
import Testing

@testable import Billing

/// A journal told fact by fact, in seconds from its beginning, and the books that follow from it.
struct Story {
    /// A full hour, so that nothing depends on where an hour of the clock begins.
    static let start: Int64 = 1_800_000_000
    static let spot = Offering(instanceType: "g5.xlarge", zone: "us-east-1a", capacityType: .spot)
    static let onDemand = Offering(instanceType: "g5.xlarge", zone: "us-east-1a", capacityType: .onDemand)

    private(set) var entries: [JournalEntry] = []
    var configuration = GleanerConfiguration(clusterName: "shop", pools: [])
    var catalogue: Catalogue?

    static func time(_ second: Int64) -> Timestamp { Timestamp(seconds: start + second) }

    static func workload(_ name: String, namespace: String = "vision") -> WorkloadID {
        WorkloadID(namespace: namespace, kind: "Job", name: name, uid: "uid-\(name)")
    }

    static func shape(
        _ name: String = "a10g",
        types: [String] = ["g5.xlarge"],
        cpu: Int64 = 4,
        accelerators: Int64 = 1,
        model: String? = "A10G"
    ) -> Shape {
        Shape(
            name: name,
            instanceTypes: types,
            allocatable: Resources([
                "cpu": Quantity(cpu), "memory": Quantity(cpu * 4 << 30), "nvidia.com/gpu": Quantity(accelerators),
            ]),
            accelerator: model
        )
    }

    static func money(_ text: String) -> Money { Money(text) ?? .zero }

    mutating func tell(_ second: Int64, _ fact: Fact) {
        entries.append(
            JournalEntry(sequence: Int64(entries.count) + 1, at: Self.time(second), epoch: 1, fact: fact)
        )
    }

    mutating func admit(_ second: Int64, _ id: WorkloadID, team: String = "vision") {
        tell(second, .workloadAdmitted(Workload(id: id, team: team, createdAt: Self.time(second))))
    }

    mutating func price(_ offering: Offering, _ price: String, from second: Int64, told: Int64? = nil) {
        let point = PricePoint(
            offering: offering,
            pricePerHour: Self.money(price),
            effectiveAt: Self.time(second)
        )
        tell(told ?? second, .priceObserved(point))
    }

    /// Buys one node; its claim is `launch-0`.
    @discardableResult
    mutating func launch(
        _ second: Int64,
        _ launch: String = "launch",
        offering: Offering = Story.spot,
        price: String = "36",
        shape: Shape = Story.shape(),
        pool: String = "training",
        reservation: Reservation? = nil,
        for workloads: [WorkloadID] = []
    ) -> ClaimID {
        let request = LaunchRequest(
            id: launch,
            pool: pool,
            shape: shape,
            offering: offering,
            count: 1,
            pricePerHour: Self.money(price),
            nodeLabels: [:],
            nodeTaints: [],
            tags: [:],
            workloads: workloads,
            gang: nil,
            expectedCost: .zero,
            reservation: reservation
        )
        tell(second, .launchIntended(request, Explanation(workloads: workloads, summary: "bought")))
        return ClaimID("\(launch)-0")
    }

    mutating func launched(_ second: Int64, _ launch: String = "launch", offering: Offering = Story.spot) {
        let instance = Instance(
            id: InstanceID("i-\(launch)"),
            offering: offering,
            state: .pending,
            launchedAt: Self.time(second)
        )
        tell(second, .launchEnded(launch, .launched([instance])))
    }

    mutating func observe(
        _ claim: ClaimID,
        _ state: Instance.State,
        at second: Int64,
        told: Int64? = nil,
        estimated: Bool = false,
        reason: String? = nil
    ) {
        tell(
            told ?? second,
            .instanceObserved(
                InstanceObservation(
                    claim: claim,
                    instance: InstanceID("i-\(claim)"),
                    state: state,
                    at: Self.time(second),
                    isEstimated: estimated,
                    reason: reason
                )
            )
        )
    }

    /// Ends it as we do.
    mutating func end(_ claim: ClaimID, at second: Int64) {
        observe(claim, .shuttingDown, at: second, reason: "Client.UserInitiatedShutdown")
    }

    mutating func assign(
        _ second: Int64,
        _ uid: String,
        of workload: WorkloadID,
        to claim: ClaimID,
        millionths: Int64 = 1_000_000,
        accelerators: Int64 = 1
    ) {
        tell(
            second,
            .podAssigned(
                PodUse(
                    uid: uid,
                    pod: PodID(namespace: workload.namespace, name: uid),
                    workload: workload,
                    claim: claim,
                    accelerators: accelerators,
                    shareMillionths: millionths
                )
            )
        )
    }

    mutating func attempt(_ second: Int64, _ number: Int = 1, of workload: WorkloadID, on claims: ClaimID...) {
        tell(
            second,
            .attemptStarted(
                Attempt(
                    workload: workload,
                    number: number,
                    startedAt: Self.time(second),
                    claims: claims,
                    accelerators: 1
                )
            )
        )
    }

    mutating func attemptEnd(
        _ second: Int64,
        _ number: Int = 1,
        of workload: WorkloadID,
        _ outcome: Attempt.Outcome = .completed,
        lost: Int64 = 0,
        checkpoint: Int64 = 0
    ) {
        tell(
            second,
            .attemptEnded(
                AttemptEnd(
                    workload: workload,
                    number: number,
                    at: Self.time(second),
                    outcome: outcome,
                    lostWork: LostWork(seconds: lost, accelerators: 1),
                    checkpointSeconds: checkpoint
                )
            )
        )
    }

    func ledger(_ entries: [JournalEntry]? = nil) -> Ledger {
        var ledger = Ledger(configuration: configuration)
        if let catalogue { ledger.record(catalogue) }
        for entry in entries ?? self.entries { ledger.record(entry) }
        return ledger
    }

    func total(now second: Int64) -> String {
        ledger().total(now: Self.time(second)).formatted()
    }

    func report(
        _ window: Range<Int64> = 0..<1_000_000,
        by aggregate: [CostDimension] = [.workload],
        step: Duration? = nil,
        filter: [CostDimension: Set<String>] = [:],
        includeIdle: Bool = true,
        shareIdle: Bool = false,
        now second: Int64 = 1_000_000
    ) -> CostReport {
        let query = CostQuery(
            window: Self.time(window.lowerBound)..<Self.time(window.upperBound),
            aggregate: aggregate,
            step: step,
            filter: filter,
            includeIdle: includeIdle,
            shareIdle: shareIdle
        )
        return ledger().report(query, now: Self.time(second))
    }
}

extension CostReport {
    /// The figures of a row of the first step.
    func row(_ name: String) throws -> CostFigures {
        try #require(steps.first?.rows.first { $0.name == name }).figures
    }

    var names: [String] { steps.first?.rows.map(\.name) ?? [] }
}

extension CostFigures {
    /// Workload, idle, boot, drain, lost work, checkpoint, in cents.
    var cents: [Int] {
        [workloadCost, idleCost, bootCost, drainCost, lostWorkCost, checkpointCost]
            .map { Int(($0.approximate * 100).rounded()) }
    }
}
