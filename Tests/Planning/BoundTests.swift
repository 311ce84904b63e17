import Model
import PlanningWorkbench
import Testing

@testable import Planning

@Suite("Lower bounds of planning")
struct BoundTests {
    @Test(
        "no plan of a tiny cluster is cheaper than its bounds, and whole nodes never lower them",
        arguments: 0..<40 as Range<UInt64>,
        [false, true]
    )
    func belowTheBest(seed: UInt64, isBound: Bool) throws {
        var cluster = TinyCluster(seed: seed)
        var input = cluster.draw()
        if isBound { cluster.bind(&input) }
        var search = ExhaustiveSearch(input)
        let found = search.cheapest()
        let best = try #require(found)
        let bound = LowerBound(input, serving: best.plan, steps: 60)
        #expect(bound.best <= best.cost.approximate + 1e-9)
        #expect(bound.best >= bound.parts)
        // Standing room may hold in fractions what it does not hold in whole pods.
        guard input.hosts.isEmpty else { return }
        #expect(bound.best > 0)
        #expect(bound.plain <= best.cost.approximate + 1e-9)
    }

    @Test("no plan of any mix is cheaper than the bounds", arguments: Mix.allCases)
    func belowPlans(mix: Mix) {
        let input = mix.input(count: 30, seed: 3)
        let plan = Planning.plan(input)
        let cost = plan.purchases.reduce(Money.zero) { $0 + $1.pricePerHour * $1.count }.approximate
        let bound = LowerBound(input, serving: plan, steps: 5)
        #expect(bound.plain <= cost * (1 + 1e-9))
        #expect(bound.best <= cost * (1 + 1e-9))
        #expect(bound.best >= bound.parts)
    }

    @Test("a node that only one zone's pods need is paid whole, less what others would pay for the rest of it")
    func wholeNodes() {
        let zones = ["us-east-1a", "us-east-1b"]
        let eight = shape("eight", "H100", gpus: 8, cpus: 64, gibibytes: 512)
        let one = shape("one", "T4", gpus: 1, cpus: 8, gibibytes: 64)
        let pinned = pod("pinned", gpus: 5).with {
            $0.nodeSelector = [Label.zone: zones[0], Label.accelerator: "H100"]
        }
        let free = pod("free", gpus: 1)
        var choices = zones.map { choice(eight, zone: $0, price: "80") }
        choices.append(choice(one, zone: zones[1], price: "2"))
        func bound(_ pods: [Pod]) -> LowerBound {
            let input = input(pods.map { demand($0.id.name, [$0]) }, choices: choices)
            return LowerBound(input, serving: Planning.plan(input))
        }
        let alone = bound([pinned])
        #expect(alone.parts < 50.1)
        #expect(alone.best > 79.9 && alone.best <= 80)
        // The other pod would pay 2, and may as well stand beside.
        let beside = bound([pinned, free])
        #expect(beside.parts < 52.1)
        #expect(beside.best > 79.9 && beside.best <= 80)
        // What is sold in smaller pieces as well is not paid whole.
        choices.append(choice(shape("half", "H100", gpus: 5, cpus: 32, gibibytes: 256), zone: zones[0], price: "55"))
        let pieces = bound([pinned])
        #expect(pieces.best > 54.9 && pieces.best <= 55)
    }

    @Test("pods bound to a model, not to a zone, are paid a whole node somewhere")
    func wholeNodesOfModel() {
        let eight = shape("eight", "H100", gpus: 8, cpus: 64, gibibytes: 512)
        let pods = (0..<2).map { index in
            pod("p\(index)", gpus: 5).with { $0.nodeSelector = [Label.accelerator: "H100"] }
        }
        let gang = demand("gang", pods, gang: Gang(minimum: 2))
        let choices = ["us-east-1a", "us-east-1b"].map { choice(eight, zone: $0, price: "80") }
        let input = input([gang], choices: choices)
        let bound = LowerBound(input, serving: Planning.plan(input))
        #expect(bound.parts < 100.1)
        #expect(bound.best > 159.9 && bound.best <= 160)
    }

