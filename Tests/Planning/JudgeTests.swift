import Model
import PlanningWorkbench
import Testing

@Suite("The judge of plans names what a wrong plan breaks")
struct JudgeTests {
    private let box = shape("box", cpus: 4, gibibytes: 16)
    private let zones = ["zone-a", "zone-b", "zone-c"]

    /// One choice in each of three zones; the pods are one demand.
    private func cluster(_ pods: [Pod], gang: Gang? = nil, hosts: [PlanInput.Host] = []) -> PlanInput {
        input(
            [demand("work", pods, gang: gang)],
            hosts: hosts,
            choices: zones.map { choice(box, zone: $0, price: "1") }
        )
    }

    private func app(_ names: [String], _ change: (inout Pod) -> Void = { _ in }) -> [Pod] {
        names.map { name in pod(name).with { $0.labels["app"] = "web" }.with(change) }
    }

    @Test("a right plan breaks nothing")
    func right() {
        let found = HandmadePlan.violations(cluster(app(["a", "b"]), hosts: [host("h", free: box.allocatable)])) {
            $0.place("a", on: "h")
            $0.buy(0, [["b"]])
        }
        #expect(found == [])
    }

    @Test("a pod forgotten, doubled, unknown, or both placed and left out")
    func coverage() {
        let cluster = cluster(app(["a"]), hosts: [host("h", free: box.allocatable)])
        #expect(HandmadePlan.violations(cluster) { _ in } == ["research/a was forgotten"])
        let doubled = HandmadePlan.violations(cluster) {
            $0.place("a", on: "h")
            $0.buy(0, [["a"]])
        }
        #expect(doubled.contains("research/a has two places"))
        let unknown = HandmadePlan.violations(cluster) {
            $0.place("a", on: "h")
            $0.place("x", on: "h")
            $0.place("a", on: "nowhere")
        }
        #expect(unknown.contains("research/x has a place and was not asked for"))
        #expect(unknown.contains("research/a is placed on nowhere, which does not stand"))
        let both = HandmadePlan.violations(cluster) {
            $0.place("a", on: "h")
            $0.leave(["a"], because: "")
        }
        #expect(both.contains("research/a has a place and is called unplaceable"))
        #expect(both.contains("pods are called unplaceable without a reason"))
    }

    @Test("a binding order that leaves a pod out or names it twice")
    func order() {
        let cluster = cluster(app(["a"]))
        let missing = HandmadePlan.violations(cluster) {
            $0.buy(0, [["a"]])
            $0.plan.bindingOrder = []
        }
        #expect(missing == ["research/a is missing in the binding order"])
        let twice = HandmadePlan.violations(cluster) {
            $0.buy(0, [["a"]])
            $0.plan.bindingOrder += $0.plan.bindingOrder
        }
        #expect(twice == ["research/a is twice in the binding order"])
    }

    @Test("too much on a node, the daemons' share counted")
    func resources() {
        var cluster = cluster([pod("a", cpus: 2), pod("b", cpus: 2)])
        #expect(HandmadePlan.violations(cluster) { $0.buy(0, [["a", "b"]]) } == [])
        cluster.daemons = [pod("agent", namespace: "kube-system")]
        let found = HandmadePlan.violations(cluster) { $0.buy(0, [["a", "b"]]) }
        #expect(found.contains { $0.hasSuffix("too little cpu is free") })
        cluster.daemons[0].nodeSelector = [Label.zone: "zone-b"]
        #expect(HandmadePlan.violations(cluster) { $0.buy(0, [["a", "b"]]) } == [])
    }

