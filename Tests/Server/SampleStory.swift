import Model

@testable import Server

/// A journal of a company's day and a half: spot trainings, one gang, two interruptions of which one loses work.
struct SampleStory {
    static let start = Timestamp(seconds: 1_795_500_000)
    static let end = start + .seconds(30 * 3600)

    private(set) var entries: [JournalEntry] = []
    private(set) var claims: [Claim] = []
    private(set) var workloads: [Workload] = []

    static var configuration: GleanerConfiguration {
        var configuration = GleanerConfiguration(
            clusterName: "research <lab>",
            pools: [
                Pool(name: "training", shapes: [.init(name: "a100", instanceTypes: ["p4d.24xlarge"])]),
                Pool(name: "small", shapes: [.init(name: "a10g", instanceTypes: ["g5.2xlarge"])]),
            ]
        )
        configuration.teams = [
            .init(name: "vision", namespaces: ["vision"]), .init(name: "speech", namespaces: ["speech"]),
        ]
        return configuration
    }

    static let small = Shape(
        name: "a10g",
        instanceTypes: ["g5.2xlarge"],
        allocatable: Resources(["cpu": Quantity(7), "nvidia.com/gpu": Quantity(1)]),
        accelerator: "A10G"
    )
    static let large = Shape(
        name: "a100",
        instanceTypes: ["p4d.24xlarge"],
        allocatable: Resources(["cpu": Quantity(95), "nvidia.com/gpu": Quantity(8)]),
        accelerator: "A100"
    )

    func attempts(of id: WorkloadID) -> Int {
        entries.count { entry in
            if case .attemptStarted(let attempt) = entry.fact { attempt.workload == id } else { false }
        }
    }

    private func money(_ text: String) -> Money { Money(text) ?? .zero }

    private mutating func add(_ fact: Fact, _ at: Timestamp) {
        entries.append(JournalEntry(sequence: Int64(entries.count + 1), at: at, epoch: 1, fact: fact))
    }

    init() {
        let prices = [
            ("g5.2xlarge", CapacityType.spot, "0.4127"), ("g5.2xlarge", .onDemand, "1.212"),
            ("p4d.24xlarge", .spot, "9.8321"), ("p4d.24xlarge", .onDemand, "32.7726"),
        ]
        for (type, capacity, price) in prices {
            let offering = Offering(instanceType: type, zone: "us-east-1a", capacityType: capacity)
            let point = PricePoint(offering: offering, pricePerHour: money(price), effectiveAt: Self.start)
            add(.priceObserved(point), Self.start)
        }
        for index in 0..<7 {
            let namespace = index % 2 == 0 ? "vision" : "speech"
            let hours = [9, 14, 7, 18, 11, 20, 6][index]
            run("train-\(index)", namespace, from: 600 + index * 9000, hours: hours, nodes: 1, shape: Self.small)
        }
        run(
            "llm-<b>gang</b>",
            "speech",
            from: 20_000,
            hours: 9,
            nodes: 4,
            shape: Self.large,
            interruptedAfter: 4 * 3600
        )
        run(
            "resnet",
            "vision",
            from: 30_000,
            hours: 12,
            nodes: 1,
            shape: Self.small,
            interruptedAfter: 9000,
            loses: 1260
        )
        run("later", "vision", from: 95_000, hours: 12, nodes: 1, shape: Self.small)
        run("on-demand-night", "vision", from: 80_000, hours: 9, nodes: 1, shape: Self.small, capacity: .onDemand)
        let waiting = workload("waits", "vision", 8, at: Self.end - .seconds(2400))
        var summary =
            "No capacity: p4d.24xlarge in us-east-1a was refused 3 times & the pool \"training\" is at its limit."
        summary += " <script>alert(1)</script>"
        let rejected = option(Self.large, .spot, 1, "9.8321", "no capacity until 10:40")
        add(
            .explained(Explanation(workloads: [waiting.id], rejected: [rejected], summary: summary)),
            Self.end - .seconds(2390)
        )
        entries.sort { ($0.at, $0.sequence) < ($1.at, $1.sequence) }
        for index in entries.indices { entries[index].sequence = Int64(index + 1) }
    }

    private mutating func workload(_ name: String, _ namespace: String, _ accelerators: Int64, at: Timestamp)
        -> Workload
    {
        let id = WorkloadID(namespace: namespace, kind: "Job", name: name, uid: "uid-\(name)")
        var workload = Workload(id: id, team: namespace, createdAt: at)
        workload.accelerators = accelerators
        workload.checkpoint = .signal
        workloads.append(workload)
        add(.workloadAdmitted(workload), at)
        return workload
    }

    private func option(_ shape: Shape, _ capacity: CapacityType, _ nodes: Int, _ price: String, _ reason: String)
        -> Explanation.Option
    {
        Explanation.Option(
            pool: shape.name == "a100" ? "training" : "small",
            shape: shape.name,
            offering: Offering(instanceType: shape.instanceTypes[0], zone: "us-east-1a", capacityType: capacity),
            nodes: nodes,
            pricePerHour: money(price),
            expectedCost: money(price) * nodes * 9,
            reason: reason
        )
    }

