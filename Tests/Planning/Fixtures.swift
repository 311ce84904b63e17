import Model
import Testing

@testable import Planning

func money(_ text: String) -> Money { Money(text) ?? .zero }

/// A pod that asks for GPUs, CPUs and GiB.
func pod(_ name: String, namespace: String = "research", gpus: Int64 = 0, cpus: Int64 = 1, gibibytes: Int64 = 1) -> Pod
{
    var pod = Pod(id: PodID(namespace: namespace, name: name), uid: "uid-\(name)", createdAt: Timestamp(seconds: 0))
    pod.requests = resources(gpus: gpus, cpus: cpus, gibibytes: gibibytes, pods: 1)
    return pod
}

func resources(gpus: Int64 = 0, cpus: Int64, gibibytes: Int64, pods: Int64 = 110) -> Resources {
    Resources([
        "nvidia.com/gpu": Quantity(gpus),
        Resources.cpu: Quantity(cpus),
        Resources.memory: Quantity(gibibytes * 1_073_741_824),
        Resources.pods: Quantity(pods),
    ])
}

func shape(_ type: String, _ model: String? = nil, gpus: Int64 = 0, cpus: Int64, gibibytes: Int64) -> Shape {
    Shape(
        name: type,
        instanceTypes: [type],
        allocatable: resources(gpus: gpus, cpus: cpus, gibibytes: gibibytes),
        accelerator: model
    )
}

func choice(
    _ shape: Shape,
    _ capacityType: CapacityType = .onDemand,
    zone: String = "us-east-1a",
    price: String,
    pool: String = "gpu",
    closed: String? = nil
) -> PlanInput.Choice {
    PlanInput.Choice(
        pool: pool,
        shape: shape,
        offering: Offering(instanceType: shape.name, zone: zone, capacityType: capacityType),
        pricePerHour: money(price),
        closedBecause: closed
    )
}

func demand(
    _ name: String,
    _ pods: [Pod],
    gang: Gang? = nil,
    allowed: [CapacityType] = [.spot, .onDemand],
    hours: Int64 = 10,
    priority: Int = 0,
    createdAt: Int64 = 0
) -> PlanInput.Demand {
    let namespace = pods.first?.id.namespace ?? "research"
    let id = WorkloadID(namespace: namespace, kind: "Job", name: name, uid: "uid-\(name)")
    var workload = Workload(id: id, team: "science", createdAt: Timestamp(seconds: createdAt))
    workload.gang = gang
    workload.priority = priority
    return PlanInput.Demand(workload: workload, pods: pods, capacityTypes: allowed, remainingSeconds: hours * 3600)
}

func host(
    _ name: String,
    zone: String = "us-east-1a",
    model: String? = nil,
    capacityType: CapacityType = .onDemand,
    taints: [Taint] = [],
    free: Resources,
    reservedFor: WorkloadID? = nil
) -> PlanInput.Host {
    var labels = [Label.zone: zone, Label.capacityType: capacityType.rawValue]
    labels[Label.accelerator] = model
    return PlanInput.Host(name: name, labels: labels, taints: taints, free: free, reservedFor: reservedFor)
}

func input(
    _ demands: [PlanInput.Demand],
    hosts: [PlanInput.Host] = [],
    pools: [Pool] = [Pool(name: "gpu", shapes: [])],
    choices: [PlanInput.Choice],
    headroom: [String: PlanInput.Headroom] = [:],
    changeover: Int64 = 300
) -> PlanInput {
    PlanInput(
        now: Timestamp(seconds: 1_000_000),
        demands: demands,
        hosts: hosts,
        pools: pools,
        choices: choices,
        headroom: headroom,
        changeover: Changeover(bootSeconds: changeover, pullSeconds: 0, restoreSeconds: 0),
        economics: Economics()
    )
}

extension Plan {
    var cost: Money { purchases.reduce(.zero) { $0 + $1.expectedCost } }

    /// Of all nodes that are bought.
    var pricePerHour: Double {
        purchases.reduce(Money.zero) { $0 + $1.pricePerHour * $1.count }.approximate
    }

    /// Types and counts bought, sorted: `2 x small`.
    var bought: [String] {
        var counts: [String: Int] = [:]
        for purchase in purchases { counts[purchase.offering.instanceType, default: 0] += purchase.count }
        return counts.sorted { $0.key < $1.key }.map { "\($0.value) x \($0.key)" }
    }
}

let small = shape("small", "T4", gpus: 1, cpus: 4, gibibytes: 16)
let large = shape("large", "T4", gpus: 4, cpus: 16, gibibytes: 64)
let huge = shape("huge", "A100", gpus: 8, cpus: 96, gibibytes: 1000)