    @Test("node selector, taint, namespace of the pool, capacity type, reservation")
    func statics() {
        let tainted = host("h", taints: [Taint(key: "gone", effect: .noExecute)], free: box.allocatable)
        var cluster = cluster([pod("a").with { $0.nodeSelector = [Label.zone: "zone-b"] }], hosts: [tainted])
        #expect(HandmadePlan.violations(cluster) { $0.buy(0, [["a"]]) }.count == 1)
        #expect(HandmadePlan.violations(cluster) { $0.place("a", on: "h") }.count == 2)
        #expect(HandmadePlan.violations(cluster) { $0.buy(1, [["a"]]) } == [])
        cluster.demands[0].capacityTypes = [.spot]
        let type = HandmadePlan.violations(cluster) { $0.buy(1, [["a"]]) }
        #expect(type.contains { $0.hasSuffix("capacity type on-demand is not allowed to it") })
        cluster.demands[0].capacityTypes = [.onDemand]
        cluster.pools[0].namespaces = ["vision"]
        let pool = HandmadePlan.violations(cluster) { $0.buy(1, [["a"]]) }
        #expect(pool.contains { $0.hasSuffix("pool gpu does not serve namespace research") })
        cluster.hosts[0].taints = []
        cluster.hosts[0].labels[Label.zone] = "zone-b"
        cluster.hosts[0].reservedFor = WorkloadID(namespace: "research", kind: "Gang", name: "other", uid: "1")
        let reserved = HandmadePlan.violations(cluster) { $0.place("a", on: "h") }
        #expect(reserved == ["research/a on h: the node is reserved for research/other"])
    }

    @Test("spread over zones, in an order that allows it and in one that does not")
    func zoneSpread() {
        let cluster = cluster(app(["a", "b", "c", "d"]) { $0.topologySpread = [.init(app: "web", over: Label.zone)] })
        let good = HandmadePlan.violations(cluster) {
            $0.buy(0, [["a"]])
            $0.buy(1, [["b"]])
            $0.buy(2, [["c", "d"]])
        }
        #expect(good == [])
        let unordered = HandmadePlan.violations(cluster) {
            $0.buy(2, [["c", "d"]])
            $0.buy(0, [["a"]])
            $0.buy(1, [["b"]])
        }
        #expect(unordered.count == 1)
        let crowded = HandmadePlan.violations(cluster) { $0.buy(0, [["a", "b", "c", "d"]]) }
        #expect(crowded.count == 3)
        #expect(crowded.allSatisfy { $0.contains("spread over topology.kubernetes.io/zone") })
    }

    @Test("spread over hosts counts from zero, and a running pod counts")
    func hostSpread() {
        let running = app(["r"])
        let standing = host("h", free: box.allocatable).with { $0.pods = running }
        let cluster = cluster(
            app(["a", "b"]) { $0.topologySpread = [.init(app: "web", over: Label.hostname)] },
            hosts: [standing]
        )
        #expect(HandmadePlan.violations(cluster) { $0.buy(0, [["a"], ["b"]]) } == [])
        #expect(HandmadePlan.violations(cluster) { $0.buy(0, [["a", "b"]]) }.count == 1)
        let crowded = HandmadePlan.violations(cluster) {
            $0.place("a", on: "h")
            $0.buy(0, [["b"]])
        }
        #expect(crowded.count == 1)
    }

    @Test("affinity: the first of its kind starts anywhere, the next where it is, others never before")
    func affinity() {
        let own = app(["a", "b"]) { $0.podAffinity = [.init(app: "web", in: Label.zone)] }
        let follower = pod("f").with { $0.podAffinity = [.init(app: "web", in: Label.zone)] }
        let cluster = cluster(own + [follower])
        #expect(HandmadePlan.violations(cluster) { $0.buy(1, [["a", "b", "f"]]) } == [])
        let early = HandmadePlan.violations(cluster) { $0.buy(1, [["f", "a", "b"]]) }
        #expect(early.map { $0.hasPrefix("research/f") } == [true])
        let apart = HandmadePlan.violations(cluster) {
            $0.buy(0, [["a"]])
            $0.buy(1, [["b", "f"]])
        }
        #expect(apart.count == 1)
        #expect(apart.contains { $0.hasPrefix("research/b") })
    }

    @Test("anti-affinity binds both sides, and reaches other namespaces only when it says so")
    func antiAffinity() {
        let shy = pod("shy").with { $0.podAntiAffinity = [.init(app: "web", in: Label.hostname)] }
        let cluster = cluster([shy] + app(["a"]))
        #expect(HandmadePlan.violations(cluster) { $0.buy(0, [["shy"], ["a"]]) } == [])
        let first = HandmadePlan.violations(cluster) { $0.buy(0, [["a", "shy"]]) }
        #expect(first.contains { $0.contains("research/shy") && $0.contains("it shuns runs in") })
        let second = HandmadePlan.violations(cluster) { $0.buy(0, [["shy", "a"]]) }
        #expect(second.contains { $0.contains("research/a") && $0.contains("one that shuns it") })
        let stranger = app(["r"]).map { $0.with { $0.id.namespace = "vision" } }
        var visited = self.cluster([shy], hosts: [host("h", free: box.allocatable).with { $0.pods = stranger }])
        #expect(HandmadePlan.violations(visited) { $0.place("shy", on: "h") } == [])
        visited.demands[0].pods[0].podAntiAffinity[0].namespaceSelector = LabelSelector()
        #expect(HandmadePlan.violations(visited) { $0.place("shy", on: "h") }.count == 1)
    }

