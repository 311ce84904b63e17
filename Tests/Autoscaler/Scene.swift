import Model
import Testing

@testable import Autoscaler

/// A small cluster and cloud told by hand: tests say what happens, and read what the core decides.
struct Scene {
    static let start = Timestamp(milliseconds: 1_785_744_000_000)
    static let spot = Offering(instanceType: "p4d.24xlarge", zone: "us-east-1a", capacityType: .spot)
    static let onDemand = Offering(instanceType: "p4d.24xlarge", zone: "us-east-1a", capacityType: .onDemand)

    var core: Autoscaler
    var now = Scene.start
    var facts: [Fact] = []
    var commands: [Command] = []
    var entries: [JournalEntry] = []

    static func configuration(_ change: (inout GleanerConfiguration) -> Void = { _ in }) -> GleanerConfiguration {
        let pool = Pool(
            name: "training",
            shapes: [Pool.ShapeTemplate(name: "a100-8", instanceTypes: ["p4d.24xlarge"])],
            namespaces: ["vision", "language"],
            acceptedAnnotations: ["deadline"]
        )
        var result = GleanerConfiguration(clusterName: "test", pools: [pool])
        result.teams = [GleanerConfiguration.Team(name: "vision", namespaces: ["vision"])]
        change(&result)
        return result
    }

    static let catalogue = Catalogue(
        instanceTypes: [
            "p4d.24xlarge": InstanceType(
                name: "p4d.24xlarge",
                allocatable: resources(cpu: 95, memoryGi: 1000, gpus: 8, pods: 100),
                accelerator: "A100"
            )
        ],
        prices: Dictionary(
            uniqueKeysWithValues: [(spot, "10"), (onDemand, "30")].map { offering, price in
                (
                    offering,
                    PricePoint(offering: offering, pricePerHour: Money(price) ?? .zero, effectiveAt: start)
                )
            }
        )
    )

    /// The catalogue's prices, seen again.
    static var prices: Event { .pricesObserved(catalogue.prices.values.sorted { $0.offering < $1.offering }) }

    static func resources(cpu: Int64, memoryGi: Int64, gpus: Int64, pods: Int64 = 1) -> Resources {
        Resources([
            "cpu": Quantity(cpu), "memory": Quantity(memoryGi << 30), "nvidia.com/gpu": Quantity(gpus),
            "pods": Quantity(pods),
        ])
    }

    /// A core that leads, has its catalogue, and sees an empty cluster and no instances.
    init(_ configuration: GleanerConfiguration = Scene.configuration(), leads: Bool = true) {
        core = Autoscaler(configuration: configuration, identity: "journal")
        var events: [Event] = [
            .catalogueObserved(Scene.catalogue), .clusterListed(pods: [], nodes: [], jobs: []), .instancesListed([]),
        ]
        if leads { events.append(.leadership(epoch: 1)) }
        tell(events)
    }

    /// Lets time pass, tells what has happened, and keeps the answer.
    @discardableResult
    mutating func tell(_ events: [Event] = [.wake], after seconds: Int64 = 0) -> Decisions {
        now = now + .seconds(seconds)
        let decisions = core.step(events, at: now)
        for fact in decisions.facts {
            entries.append(JournalEntry(sequence: Int64(entries.count + 1), at: now, epoch: 1, fact: fact))
        }
        facts += decisions.facts
        commands += decisions.commands
        return decisions
    }

    /// Forgets what was decided so far.
    mutating func forget() {
        facts = []
        commands = []
    }

    /// The last question to planning since `forget`.
    var lastPlan: (generation: Int, input: PlanInput)? {
        for command in commands.reversed() {
            if case .plan(let generation, let input) = command { return (generation, input) }
        }
        return nil
    }

    static func pod(
        _ name: String,
        job: String,
        namespace: String = "vision",
        on node: String? = nil,
        gpus: Int64 = 8,
        annotations: [String: String] = [:]
    ) -> Pod {
        var pod = Pod(id: PodID(namespace: namespace, name: name), uid: "uid-\(name)", createdAt: start)
        pod.owner = Pod.Owner(kind: "Job", name: job, uid: "uid-job-\(job)")
        pod.annotations = Dictionary(uniqueKeysWithValues: annotations.map { ("gleaner.dev/\($0.key)", $0.value) })
        pod.requests = resources(cpu: 8, memoryGi: 64, gpus: gpus)
        pod.terminationGraceSeconds = 60
        pod.nodeName = node
        pod.isUnschedulable = node == nil
        return pod
    }

    static func job(_ name: String, namespace: String = "vision", parallelism: Int = 1) -> Job {
        var job = Job(namespace: namespace, name: name, uid: "uid-job-\(name)", createdAt: start)
        job.parallelism = parallelism
        return job
    }

    static func running(_ pod: Pod, on node: String, since: Timestamp) -> Pod {
        var result = pod
        result.nodeName = node
        result.isUnschedulable = false
        result.phase = .running
        result.isReady = true
        result.startedAt = since
        result.readyAt = since
        return result
    }

    static func node(_ name: String, instance: String, taints: [Taint] = [.starting], gpus: Int64 = 8) -> Node {
        var node = Node(name: name, uid: "uid-\(name)", createdAt: start)
        node.providerID = "aws:///us-east-1a/\(instance)"
        node.isReady = true
        node.taints = taints
        node.labels = [
            Label.zone: "us-east-1a", Label.accelerator: "A100", Label.pool: "training", Label.shape: "a100-8",
            Label.capacityType: "spot",
        ]
        node.allocatable = resources(cpu: 95, memoryGi: 1000, gpus: gpus, pods: 100)
        return node
    }

