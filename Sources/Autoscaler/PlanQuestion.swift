package import Model
import Planning

/// One question to `Planning` about a cluster that somebody describes, without a service that watches it: the same
/// grouping into workloads, the same policy and the same choices as the service's.
package struct PlanQuestion: Sendable {
    /// A cluster and what can be bought for it.
    package struct Scene: Sendable {
        package var pods: [Pod] = []
        package var nodes: [Node] = []
        package var jobs: [Job] = []
        /// What else has a say in where pods run.
        package var objects = SchedulingObjects()
        package var market = Market()
        /// What a service says that it can buy: taken instead of the market where there is no configuration.
        package var choices: [PlanInput.Choice] = []
        /// By spot offering, as a service has learnt.
        package var interruptionsPerHour: [Offering: Double] = [:]
        /// Nil has one pool that offers all that the market does, and accepts every annotation.
        package var configuration: GleanerConfiguration?
        /// Whether prices alone are compared where there is no configuration, or the cost of finishing the work too.
        package var comparesPrices = true

        package init() {}
    }

    package private(set) var input: PlanInput
    /// Pods that no plan is asked for, with the reason.
    package private(set) var heldBack: [Plan.Unplaceable] = []
    /// What a person should know of the answer, one sentence each.
    package private(set) var notes: [String] = []

    /// The pool that stands for all without a configuration.
    package static let defaultPool = "default"

    /// - Parameters:
    ///   - scene: What there is; its lists may come in any order.
    ///   - now: The time of the question.
    package init(_ scene: consuming Scene, at now: Timestamp) {
        let configuration = scene.configuration ?? Self.openConfiguration(scene.choices)
        let comparesPrices = scene.configuration == nil && scene.comparesPrices
        input = PlanInput(
            now: now,
            demands: [],
            hosts: [],
            pools: configuration.pools,
            choices: [],
            changeover: comparesPrices
                ? Changeover(bootSeconds: 0, pullSeconds: 0, restoreSeconds: 0) : configuration.changeover,
            namespaceLabels: Self.namespaceLabels(scene),
            volumeClaims: scene.objects.volumeClaims,
            economics: comparesPrices ? nil : configuration.expectedEconomics,
            gangsShareNodes: scene.configuration == nil || configuration.gangsShareNodes
        )
        input.economics?.interruptionsPerHour = scene.interruptionsPerHour
        input.choices = choices(scene)
        for pool in configuration.pools {
            input.headroom[pool.name] = Self.headroom(of: pool, beside: scene.nodes, scene.market)
        }
        let objects = scene.objects
        var members = Members(scene.pods, nodes: scene.nodes, jobs: JobIndex(scene.jobs), objects: objects)
        scene.pods = []
        input.hosts = Self.hosts(scene.nodes, &members)
        input.daemons = members.daemons
            .merging(scene.objects.daemonSets.mapValues(\.template)) { _, said in said }
            .values.sorted { ($0.id, $0.uid) < ($1.id, $1.uid) }
        heldBack = members.heldBack
        if members.strays > 0 {
            notes.append("\(members.strays) pods run on nodes that are not among those given, and are left out")
        }
        askForPlaces(members, scene.jobs, scene.nodes, objects, configuration)
    }

    /// Pools without limits, one for each that the choices name.
    private static func openConfiguration(_ choices: [PlanInput.Choice]) -> GleanerConfiguration {
        let names = choices.isEmpty ? [defaultPool] : Set(choices.map(\.pool)).sorted()
        let pools = names.map { name in
            Pool(
                name: name,
                shapes: [],
                capacityTypes: CapacityType.allCases,
                acceptedAnnotations: Annotation.allCases.map(\.rawValue)
            )
        }
        return GleanerConfiguration(clusterName: "", pools: pools)
    }

    // MARK: - Demands

    private mutating func askForPlaces(
        _ members: Members,
        _ jobs: [Job],
        _ nodes: [Node],
        _ objects: SchedulingObjects,
        _ configuration: GleanerConfiguration
    ) {
        let jobs = Dictionary(jobs.map { ($0.uid, $0) }) { first, _ in first }
        var policy = DeadlineShield(RoundedSpotPolicy(SpotRule.standard.policy))
        let market = SpotMarket(input.choices)
        var labels: [String: [String: String]] = [:]
        for node in nodes { labels[node.name] = node.labels }
        input.demands.reserveCapacity(members.groups.count)
        for group in members.groups {
            guard let first = group.waiting.first else { continue }
            let job = first.owner.flatMap { jobs[$0.uid] }
            var workload = configuration.workload(
                group.id,
                from: first,
                job: job,
                // Files may leave uids out, and then those of two kinds can be alike.
                object: objects.workloads[group.id.uid].flatMap { $0.workloadID == group.id ? $0 : nil },
                podGroup: objects.podGroup(of: first)
            )
            var pods = group.waiting
            if let gang = workload.gang {
                let present = pods.count + group.staying.count
                guard present >= gang.minimum else {
                    holdBack(pods, of: group.id, Gang.shortage(present: present, of: gang.minimum))
                    continue
                }
                if gang.topology == .zone, let node = group.staying.first?.nodeName {
                    pods = pods.map { $0.anchored(to: labels[node] ?? [:]) }
                }
            }
            workload.accelerators = max(
                workload.accelerators,
                Self.accelerators(pods) + Self.accelerators(group.staying)
            )
            let seconds = configuration.expectedSeconds(of: workload)
            let look = look(
                at: workload,
                group.waiting + group.staying,
                remainingSeconds: seconds,
                configuration,
                market,
                &policy
            )
            if let waiting = look?.waiting { notes.append("\(workload.id) \(waiting)") }
            input.demands.append(
                PlanInput.Demand(
                    workload: workload,
                    pods: pods,
                    capacityTypes: look?.types
                        ?? configuration.capacityTypes(
                            for: workload,
                            remainingSeconds: seconds,
                            // What a file says no creation of is created now.
                            waitingSince: workload.createdAt.milliseconds > 0 ? workload.createdAt : input.now,
                            at: input.now
                        ),
                    remainingSeconds: seconds,
                    checkpoints: CheckpointHabit(intervalSeconds: workload.checkpointIntervalSeconds),
                    dataset: workload.dataset.flatMap { name in configuration.datasets.first { $0.name == name } },
                    running: group.staying.map(\.id),
                    avoided: look?.avoided ?? []
                )
            )
        }
    }

    /// What the service's policy says of a workload that it has never seen before; nil where it has no say, as where
    /// nothing but prices is compared.
    private func look(
        at workload: Workload,
        _ pods: [Pod],
        remainingSeconds: Int64,
        _ configuration: GleanerConfiguration,
        _ market: SpotMarket,
        _ policy: inout DeadlineShield
    ) -> SpotLook? {
        guard let economics = input.economics, workload.isForSpotPolicy else { return nil }
        let fit = SpotFit(
            pods,
            of: workload,
            pools: input.pools,
            choices: input.choices,
            volumes: input.volumeClaims,
            relativeSpeed: economics.relativeSpeed
        )
        let since = workload.createdAt.milliseconds > 0 ? workload.createdAt : input.now
        let changeover = Double(input.changeover.totalSeconds)
        var asked = SpotCase(
            workload: workload,
            fit: fit,
            market: market,
            now: input.now,
            elapsed: (input.now - since).inSeconds,
            work: Double(remainingSeconds),
            remaining: Double(remainingSeconds),
            keepsWork: workload.keepsWork,
            waitingSince: since,
            changeover: changeover,
            largestChangeover: SpotCase.largest(changeover),
            prior: SpellHazard(interruptionsInFirstDay: configuration.economics.priorInterruptionsPerDay)
        )
        asked.waitingPricePerAcceleratorHour = configuration.economics.waitingPricePerAcceleratorHour
        return asked.look(&policy)
    }

    private static func accelerators(_ pods: [Pod]) -> Int64 {
        // Whatever a pod asks for: an absurd number fits nowhere, and breaks nothing.
        pods.reduce(0) { $0 + min($1.requests.accelerators, 1_000_000) }
    }

    private mutating func holdBack(_ pods: [Pod], of workload: WorkloadID, _ reason: String) {
        heldBack.append(
            Plan.Unplaceable(
                pods: pods.map(\.id),
                explanation: Explanation(workloads: [workload], summary: reason)
            )
        )
    }

    /// Where no namespace is described, those with pods have at least the label that every namespace has.
    private static func namespaceLabels(_ scene: borrowing Scene) -> [String: [String: String]] {
        guard scene.objects.namespaceLabels.isEmpty else { return scene.objects.namespaceLabels }
        var result: [String: [String: String]] = [:]
        for pod in scene.pods where result[pod.id.namespace] == nil {
            result[pod.id.namespace] = ["kubernetes.io/metadata.name": pod.id.namespace]
        }
        return result
    }

    // MARK: - What stands, and what can be bought

    private static func hosts(_ nodes: [Node], _ members: inout Members) -> [PlanInput.Host] {
        nodes.sorted { $0.name < $1.name }.compactMap { node in
            let pods = members.occupants.removeValue(forKey: node.name) ?? []
            guard node.isReady, !node.isUnschedulable else { return nil }
            return PlanInput.Host(
                name: node.name,
                labels: node.labels,
                taints: node.taints.filter { $0.key != Taint.starting.key },
                free: pods.reduce(node.allocatable) { $0 - $1.requests },
                pods: pods
            )
        }
    }

    private mutating func choices(_ scene: Scene) -> [PlanInput.Choice] {
        let now = input.now
        let market = scene.market
        guard let configuration = scene.configuration else {
            if !scene.choices.isEmpty { return scene.choices }
            var byType: [String: [Market.Offer]] = [:]
            for offer in market.offers { byType[offer.offering.instanceType, default: []].append(offer) }
            return market.shapes.sorted { $0.name < $1.name }.flatMap { shape in
                shape.instanceTypes.flatMap { type in
                    (byType[type] ?? []).sorted { $0.offering < $1.offering }.map { offer in
                        PlanInput.Choice(
                            pool: Self.defaultPool,
                            shape: shape,
                            offering: offer.offering,
                            pricePerHour: offer.pricePerHour,
                            closedBecause: offer.closure(at: now)
                        )
                    }
                }
            }
        }
        let catalogue = market.catalogue
        var shapes: [(pool: Pool, shape: Shape)] = []
        for pool in configuration.pools {
            for template in pool.shapes {
                if let shape = catalogue.shape(template, of: pool) {
                    shapes.append((pool, shape))
                } else {
                    notes.append("the catalogue has no instance type of shape \(template.name) of pool \(pool.name)")
                }
            }
        }
        let offers = Dictionary(market.offers.map { ($0.offering, $0) }) { first, _ in first }
        return PlanInput.Choice.all(
            of: shapes,
            prices: offers.mapValues(\.pricePerHour),
            closure: { offers[$0]?.closure(at: now) }
        )
    }

    /// What the pool's limits leave beside the nodes that carry its label.
    private static func headroom(of pool: Pool, beside nodes: [Node], _ market: Market) -> PlanInput.Headroom {
        let own = nodes.filter { $0.labels[Label.pool] == pool.name }
        func price(_ node: Node) -> Money {
            guard let offering = Offering(labels: node.labels) else { return .zero }
            return market.offers.first { $0.offering == offering }?.pricePerHour ?? .zero
        }
        return PlanInput.Headroom(
            nodes: pool.limits.nodes.map { $0 - own.count },
            accelerators: pool.limits.accelerators.map { limit in
                own.reduce(limit) { $0 - $1.allocatable.accelerators }
            },
            spendPerHour: pool.limits.spendPerHour.map { limit in own.reduce(limit) { $0 - price($1) } }
        )
    }
}