    @Test("ports of the node and volumes that are elsewhere")
    func portsAndVolumes() {
        let ports = ["10.0.0.1", "10.0.0.2", ""].enumerated().map { index, address in
            pod("p\(index)").with { $0.hostPorts = [HostPort(address: address, port: 80)] }
        }
        let cluster = cluster(ports)
        #expect(HandmadePlan.violations(cluster) { $0.buy(0, [["p0", "p1"], ["p2"]]) } == [])
        let taken = HandmadePlan.violations(cluster) { $0.buy(0, [["p0", "p1", "p2"]]) }
        #expect(taken.map { $0.hasSuffix("port 80/TCP of the node is taken") } == [true])
        var stored = self.cluster([pod("a").with { $0.volumeClaims = ["data"] }])
        let inZone = NodeSelectorRequirement(key: Label.zone, operator: .isIn, values: ["zone-b"])
        stored.volumeClaims = [
            VolumeClaim(
                namespace: "research",
                name: "data",
                volume: "v",
                reachableFrom: [NodeSelectorTerm(requirements: [inZone])]
            )
        ]
        #expect(HandmadePlan.violations(stored) { $0.buy(1, [["a"]]) } == [])
        #expect(HandmadePlan.violations(stored) { $0.buy(0, [["a"]]) }.count == 1)
    }

    @Test("limits of nodes, accelerators and spend")
    func limits() {
        var cluster = input(
            [demand("work", [pod("a", gpus: 4), pod("b", gpus: 4)])],
            choices: [choice(large, price: "3")]
        )
        for (room, word) in [
            (PlanInput.Headroom(nodes: 1), "nodes"), (PlanInput.Headroom(accelerators: 7), "accelerators"),
            (PlanInput.Headroom(spendPerHour: money("5.9")), "an hour"),
        ] {
            cluster.headroom = ["gpu": room]
            let found = HandmadePlan.violations(cluster) { $0.buy(0, [["a"], ["b"]]) }
            #expect(found.map { $0.contains(word) } == [true], "\(found)")
        }
    }