    @Test(
        "gangs on published machines cost at most 1% more than whole nodes must",
        arguments: 1...3 as ClosedRange<UInt64>
    )
    func gangsCloseToTheBound(seed: UInt64) {
        let input = Mix.gangs.input(count: 1000, seed: seed)
        let plan = Planning.plan(input, explained: false)
        #expect(plan.unplaceable.isEmpty)
        let bound = LowerBound(input, serving: plan, steps: 60)
        #expect(bound.best >= bound.parts)
        #expect(plan.pricePerHour <= bound.best * 1.01)
    }

    @Test(
        "very different pods cost at most 3% more than what no plan can undercut",
        arguments: 1...4 as ClosedRange<UInt64>
    )
    func closeToTheBound(seed: UInt64) {
        let input = Mix.diverse.input(count: 1000, seed: seed)
        let plan = Planning.plan(input, explained: false)
        #expect(plan.unplaceable.isEmpty)
        let bound = LowerBound(input, serving: plan, steps: 0)
        #expect(plan.pricePerHour <= bound.plain * 1.03)
    }

    @Test("where two resources are scarce at once, the best bound is above each alone")
    func twoResources() {
        // Each node holds one pod: the one is short of memory, the other of cores.
        let pods = (0..<4).map { pod("p\($0)", cpus: 4, gibibytes: 16) }
        let fast = shape("fast", cpus: 16, gibibytes: 16)
        let wide = shape("wide", cpus: 4, gibibytes: 64)
        let input = input([demand("work", pods)], choices: [choice(fast, price: "4"), choice(wide, price: "4")])
        let bound = LowerBound(input, serving: Planning.plan(input))
        #expect(bound.plain < 4.01)
        #expect(bound.best > 15.5 && bound.best <= 16)
    }

    @Test("pods that shun each other on hosts force a node for each")
    func exclusive() {
        let pods = (0..<6).map { index in
            pod("p\(index)").with {
                $0.labels["app"] = "web"
                $0.podAntiAffinity = [.init(app: "web", in: Label.hostname)]
            }
        }
        let input = input([demand("work", pods)], choices: [choice(shape("box", cpus: 64, gibibytes: 64), price: "2")])
        var handmade = HandmadePlan(input)
        handmade.buy(0, pods.map { [$0.id.name] })
        let bound = LowerBound(input, serving: handmade.plan)
        #expect(bound.plain < 1)
        #expect(bound.best > 11)
    }

    @Test("a limit on the cheap pool raises the bound to what the rest costs")
    func limits() {
        let pods = (0..<4).map { pod("p\($0)", cpus: 4) }
        let box = shape("box", cpus: 4, gibibytes: 64)
        var cluster = input(
            [demand("work", pods)],
            pools: [Pool(name: "cheap", shapes: []), Pool(name: "dear", shapes: [])],
            choices: [choice(box, price: "1", pool: "cheap"), choice(box, price: "3", pool: "dear")]
        )
        cluster.headroom = ["cheap": PlanInput.Headroom(nodes: 1)]
        let bound = LowerBound(cluster, serving: Planning.plan(cluster))
        #expect(bound.plain < 4.001)
        #expect(bound.best > 9.8 && bound.best <= 10)
    }

    @Test("standing room lowers the bound by what it is worth, and no further")
    func standingRoom() {
        let pods = (0..<4).map { pod("p\($0)", cpus: 4) }
        let box = shape("box", cpus: 4, gibibytes: 64)
        let cluster = input(
            [demand("work", pods)],
            hosts: [host("h", free: box.allocatable)],
            choices: [choice(box, price: "1")]
        )
        let bound = LowerBound(cluster, serving: Planning.plan(cluster))
        #expect(bound.best > 2.9 && bound.best <= 3)
    }
}

