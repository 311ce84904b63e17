import Model

/// Random clusters that touch every constraint the model knows: pools with limits, taints and namespaces, standing
/// nodes with pods on them, daemons, gangs, applications whose pods want or shun each other, ports and volumes.
struct EveryRuleMix {
    static let rack = "example.com/rack"

    var generator: SeededGenerator
    let zones = ["zone-a", "zone-b", "zone-c"]
    let namespaces = ["default", "research", "vision"]

    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
    }

    /// - Parameter count: How many pods wait.
    /// - Returns: The cluster and what is asked.
    func input(count: Int) -> PlanInput {
        var copy = self
        return copy.draw(count)
    }

    private mutating func draw(_ count: Int) -> PlanInput {
        let pools = [
            Pool(name: "general", shapes: []), Pool(name: "research", shapes: [], namespaces: ["research"]),
            Pool(name: "tainted", shapes: []),
        ]
        var input = PlanInput(now: Drawing.now, demands: [], hosts: [], pools: pools, choices: [])
        for pool in pools {
            input.choices += choices(of: pool.name)
            if generator.chance(30) { input.headroom[pool.name] = headroom(count) }
        }
        input.namespaceLabels = [
            "default": [:], "research": ["team": "science"], "vision": ["team": "science", "env": "production"],
        ]
        input.daemons = daemons()
        input.volumeClaims = namespaces.flatMap { volumeClaims(of: $0) }
        input.gangsShareNodes = generator.chance(50)
        for index in 0..<Int(generator.number(0...8)) { input.hosts.append(host(index)) }
        while count > input.demands.reduce(0, { $0 + $1.pods.count }) {
            let left = count - input.demands.reduce(0) { $0 + $1.pods.count }
            input.demands += application(input.demands.count, atMost: left)
        }
        if let gang = input.demands.first(where: { $0.workload.gang != nil }), generator.chance(50) {
            for index in input.hosts.indices.prefix(2) { input.hosts[index].reservedFor = gang.workload.id }
        }
        return input
    }

    // MARK: What is sold

    private mutating func choices(of pool: String) -> [PlanInput.Choice] {
        var choices: [PlanInput.Choice] = []
        for shape in shapes(of: pool) {
            for zone in zones where generator.chance(80) {
                for type in [CapacityType.spot, .onDemand] where generator.chance(90) {
                    let hundredths = 20 + shape.accelerators * 100 + shape.allocatable[Resources.cpu].whole * 4
                    let price = generator.number(hundredths...hundredths * 3 / 2) * (type == .spot ? 4000 : 10000)
                    choices.append(
                        PlanInput.Choice(
                            pool: pool,
                            shape: shape,
                            offering: Offering(instanceType: shape.name, zone: zone, capacityType: type),
                            pricePerHour: Drawing.price(millionths: price),
                            closedBecause: generator.chance(10) ? "no capacity until 14:05" : nil
                        )
                    )
                }
            }
        }
        return choices
    }

    private mutating func shapes(of pool: String) -> [Shape] {
        let sizes: [(String, String?, gpus: Int64, cpus: Int64, gibibytes: Int64)] = [
            ("small", nil, 0, 4, 16), ("middle", nil, 0, 16, 64), ("big", nil, 0, 64, 256), ("t4", "T4", 1, 8, 32),
            ("t4x4", "T4", 4, 48, 192), ("a100x8", "A100", 8, 96, 1000),
        ]
        return sizes.compactMap { name, model, gpus, cpus, gibibytes in
            guard generator.chance(85) else { return nil }
            var labels: [String: String] = [:]
            if generator.chance(70) { labels[Self.rack] = generator.one(of: ["r1", "r2", "r3"]) }
            if generator.chance(50) { labels["example.com/generation"] = generator.one(of: ["4", "5", "6"]) }
            return Shape(
                name: "\(pool)-\(name)",
                instanceTypes: ["\(pool)-\(name)"],
                allocatable: resources(gpus: gpus, cpus: cpus, gibibytes: gibibytes),
                accelerator: model,
                labels: labels,
                taints: pool == "tainted" ? [taint()] : generator.chance(20) ? [softTaint] : []
            )
        }
    }

    private func resources(gpus: Int64, cpus: Int64, gibibytes: Int64) -> Resources {
        var resources = Drawing.requests(cpuMilli: cpus * 1000, memoryMebibytes: gibibytes * 1024, gpus: gpus)
        resources[Resources.pods] = Quantity(30)
        return resources
    }

    let softTaint = Taint(key: "slow", effect: .preferNoSchedule)

    private mutating func taint() -> Taint {
        Taint(
            key: "dedicated",
            value: generator.one(of: ["a", "b"]),
            effect: generator.one(of: [.noSchedule, .noExecute])
        )
    }

    private mutating func headroom(_ count: Int) -> PlanInput.Headroom {
        PlanInput.Headroom(
            nodes: generator.chance(50) ? Int(generator.number(0...Int64(count / 3 + 2))) : nil,
            accelerators: generator.chance(50) ? generator.number(0...Int64(count + 4)) : nil,
            spendPerHour: generator.chance(50)
                ? Drawing.price(millionths: generator.number(0...Int64(count + 2)) * 1_000_000) : nil
        )
    }

    // MARK: What stands

    private mutating func daemons() -> [Pod] {
        var everywhere = Drawing.pod(
            "agent",
            namespace: "kube-system",
            labels: ["daemon": "agent"],
            requests: Drawing.requests(cpuMilli: 100, memoryMebibytes: 200)
        )
        everywhere.tolerations = [Toleration(key: nil, exists: true)]
        everywhere.hostPorts = [HostPort(port: 9100)]
        everywhere.isNodeBound = true
        var plugin = Drawing.pod(
            "device-plugin",
            namespace: "kube-system",
            labels: ["daemon": "device-plugin"],
            requests: Drawing.requests(cpuMilli: 250, memoryMebibytes: 512)
        )
        plugin.nodeAffinity = [
            NodeSelectorTerm(requirements: [NodeSelectorRequirement(key: Label.accelerator, operator: .exists)])
        ]
        plugin.isNodeBound = true
        return [everywhere, plugin].filter { _ in generator.chance(60) }
    }

    private mutating func volumeClaims(of namespace: String) -> [VolumeClaim] {
        (0..<3).map { index in
            let reachable = index == 2 ? Array(zones.prefix(2)) : [generator.one(of: zones)]
            let requirement = NodeSelectorRequirement(key: Label.zone, operator: .isIn, values: reachable)
            return VolumeClaim(
                namespace: namespace,
                name: "data-\(index)",
                volume: index == 2 ? nil : "volume-\(namespace)-\(index)",
                reachableFrom: [NodeSelectorTerm(requirements: [requirement])]
            )
        }
    }

    private mutating func host(_ index: Int) -> PlanInput.Host {
        let name = "host-\(index)"
        let gpus: Int64 = generator.one(of: [0, 1, 4, 8])
        var labels = [
            Label.hostname: name, Label.zone: generator.one(of: zones),
            Label.capacityType: generator.one(of: ["spot", "on-demand"]),
        ]
        if gpus > 0 { labels[Label.accelerator] = generator.one(of: ["T4", "A100"]) }
        if generator.chance(60) { labels[Self.rack] = generator.one(of: ["r1", "r2", "r3"]) }
        let pods = (0..<Int(generator.number(0...3))).map { running($0, on: name) }
        return PlanInput.Host(
            name: name,
            labels: labels,
            taints: generator.chance(25) ? [taint()] : generator.chance(20) ? [softTaint] : [],
            free: resources(gpus: gpus, cpus: generator.number(0...32), gibibytes: generator.number(0...128)),
            pods: pods
        )
    }

    private mutating func running(_ index: Int, on host: String) -> Pod {
        var pod = Drawing.pod(
            "\(host)-\(index)",
            namespace: generator.one(of: namespaces),
            labels: labels(of: Int(generator.number(0...6))),
            requests: Drawing.requests(cpuMilli: 500, memoryMebibytes: 512)
        )
        pod.nodeName = host
        pod.phase = .running
        if generator.chance(25) { pod.podAntiAffinity = [podTerm(namespace: pod.id.namespace, labels: pod.labels)] }
        if generator.chance(20) { pod.hostPorts = [hostPort()] }
        return pod
    }
}