    static func instance(_ id: String, _ offering: Offering = spot, state: Instance.State = .pending, at: Timestamp)
        -> Instance
    {
        Instance(id: InstanceID(id), offering: offering, state: state, launchedAt: at, tags: [Tag.cluster: "test"])
    }

    /// The answer that planning would give: nodes of one offering, one pod each.
    static func purchase(
        _ workload: WorkloadID,
        nodes: Int,
        offering: Offering = spot,
        gang: Bool = true,
        expectedCost: String = "100"
    ) -> Plan {
        let shape = Shape(
            name: "a100-8",
            instanceTypes: ["p4d.24xlarge"],
            allocatable: resources(cpu: 95, memoryGi: 1000, gpus: 8, pods: 100),
            accelerator: "A100"
        )
        let price = catalogue.prices[offering]?.pricePerHour ?? .zero
        return Plan(purchases: [
            Plan.Purchase(
                pool: "training",
                shape: shape,
                offering: offering,
                pricePerHour: price,
                pods: Array(repeating: [], count: nodes),
                workloads: [workload],
                gang: gang ? workload : nil,
                expectedCost: Money(expectedCost) ?? .zero,
                explanation: Explanation(workloads: [workload], summary: "cheapest")
            )
        ])
    }

    static let gangAnnotations = ["gang": "llm", "gang-size": "2", "checkpoint": "signal"]
    static let gangID = WorkloadID(namespace: "vision", kind: "Gang", name: "llm", uid: "uid-job-llm")
    static let gangPods = ["llm-0", "llm-1"].map { pod($0, job: "llm", annotations: gangAnnotations) }

    /// A gang of two whose pods wait, from its arrival to the launch command; returns the request.
    mutating func launchGang() throws -> LaunchRequest {
        tell(Scene.gangPods.map { .podChanged($0) } + [.jobChanged(Scene.job("llm", parallelism: 2))])
        let asked = tell(after: 2)
        let generation = try #require(asked.plans.first?.generation)
        return try #require(
            tell([.planned(generation: generation, Scene.purchase(Scene.gangID, nodes: 2))]).launches.first
        )
    }

    /// The gang of two runs on nodes `node-0` and `node-1` (instances `i-0` and `i-1`) since the returned moment.
    mutating func runGang(offering: Offering = spot) throws -> Timestamp {
        let request = try launchGang()
        let instances = ["i-0", "i-1"].map { Scene.instance($0, offering, at: now) }
        tell([.launchEnded(request.id, .launched(instances))], after: 2)
        for instance in instances {
            tell([
                .noticeReceived(
                    Notice(id: "run-\(instance.id)", kind: .stateChange(.running), instance: instance.id, at: now)
                )
            ])
        }
        tell(
            [
                .nodeChanged(Scene.node("node-0", instance: "i-0")),
                .nodeChanged(Scene.node("node-1", instance: "i-1")),
            ],
            after: 100
        )
        tell([
            .nodeChanged(Scene.node("node-0", instance: "i-0", taints: [])),
            .nodeChanged(Scene.node("node-1", instance: "i-1", taints: [])),
        ])
        let since = now
        tell(
            zip(Scene.gangPods, ["node-0", "node-1"]).map { pod, node in
                .podChanged(Scene.running(pod, on: node, since: since))
            }
        )
        return since
    }

    /// A pod of the gang that was asked to stop at one time and ended at another.
    static func stopped(_ pod: Pod, on node: String, since: Timestamp, deletedAt: Timestamp, finishedAt: Timestamp)
        -> Pod
    {
        var result = running(pod, on: node, since: since)
        result.phase = .failed
        result.isReady = false
        result.deletedAt = deletedAt
        result.finishedAt = finishedAt
        return result
    }
}

extension Decisions {
    var plans: [(generation: Int, input: PlanInput)] {
        commands.compactMap { if case .plan(let generation, let input) = $0 { (generation, input) } else { nil } }
    }
    var launches: [LaunchRequest] { commands.compactMap { if case .launch(let request) = $0 { request } else { nil } } }
    var evictions: [Eviction] { commands.compactMap { if case .evict(let eviction) = $0 { eviction } else { nil } } }
    var told: [ObjectEvent] {
        commands.flatMap { command -> [ObjectEvent] in if case .tell(let events) = command { events } else { [] } }
    }
    var updates: [NodeUpdate] { commands.compactMap { if case .updateNode(let update) = $0 { update } else { nil } } }
    var terminations: [InstanceID] {
        commands.compactMap { command -> [InstanceID]? in
            if case .terminate(let instances, _) = command { instances } else { nil }
        }.flatMap { $0 }
    }
}

extension [Fact] {
    var ends: [AttemptEnd] { compactMap { if case .attemptEnded(let end) = $0 { end } else { nil } } }
    var starts: [Attempt] { compactMap { if case .attemptStarted(let attempt) = $0 { attempt } else { nil } } }
    var explanations: [String] {
        compactMap { if case .explained(let explanation) = $0 { explanation.summary } else { nil } }
    }
    var initialised: [ClaimID] { compactMap { if case .claimInitialised(let id, _) = $0 { id } else { nil } } }
    var admitted: [Workload] { compactMap { if case .workloadAdmitted(let workload) = $0 { workload } else { nil } } }
}
