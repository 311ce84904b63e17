import Model

@testable import Planning

/// A floor of standing nodes, told by hand: tests say what stands and runs, and read what may go.
struct Floor {
    static let now = Timestamp(seconds: 1_800_000_000)
    static let four = Floor.shape("four", gpus: 4)
    static let one = Floor.shape("one", gpus: 1)
    static let zone = "us-east-1a"

    var disruption = Disruption(policy: .whenEmptyOrUnderutilized, budgets: [])
    var nodes: [ConsolidationInput.Standing] = []
    var hosts: [PlanInput.Host] = []
    var tenants: [WorkloadID: ConsolidationInput.Tenant] = [:]
    var choices: [PlanInput.Choice] = []
    var headroom: [String: PlanInput.Headroom] = [:]
    var changeover = Changeover(bootSeconds: 120, pullSeconds: 60, restoreSeconds: 60)

    static func shape(_ type: String, gpus: Int64) -> Shape {
        Shape(name: type, instanceTypes: [type], allocatable: room(gpus), accelerator: "T4")
    }

    static func room(_ gpus: Int64) -> Resources {
        Resources([
            "nvidia.com/gpu": Quantity(gpus), Resources.cpu: Quantity(gpus * 8),
            Resources.memory: Quantity(gpus * 32 << 30), Resources.pods: Quantity(110),
        ])
    }

    static func offering(_ type: String, _ capacityType: CapacityType = .spot) -> Offering {
        Offering(instanceType: type, zone: zone, capacityType: capacityType)
    }

    /// A pod of a job of its own that runs and asks for GPUs.
    static func pod(_ name: String, gpus: Int64 = 1) -> Pod {
        var pod = Pod(id: PodID(namespace: "research", name: name), uid: "uid-\(name)", createdAt: now)
        pod.owner = Pod.Owner(kind: "Job", name: name, uid: "job-\(name)")
        pod.requests = Resources([
            "nvidia.com/gpu": Quantity(gpus), Resources.cpu: Quantity(gpus), Resources.pods: Quantity(1),
        ])
        pod.phase = .running
        pod.isReady = true
        return pod
    }

    static func workload(of pod: Pod) -> WorkloadID {
        WorkloadID(namespace: pod.id.namespace, kind: "Job", name: pod.id.name, uid: "job-\(pod.id.name)")
    }

    /// A node two hours old, quiet for an hour, on which these pods run, each of a workload that saves when it is asked
    /// and computes for ten hours more.
    mutating func add(
        _ name: String,
        shape: Shape = Floor.four,
        price: String = "4",
        capacityType: CapacityType = .spot,
        pods: [Pod] = []
    ) {
        var host = PlanInput.Host(
            name: name,
            labels: shape.nodeLabels(pool: "gpu", offering: Floor.offering(shape.name, capacityType)),
            taints: [],
            free: pods.reduce(shape.allocatable) { $0 - $1.requests }
        )
        var residents: [ConsolidationInput.Resident] = []
        for pod in pods {
            var running = pod
            running.nodeName = name
            host.pods.append(running)
            let workload = Floor.workload(of: pod)
            residents.append(ConsolidationInput.Resident(pod: running, workload: workload))
            guard tenants[workload] == nil else { continue }
            var known = Workload(id: workload, team: "science", createdAt: Floor.now)
            known.checkpoint = .signal
            let demand = PlanInput.Demand(
                workload: known,
                pods: [],
                capacityTypes: [.spot, .onDemand],
                remainingSeconds: 36_000
            )
            tenants[workload] = ConsolidationInput.Tenant(demand: demand, unsavedSeconds: 1800)
        }
        hosts.append(host)
        nodes.append(
            ConsolidationInput.Standing(
                claim: ClaimID(name),
                name: name,
                pool: "gpu",
                shape: shape,
                offering: Floor.offering(shape.name, capacityType),
                pricePerHour: Money(price) ?? .zero,
                initialisedAt: Floor.now - .seconds(7200),
                quietSince: Floor.now - .seconds(3600),
                residents: residents
            )
        )
    }

    mutating func offer(_ shape: Shape, _ capacityType: CapacityType = .spot, price: String, closed: String? = nil) {
        choices.append(
            PlanInput.Choice(
                pool: "gpu",
                shape: shape,
                offering: Floor.offering(shape.name, capacityType),
                pricePerHour: Money(price) ?? .zero,
                closedBecause: closed
            )
        )
    }

    mutating func change(_ node: String, _ change: (inout ConsolidationInput.Standing) -> Void) {
        for index in nodes.indices where nodes[index].name == node { change(&nodes[index]) }
    }

    /// Changes what is known of the workload of a pod.
    mutating func change(tenant pod: String, _ change: (inout ConsolidationInput.Tenant) -> Void) {
        let id = Floor.workload(of: Floor.pod(pod))
        guard var tenant = tenants[id] else { return }
        change(&tenant)
        tenants[id] = tenant
    }

    var input: ConsolidationInput {
        ConsolidationInput(
            surroundings: PlanInput(
                now: Floor.now,
                demands: [],
                hosts: hosts,
                pools: [Pool(name: "gpu", shapes: [], disruption: disruption)],
                choices: choices,
                headroom: headroom,
                changeover: changeover
            ),
            nodes: nodes,
            tenants: tenants,
            defaultDelay: .seconds(60)
        )
    }

    var chosen: [Consolidation] { Planning.consolidate(input) }
    /// Names of nodes that go, in the order of the actions.
    var going: [String] { chosen.flatMap { $0.removals.map(\.node) } }
}