/// Clusters so small that every plan can be tried.
private struct TinyCluster {
    private var generator: SeededGenerator

    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
    }

    mutating func draw() -> PlanInput {
        let kinds = (0..<Int(generator.number(1...2))).map { index in
            let gpus = generator.number(1...4)
            return shape(
                "s\(index)",
                "M\(index)",
                gpus: gpus,
                cpus: gpus * generator.number(2...8),
                gibibytes: gpus * generator.number(8...32)
            )
        }
        let largest = shape("largest", "L", gpus: 8, cpus: 64, gibibytes: 512)
        var choices = kinds.map { choice($0, price: "\(generator.number(1...6))") }
        choices += ["us-east-1a", "us-east-1b"].map { choice(largest, zone: $0, price: "12.5") }
        let pods = (0..<Int(generator.number(2...4))).map { index in
            pod(
                "p\(index)",
                gpus: generator.one(of: [1, 1, 2]),
                cpus: generator.number(1...8),
                gibibytes: generator.number(2...40)
            )
            .with {
                $0.labels["app"] = "web"
                if generator.chance(30) { $0.podAntiAffinity = [.init(app: "web", in: Label.hostname)] }
                if generator.chance(30) { $0.topologySpread = [.init(app: "web", over: Label.hostname)] }
            }
        }
        let isGang = generator.chance(40)
        var result = input([demand("work", pods, gang: isGang ? Gang(minimum: pods.count) : nil)], choices: choices)
        result.gangsShareNodes = true
        if generator.chance(40) {
            let free = resources(gpus: 2, cpus: generator.number(4...16), gibibytes: 64)
            result.hosts = [host("h", model: "L", free: free)]
        }
        if generator.chance(30) { result.daemons = [pod("agent", namespace: "kube-system")] }
        return result
    }

    /// Binds some pods to a model and some to a zone.
    mutating func bind(_ input: inout PlanInput) {
        for demand in input.demands.indices {
            let model = generator.chance(70) ? "L" : nil
            for pod in input.demands[demand].pods.indices {
                if let model { input.demands[demand].pods[pod].nodeSelector[Label.accelerator] = model }
                if generator.chance(50) { input.demands[demand].pods[pod].nodeSelector[Label.zone] = "us-east-1a" }
            }
        }
    }
}

/// Tries every way to put the pods on nodes.
private struct ExhaustiveSearch {
    private struct Node {
        /// Nil on the host.
        var choice: Int?
        var free: Resources
        var pods: [String]
    }

    private let input: PlanInput
    private let pods: [Pod]
    private var best: (plan: Plan, cost: Money)?

    init(_ input: PlanInput) {
        self.input = input
        pods = input.demands.flatMap(\.pods)
    }

    mutating func cheapest() -> (plan: Plan, cost: Money)? {
        explore(0, input.hosts.map { Node(choice: nil, free: $0.free, pods: []) }, .zero)
        return best
    }

    private mutating func explore(_ index: Int, _ nodes: [Node], _ cost: Money) {
        if let best, cost >= best.cost { return }
        guard index < pods.count else { return finish(nodes, cost) }
        let pod = pods[index]
        for position in nodes.indices where pod.requests.fits(in: nodes[position].free) {
            var next = nodes
            next[position].free -= pod.requests
            next[position].pods.append(pod.id.name)
            explore(index + 1, next, cost)
        }
        for (choice, offered) in input.choices.enumerated() where pod.requests.fits(in: offered.shape.allocatable) {
            let node = Node(choice: choice, free: offered.shape.allocatable - pod.requests, pods: [pod.id.name])
            explore(index + 1, nodes + [node], cost + offered.pricePerHour)
        }
    }

    private mutating func finish(_ nodes: [Node], _ cost: Money) {
        var handmade = HandmadePlan(input)
        for node in nodes {
            guard let choice = node.choice else {
                for pod in node.pods { handmade.place(pod, on: input.hosts[0].name) }
                continue
            }
            handmade.buy(choice, [node.pods])
        }
        guard handmade.violations.isEmpty else { return }
        best = (handmade.plan, cost)
    }
}