    private mutating func run(
        _ name: String,
        _ namespace: String,
        from: Int,
        hours: Int,
        nodes: Int,
        shape: Shape,
        capacity: CapacityType = .spot,
        interruptedAfter: Int? = nil,
        loses: Int64 = 0
    ) {
        let at = Self.start + .seconds(from)
        let workload = workload(name, namespace, Int64(nodes) * shape.accelerators, at: at)
        let done = Self.start + .seconds(from + hours * 3600)
        guard let interruptedAfter else {
            attempt(
                1,
                workload,
                at,
                min(done, Self.end),
                shape,
                capacity,
                nodes,
                outcome: done <= Self.end ? .completed : nil
            )
            if done <= Self.end { add(.workloadEnded(workload.id, succeeded: true), done) }
            return
        }
        let stop = at + .seconds(interruptedAfter)
        attempt(1, workload, at, stop, shape, capacity, nodes, outcome: .interrupted, loses: loses)
        attempt(
            2,
            workload,
            stop + .seconds(30),
            min(done, Self.end),
            shape,
            capacity,
            nodes,
            outcome: done <= Self.end ? .completed : nil
        )
        if done <= Self.end { add(.workloadEnded(workload.id, succeeded: true), done) }
    }

    private mutating func attempt(
        _ number: Int,
        _ workload: Workload,
        _ at: Timestamp,
        _ stop: Timestamp,
        _ shape: Shape,
        _ capacity: CapacityType,
        _ nodes: Int,
        outcome: Attempt.Outcome?,
        loses: Int64 = 0
    ) {
        let price = capacity == .onDemand ? "1.212" : shape.name == "a100" ? "9.8321" : "0.4127"
        let chosen = option(shape, capacity, nodes, price, "the least expected cost")
        let dearer = option(
            shape,
            .onDemand,
            nodes,
            shape.name == "a100" ? "32.7726" : "1.212",
            "3.2 times the cost of spot"
        )
        let request = LaunchRequest(
            id: "\(workload.id.name.filter { $0.isLetter || $0.isNumber })-\(number)",
            pool: chosen.pool,
            shape: shape,
            offering: chosen.offering,
            count: nodes,
            pricePerHour: chosen.pricePerHour,
            nodeLabels: [:],
            nodeTaints: [],
            tags: [:],
            workloads: [workload.id],
            gang: nil,
            expectedCost: chosen.expectedCost
        )
        let why = "Buy \(nodes) × \(chosen.offering) for \(workload.id): the cheapest that finishes the work."
        add(
            .launchIntended(
                request,
                Explanation(workloads: [workload.id], chosen: chosen, rejected: [dearer], summary: why)
            ),
            at
        )
        let instances = request.claims.map {
            Instance(id: InstanceID("i-\($0.value)"), offering: chosen.offering, state: .pending, launchedAt: at)
        }
        add(.launchEnded(request.id, .launched(instances)), at + .seconds(2))
        let ready = at + .seconds(180)
        for (index, claim) in request.claims.enumerated() {
            add(observed(claim, .running, at + .seconds(20)), at + .seconds(21))
            add(.claimInitialised(claim, node: "node-\(claim)"), ready)
            let use = PodUse(
                uid: "pod-\(claim)",
                pod: PodID(namespace: workload.id.namespace, name: "\(workload.id.name)-\(index)"),
                workload: workload.id,
                claim: claim,
                accelerators: shape.accelerators,
                shareMillionths: 1_000_000
            )
            add(.podAssigned(use), ready + .seconds(1))
        }
        let attempt = Attempt(
            workload: workload.id,
            number: number,
            startedAt: ready + .seconds(30),
            claims: request.claims,
            accelerators: workload.accelerators
        )
        add(.attemptStarted(attempt), ready + .seconds(30))
        guard let outcome else {
            for (index, claim) in request.claims.enumerated() {
                var standing = Claim(request: request, index: index, at: at)
                standing.phase = .initialised
                standing.instance = InstanceID("i-\(claim)")
                standing.node = "node-\(claim)"
                standing.launchedAt = at
                claims.append(standing)
            }
            return
        }
        if outcome == .interrupted {
            let first = request.claims[0]
            let notice = Notice(
                id: "n-\(first)",
                kind: .interruption,
                instance: InstanceID("i-\(first)"),
                at: stop - .seconds(120)
            )
            add(.noticeReceived(notice, first), stop - .seconds(119))
            add(.checkpointRequested(workload.id, attempt: number, deadline: stop), stop - .seconds(119))
        }
        let lost = LostWork(seconds: loses, accelerators: workload.accelerators)
        let end = AttemptEnd(
            workload: workload.id,
            number: number,
            at: stop - .seconds(40),
            outcome: outcome,
            lostWork: lost,
            checkpointSeconds: outcome == .interrupted ? 54 : 0
        )
        add(.attemptEnded(end), stop - .seconds(30))
        for (index, claim) in request.claims.enumerated() {
            add(.podReleased(uid: "pod-\(claim)", claim), stop - .seconds(30))
            let isTaken = outcome == .interrupted && index == 0
            if !isTaken {
                add(.claimDraining(claim, reason: "empty for 60 s"), stop + .seconds(60))
                add(.terminationIntended(claim, InstanceID("i-\(claim)"), reason: "empty"), stop + .seconds(61))
            }
            let ended = isTaken ? stop : stop + .seconds(70)
            add(
                observed(claim, .terminated, ended, isTaken ? Instance.spotReclaimed : "Client.UserInitiatedShutdown"),
                ended
            )
        }
    }

    private func observed(_ claim: ClaimID, _ state: Instance.State, _ at: Timestamp, _ reason: String? = nil) -> Fact {
        .instanceObserved(
            InstanceObservation(
                claim: claim,
                instance: InstanceID("i-\(claim)"),
                state: state,
                at: at,
                isEstimated: false,
                reason: reason
            )
        )
    }
}
