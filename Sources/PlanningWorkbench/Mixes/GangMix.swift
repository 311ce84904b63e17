import Model

/// Training gangs of 1 to 32 ranks of 1, 2, 4 or 8 accelerators, some bound to a model or a zone, and harder
/// variants of them.
struct GangMix {
    private static let zones = ["us-east-1a", "us-east-1b", "us-east-1c"]
    private static let taint = Taint(key: "nvidia.com/gpu", value: "present", effect: .noSchedule)

    private var generator: SeededGenerator

    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
    }

    /// On every machine.
    func input(count: Int) -> PlanInput {
        var copy = self
        let choices = copy.choices(AcceleratorMachine.all)
        return Self.input(copy.gangs(count), choices)
    }

    /// Where memory, not accelerators, fills the nodes.
    func memoryHeavy(count: Int) -> PlanInput {
        var copy = self
        let choices = copy.choices(AcceleratorMachine.all)
        return Self.input(
            copy.gangs(count, gibibytesPerGPU: [40, 60, 90, 120], models: ["A100", "L40S", "H100"]),
            choices
        )
    }

    /// On machines of eight accelerators.
    func eightOnly(count: Int) -> PlanInput {
        var copy = self
        let choices = copy.choices(AcceleratorMachine.all.filter { $0.gpus == 8 })
        return Self.input(copy.gangs(count), choices)
    }

    /// Where each cheap model has a pool with a limit that holds about an eighth of the demand.
    func limitedPools(count: Int) -> PlanInput {
        var copy = self
        let poolOf = ["T4": "nodes", "A10G": "accelerators", "L4": "spend", "V100": "spend"]
        let choices = copy.choices(AcceleratorMachine.all) { poolOf[$0.model] ?? "open" }
        var input = Self.input(copy.gangs(count, models: []), choices)
        let gpus = input.demands.reduce(0) { $0 + $1.workload.accelerators }
        input.headroom = [
            "nodes": PlanInput.Headroom(nodes: Int(gpus) / 40),
            "accelerators": PlanInput.Headroom(accelerators: gpus / 8),
            "spend": PlanInput.Headroom(spendPerHour: Money("\(gpus / 20)")),
        ]
        return input
    }

    /// Where nodes stand for about half of the demand, each half taken by pods that run.
    func halfFull(count: Int) -> PlanInput {
        var copy = self
        let choices = copy.choices(AcceleratorMachine.all)
        var input = Self.input(copy.gangs(count), choices)
        let wanted = input.demands.reduce(0) { $0 + $1.workload.accelerators } / 2
        let machines = AcceleratorMachine.all.filter { $0.gpus >= 4 }
        var standing: Int64 = 0
        while standing < wanted {
            let machine = copy.generator.one(of: machines)
            input.hosts.append(copy.halfFullHost(input.hosts.count, machine))
            standing += machine.gpus - machine.gpus / 2
        }
        return input
    }

    private static func input(_ demands: [PlanInput.Demand], _ choices: [PlanInput.Choice]) -> PlanInput {
        PlanInput(
            now: Drawing.now,
            demands: demands,
            hosts: [],
            pools: Set(choices.map(\.pool)).sorted().map { Pool(name: $0, shapes: []) },
            choices: choices,
            gangsShareNodes: true
        )
    }

    private static func shape(_ machine: AcceleratorMachine) -> Shape {
        Shape(
            name: machine.instanceType,
            instanceTypes: [machine.instanceType],
            allocatable: Resources([
                Resources.cpu: Quantity(machine.cpus - 1),
                Resources.memory: Quantity(machine.memoryMebibytes * 92 / 100 * Drawing.mebibyte),
                Resources.pods: Quantity(110),
                Drawing.gpu: Quantity(machine.gpus),
            ]),
            accelerator: machine.model,
            taints: [taint]
        )
    }

    private mutating func choices(
        _ machines: [AcceleratorMachine],
        pool: (AcceleratorMachine) -> String = { _ in "gpu" }
    ) -> [PlanInput.Choice] {
        var choices: [PlanInput.Choice] = []
        for machine in machines {
            let shape = Self.shape(machine)
            for zone in Self.zones {
                func add(_ type: CapacityType, _ millionths: Int64) {
                    choices.append(
                        PlanInput.Choice(
                            pool: pool(machine),
                            shape: shape,
                            offering: Offering(instanceType: shape.name, zone: zone, capacityType: type),
                            pricePerHour: Drawing.price(millionths: millionths)
                        )
                    )
                }
                add(.onDemand, machine.priceMillionths)
                // The advisor's saving is an average: the zones differ by up to a tenth.
                guard generator.chance(80) else { continue }
                let percent = 100 - machine.savingPercent
                add(.spot, machine.priceMillionths * percent * generator.number(900...1100) / 100_000)
            }
        }
        return choices
    }

    private mutating func gangs(
        _ count: Int,
        gibibytesPerGPU: [Int64] = [3, 6, 12],
        models: [String] = ["V100", "T4", "A10G", "A100", "H100", "L4", "L40S"]
    ) -> [PlanInput.Demand] {
        var demands: [PlanInput.Demand] = []
        var left = count
        while left > 0 {
            let ranks = min(Int(generator.one(of: [1, 1, 1, 2, 4, 8, 16, 32])), left)
            let gpus: Int64 = generator.one(of: [1, 1, 2, 4, 8])
            var selector: [String: String] = [:]
            if generator.chance(40), !models.isEmpty { selector[Label.accelerator] = generator.one(of: models) }
            if generator.chance(15) { selector[Label.zone] = generator.one(of: Self.zones) }
            let requests = Drawing.requests(
                cpuMilli: 1000 * generator.one(of: [1, 2, 3]) * gpus,
                memoryMebibytes: 1024 * generator.one(of: gibibytesPerGPU) * gpus,
                gpus: gpus
            )
            let name = "gang-\(demands.count)"
            let pods = (0..<ranks).map { rank in
                var pod = Drawing.pod("\(name)-\(rank)", labels: ["job-name": name], requests: requests)
                pod.tolerations = [Toleration(key: "nvidia.com/gpu", exists: true)]
                pod.nodeSelector = selector
                return pod
            }
            demands.append(Drawing.demand(kind: "Gang", name: name, pods: pods, gang: Gang(minimum: ranks)))
            left -= ranks
        }
        return demands
    }

    private mutating func halfFullHost(_ index: Int, _ machine: AcceleratorMachine) -> PlanInput.Host {
        let name = "standing-\(index)"
        let shape = Self.shape(machine)
        let type: CapacityType = generator.chance(50) ? .spot : .onDemand
        let offering = Offering(
            instanceType: machine.instanceType,
            zone: generator.one(of: Self.zones),
            capacityType: type
        )
        var labels = shape.nodeLabels(pool: "gpu", offering: offering)
        labels[Label.hostname] = name
        var free = shape.allocatable
        let pods = (0..<machine.gpus / 2).map { member in
            let requests = Drawing.requests(
                cpuMilli: 1000 * generator.one(of: [1, 2, 3]),
                memoryMebibytes: 1024 * generator.one(of: [3, 6, 12]),
                gpus: 1
            )
            free -= requests
            var pod = Drawing.pod("running-\(index)-\(member)", labels: ["job-name": "running"], requests: requests)
            pod.nodeName = name
            pod.phase = .running
            return pod
        }
        return PlanInput.Host(name: name, labels: labels, taints: shape.taints, free: free, pods: pods)
    }
}
