import Model

/// Small pods on 400 linear shapes of 1 to 400 cores, sold as spot in two zones and on demand in three: the mix that
/// the autoscaling field measures itself with.
struct DiverseMix {
    private var generator: SeededGenerator

    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
    }

    /// Equal fifths of five kinds of constraint.
    func input(count: Int) -> PlanInput {
        var copy = self
        return Self.input(copy.fifths(count))
    }

    /// Pods that differ in nothing but their names.
    func identical(count: Int) -> PlanInput {
        var copy = self
        let requests = copy.requests()
        return Self.input((0..<count).map { Drawing.pod("same-\($0)", labels: ["app": "same"], requests: requests) })
    }

    /// Plain pods with requests drawn from a continuum.
    func distinct(count: Int) -> PlanInput {
        var copy = self
        let pods = (0..<count).map { index in
            let requests = Drawing.requests(
                cpuMilli: copy.generator.number(50...4000),
                memoryMebibytes: copy.generator.number(64...8192)
            )
            return Drawing.pod("distinct-\(index)", labels: ["app": "distinct"], requests: requests)
        }
        return Self.input(pods)
    }

    private static func input(_ pods: [Pod]) -> PlanInput {
        PlanInput(
            now: Drawing.now,
            demands: pods.map { Drawing.lone($0) },
            hosts: [],
            pools: [Pool(name: "general", shapes: [])],
            choices: choices(),
            gangsShareNodes: true
        )
    }

    private static func choices() -> [PlanInput.Choice] {
        let zones = [CapacityType.spot: ["zone-1", "zone-2"], .onDemand: ["zone-1", "zone-2", "zone-3"]]
        return (1...400).flatMap { (cores: Int64) in
            let shape = Shape(
                name: "general-\(cores)",
                instanceTypes: ["general-\(cores)"],
                allocatable: Resources([
                    Resources.cpu: Quantity(cores),
                    Resources.memory: Quantity(2 * cores * Drawing.gibibyte),
                    Resources.pods: Quantity(10 * cores),
                ])
            )
            // 0.1 for a core and 0.1 for 1e9 bytes, to the nearest millionth.
            let price = Drawing.price(millionths: (cores * 3_147_483_648 + 5000) / 10000)
            return [CapacityType.spot, .onDemand].flatMap { type in
                (zones[type] ?? []).map { zone in
                    PlanInput.Choice(
                        pool: "general",
                        shape: shape,
                        offering: Offering(instanceType: shape.name, zone: zone, capacityType: type),
                        pricePerHour: price
                    )
                }
            }
        }
    }

    private mutating func fifths(_ count: Int) -> [Pod] {
        let fifth = count / 5
        var pods: [Pod] = []
        for index in 0..<fifth { pods.append(Drawing.pod("plain-\(index)", labels: label(), requests: requests())) }
        for index in 0..<fifth { pods.append(spread("zone-spread-\(index)", over: Label.zone)) }
        for index in 0..<fifth { pods.append(spread("host-spread-\(index)", over: Label.hostname)) }
        for index in 0..<fifth {
            let own = ["my-affinity": letter()]
            var pod = Drawing.pod("affinity-\(index)", labels: own, requests: requests())
            pod.podAffinity = [term(own, over: Label.zone)]
            pods.append(pod)
        }
        for index in 0..<fifth {
            let own = ["app": "nginx"]
            var pod = Drawing.pod("anti-affinity-\(index)", labels: own, requests: requests())
            pod.podAntiAffinity = [term(own, over: Label.hostname)]
            pods.append(pod)
        }
        for index in pods.count..<max(pods.count, count) {
            pods.append(Drawing.pod("plain-\(index)", labels: label(), requests: requests()))
        }
        return pods
    }

    private mutating func spread(_ name: String, over key: String) -> Pod {
        var pod = Drawing.pod(name, labels: label(), requests: requests())
        let selector = LabelSelector(matchLabels: label())
        pod.topologySpread = [TopologySpreadConstraint(maxSkew: 1, topologyKey: key, selector: selector)]
        return pod
    }

    private func term(_ labels: [String: String], over key: String) -> PodAffinityTerm {
        PodAffinityTerm(selector: LabelSelector(matchLabels: labels), namespaces: ["default"], topologyKey: key)
    }

    private mutating func letter() -> String { generator.one(of: ["a", "b", "c", "d", "e", "f", "g"]) }
    private mutating func label() -> [String: String] { ["my-label": letter()] }

    private mutating func requests() -> Resources {
        Drawing.requests(
            cpuMilli: generator.one(of: [100, 250, 500, 1000, 1500]),
            memoryMebibytes: generator.one(of: [100, 256, 512, 1024, 2048, 4096])
        )
    }
}
