import Model
import PlanningWorkbench

@testable import Planning

/// Draws inputs that touch every constraint.
struct RandomCluster {
    private var generator: SeededGenerator
    private let zones = ["us-east-1a", "us-east-1b", "us-east-1c"]

    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
    }

    private mutating func number(_ range: ClosedRange<Int64>) -> Int64 { .random(in: range, using: &generator) }
    private mutating func chance(_ percent: Int64) -> Bool { number(1...100) <= percent }
    private mutating func one<Element>(of list: [Element]) -> Element { list[Int(number(0...Int64(list.count - 1)))] }
    private mutating func cents(_ range: ClosedRange<Int64>) -> Money {
        Money("\(number(range))").map { $0 / 100 } ?? .zero
    }

    mutating func cluster(demands count: Int) -> PlanInput {
        let pools = [
            Pool(name: "gpu", shapes: []), Pool(name: "vision", shapes: [], namespaces: ["vision"]),
            Pool(name: "tainted", shapes: []),
        ]
        var result = input([], pools: pools, choices: [])
        for pool in pools {
            for shape in shapes(for: pool.name) {
                for zone in zones where chance(80) {
                    for type in [CapacityType.spot, .onDemand] {
                        let base = shape.accelerators * 100 + 20
                        var price = cents(base...base * 2)
                        if type == .spot { price = price / 3 }
                        let closed = chance(15) ? "no capacity until 14:05" : nil
                        result.choices.append(
                            PlanInput.Choice(
                                pool: pool.name,
                                shape: shape,
                                offering: Offering(instanceType: shape.name, zone: zone, capacityType: type),
                                pricePerHour: price,
                                closedBecause: closed
                            )
                        )
                    }
                }
            }
            if chance(50) { result.headroom[pool.name] = headroom() }
        }
        for index in 0..<count { result.demands.append(drawDemand(index)) }
        for index in 0..<Int(number(0...6)) { result.hosts.append(drawHost(index, result.demands)) }
        return result
    }

    /// A tiny one without hosts and limits, which a search through all plans can solve.
    mutating func tiny() -> PlanInput {
        var result = input([], choices: [])
        for index in 0..<Int(number(2...4)) {
            let gpus = one(of: [1, 2, 4, 8] as [Int64])
            let machine = shape(
                "m\(index)",
                "T4",
                gpus: gpus,
                cpus: gpus * number(2...6),
                gibibytes: gpus * number(8...32)
            )
            result.choices.append(
                PlanInput.Choice(
                    pool: "gpu",
                    shape: machine,
                    offering: Offering(instanceType: machine.name, zone: "us-east-1a", capacityType: .onDemand),
                    pricePerHour: cents(gpus * 70...gpus * 150)
                )
            )
        }
        let largest = shape("largest", "T4", gpus: 8, cpus: 64, gibibytes: 512)
        result.choices.append(choice(largest, price: "12"))
        for index in 0..<Int(number(2...6)) {
            let gpus = one(of: [1, 1, 1, 2, 4] as [Int64])
            let single = pod("p\(index)", gpus: gpus, cpus: gpus * number(1...4), gibibytes: gpus * number(2...24))
            result.demands.append(demand("d\(index)", [single], hours: one(of: [1, 4, 8, 24])))
        }
        return result
    }

    private mutating func shapes(for pool: String) -> [Shape] {
        var result = [
            shape("\(pool)-cpu", cpus: 16, gibibytes: 64), shape("\(pool)-t4", "T4", gpus: 1, cpus: 4, gibibytes: 16),
            shape("\(pool)-4t4", "T4", gpus: 4, cpus: 48, gibibytes: 192),
            shape("\(pool)-a100", "A100", gpus: 8, cpus: 96, gibibytes: 1000),
        ]
        if pool == "tainted" {
            for index in result.indices { result[index].taints = [Taint(key: "dedicated", effect: .noSchedule)] }
        }
        return result.filter { _ in chance(80) }
    }

    private mutating func headroom() -> PlanInput.Headroom {
        PlanInput.Headroom(
            nodes: chance(50) ? Int(number(0...8)) : nil,
            accelerators: chance(50) ? number(0...40) : nil,
            spendPerHour: chance(50) ? cents(0...5000) : nil
        )
    }

    private mutating func drawDemand(_ index: Int) -> PlanInput.Demand {
        let isGang = chance(20)
        let namespace = chance(30) ? "vision" : "research"
        var template = pod(
            "template",
            gpus: one(of: [0, 0, 1, 1, 2, 4, 8]),
            cpus: number(1...12),
            gibibytes: number(1...60)
        )
        if chance(20) { template.nodeSelector[Label.zone] = one(of: zones) }
        if chance(20) {
            let requirement = NodeSelectorRequirement(
                key: Label.accelerator,
                operator: chance(50) ? .isIn : .notIn,
                values: [one(of: ["T4", "A100"])]
            )
            template.nodeAffinity = [NodeSelectorTerm(requirements: [requirement])]
        }
        if chance(30) { template.tolerations = [Toleration(key: "dedicated", exists: true)] }
        let pods = (0..<Int(number(1...(isGang ? 6 : 4)))).map { member in
            var pod = template
            pod.id = PodID(namespace: namespace, name: "d\(index)-\(member)")
            return pod
        }
        let topology: Gang.Topology = chance(80) ? .zone : .any
        return demand(
            "d\(index)",
            pods,
            gang: isGang ? Gang(minimum: pods.count, topology: topology) : nil,
            allowed: one(of: [[.spot, .onDemand], [.onDemand, .spot], [.spot], [.onDemand]]),
            hours: number(0...20),
            priority: chance(20) ? 100 : 0,
            createdAt: number(0...1000)
        )
    }

    private mutating func drawHost(_ index: Int, _ demands: [PlanInput.Demand]) -> PlanInput.Host {
        let gpus = one(of: [0, 1, 4, 8] as [Int64])
        let owner = chance(30) ? demands.first { $0.workload.gang != nil }?.workload.id : nil
        return host(
            "host-\(index)",
            zone: one(of: zones),
            model: gpus > 0 ? one(of: ["T4", "A100"]) : nil,
            capacityType: one(of: [.spot, .onDemand]),
            taints: chance(20) ? [Taint(key: "dedicated", effect: .noSchedule)] : [],
            free: resources(gpus: gpus, cpus: number(0...64), gibibytes: number(0...256)),
            reservedFor: owner
        )
    }
}
