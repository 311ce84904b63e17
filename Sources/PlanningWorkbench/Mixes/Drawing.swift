import Model

/// What all mixes are made of.
enum Drawing {
    static let now = Timestamp(seconds: 1_792_000_000)
    static let mebibyte: Int64 = 1_048_576
    static let gibibyte: Int64 = 1_073_741_824
    static let gpu = "nvidia.com/gpu"

    /// A price from millionths of the currency, which is how exact the catalogues are.
    static func price(millionths: Int64) -> Money {
        let fraction = String(millionths % 1_000_000)
        let padded = String(repeating: "0", count: 6 - fraction.count) + fraction
        return Money("\(millionths / 1_000_000).\(padded)") ?? .zero
    }

    static func requests(cpuMilli: Int64, memoryMebibytes: Int64, gpus: Int64 = 0) -> Resources {
        Resources([
            Resources.cpu: Quantity(thousandths: cpuMilli),
            Resources.memory: Quantity(memoryMebibytes * mebibyte),
            Resources.pods: Quantity(1),
            gpu: Quantity(gpus),
        ])
    }

    static func pod(_ name: String, namespace: String = "default", labels: [String: String], requests: Resources) -> Pod
    {
        var pod = Pod(id: PodID(namespace: namespace, name: name), uid: name, createdAt: now)
        pod.labels = labels
        pod.requests = requests
        return pod
    }

    /// A workload of its own for one pod.
    static func lone(_ pod: Pod) -> PlanInput.Demand {
        demand(kind: "Pod", name: pod.id.name, pods: [pod])
    }

    static func demand(kind: String, name: String, pods: [Pod], gang: Gang? = nil, age: Int64 = 0) -> PlanInput.Demand {
        let namespace = pods.first?.id.namespace ?? "default"
        let id = WorkloadID(namespace: namespace, kind: kind, name: name, uid: "uid-\(name)")
        var workload = Workload(id: id, team: "", createdAt: Timestamp(seconds: now.seconds - age))
        workload.gang = gang
        workload.priority = pods.map(\.priority).max() ?? 0
        workload.accelerators = pods.reduce(0) { $0 + $1.requests.accelerators }
        return PlanInput.Demand(
            workload: workload,
            pods: pods,
            capacityTypes: [.spot, .onDemand],
            remainingSeconds: 3600
        )
    }
}