    @Test("more of a workload's accelerators in one spot pool than its share, those that run there counted")
    func shares() {
        let box = shape("box", "T4", gpus: 8, cpus: 64, gibibytes: 256)
        let running = pod("r", gpus: 2)
        var standing = host("h", capacityType: .spot, free: Resources())
        standing.labels[Label.instanceType] = "box"
        standing.pods = [running]
        var cluster = input(
            [demand("work", (0..<3).map { pod("p\($0)", gpus: 2) })],
            hosts: [standing],
            choices: [choice(box, .spot, price: "1"), choice(box, .spot, zone: "us-east-1b", price: "1")]
        )
        cluster.economics?.maximumPoolShare = 0.5
        cluster.demands[0].running = [running.id]
        let within: (inout HandmadePlan) -> Void = {
            $0.buy(0, [["p0"]])
            $0.buy(1, [["p1", "p2"]])
        }
        let beyond: (inout HandmadePlan) -> Void = {
            $0.buy(0, [["p0", "p1"]])
            $0.buy(1, [["p2"]])
        }
        #expect(HandmadePlan.violations(cluster, within) == [])
        let found = HandmadePlan.violations(cluster, beyond)
        #expect(
            found == ["spot pool box in us-east-1a has 6 of the 8 accelerators of research/work, the share is 0.5"],
            "\(found)"
        )
        cluster.demands[0].workload.gang = Gang(minimum: 3)
        #expect(!HandmadePlan.violations(cluster, beyond).contains { $0.hasPrefix("spot pool") })
    }

    @Test("a gang split, in two zones, on two models, or beside strangers")
    func gangs() {
        let ranks = [pod("a", gpus: 1), pod("b", gpus: 1)]
        let choices = [
            choice(large, zone: "zone-a", price: "3"), choice(large, zone: "zone-b", price: "3"),
            choice(huge, zone: "zone-a", price: "9"),
        ]
        var cluster = input([demand("gang", ranks, gang: Gang(minimum: 2))], choices: choices)
        let split = HandmadePlan.violations(cluster) {
            $0.buy(0, [["a"]])
            $0.leave(["b"])
        }
        #expect(split.contains("gang research/gang is split: 1 of 2 have a place"))
        func apart(_ other: Int) -> [String] {
            HandmadePlan.violations(cluster) {
                $0.buy(0, [["a"]])
                $0.buy(other, [["b"]])
            }
        }
        #expect(apart(1).contains("gang research/gang is spread over zones zone-a, zone-b"))
        #expect(apart(2).contains("gang research/gang is spread over accelerator models A100, T4"))
        #expect(apart(0).contains("equal nodes of gang research/gang are bought in two calls"))
        cluster.demands[0].workload.gang?.topology = .any
        #expect(apart(1) == [])
        cluster.demands.append(demand("single", [pod("s", gpus: 1)]))
        let shared = HandmadePlan.violations(cluster) { $0.buy(0, [["a", "b", "s"]]) }
        #expect(shared.contains { $0.hasPrefix("research/s shares") })
        cluster.gangsShareNodes = true
        #expect(HandmadePlan.violations(cluster) { $0.buy(0, [["a", "b", "s"]]) } == [])
    }

    @Test("a wrong price, a closed offering, a node for nobody, a wrong sum")
    func purchases() {
        var cluster = cluster(app(["a"]))
        cluster.economics = nil
        let wrong = HandmadePlan.violations(cluster) {
            $0.buy(0, [["a"], []])
            $0.plan.purchases[0].pricePerHour = money("0.5")
        }
        #expect(wrong.contains { $0.contains("costs 1, the plan says 0.5") })
        #expect(wrong.contains { $0.contains("is expected to cost") })
        #expect(wrong.contains { $0.contains("is bought for no pod") })
        cluster.choices[0].closedBecause = "no capacity until 14:05"
        let closed = HandmadePlan.violations(cluster) { $0.buy(0, [["a"]]) }
        #expect(closed.contains { $0.hasSuffix("closed: no capacity until 14:05") })
    }

    @Test("pods and gangs called unplaceable that a node would take")
    func unplaceable() {
        let room = host("h", free: box.allocatable)
        var cluster = cluster(app(["a"]), hosts: [room])
        #expect(HandmadePlan.violations(cluster) { $0.leave(["a"]) }.count == 1)
        cluster.headroom = ["gpu": PlanInput.Headroom(nodes: 0)]
        let standing = HandmadePlan.violations(cluster) { $0.leave(["a"]) }
        #expect(standing == ["research/a is called unplaceable, yet h would take it"])
        cluster.hosts = []
        #expect(HandmadePlan.violations(cluster) { $0.leave(["a"]) } == [])
        cluster.headroom = [:]
        cluster.demands[0].workload.gang = Gang(minimum: 1)
        #expect(HandmadePlan.violations(cluster) { $0.leave(["a"]) }.count == 1)
        let tooLarge = self.cluster([pod("big", cpus: 5)])
        #expect(HandmadePlan.violations(tooLarge) { $0.leave(["big"]) } == [])
    }

    @Test("a pod that the rules keep out is rightly unplaceable")
    func rightlyUnplaceable() {
        let pods = app(["a", "b"]) { $0.podAntiAffinity = [.init(app: "web", in: Label.zone)] }
        var cluster = cluster(pods)
        let left: (inout HandmadePlan) -> Void = {
            $0.buy(0, [["a"]])
            $0.leave(["b"])
        }
        #expect(HandmadePlan.violations(cluster, left).count == 1)
        cluster.choices.removeLast(2)
        #expect(HandmadePlan.violations(cluster, left) == [])
    }
}

extension PlanInput.Host {
    fileprivate func with(_ change: (inout PlanInput.Host) -> Void) -> PlanInput.Host {
        var copy = self
        change(&copy)
        return copy
    }
}
