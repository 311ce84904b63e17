import Autoscaler
import Model
import Testing

@Suite("A described cluster as a question to the planner")
struct PlanQuestionTests {
    private let now = Timestamp(seconds: 1_800_000_000)

    private func pod(_ name: String, cpu: Int64 = 1, gang: String? = nil, size: Int? = nil, on node: String? = nil)
        -> Pod
    {
        var pod = Pod(
            id: PodID(namespace: "default", name: name),
            uid: "default/\(name)",
            createdAt: Timestamp(seconds: 0)
        )
        pod.requests = Resources(["cpu": Quantity(cpu), "pods": Quantity(1)])
        pod.annotations[Annotation.gang.key] = gang
        pod.annotations[Annotation.gangSize.key] = size.map { "\($0)" }
        pod.nodeName = node
        return pod
    }

    private func node(_ name: String, labels: [String: String] = [:]) -> Node {
        var node = Node(name: name, uid: name, createdAt: Timestamp(seconds: 0))
        node.allocatable = Resources(["cpu": Quantity(8), "pods": Quantity(10), "nvidia.com/gpu": Quantity(2)])
        node.labels = labels
        node.isReady = true
        return node
    }

    private func question(_ change: (inout PlanQuestion.Scene) -> Void) -> PlanQuestion {
        var scene = PlanQuestion.Scene()
        change(&scene)
        return PlanQuestion(scene, at: now)
    }

    @Test("pods become workloads by gang, by owner, or by themselves, in whatever order they come")
    func groups() throws {
        var owned = ["o-0", "o-1"].map { pod($0) }
        for index in owned.indices { owned[index].owner = Pod.Owner(kind: "Job", name: "o", uid: "job") }
        let pods = [pod("g-1", gang: "g", size: 2), pod("a")] + owned + [pod("g-0", gang: "g", size: 2)]
        let result = question { $0.pods = pods }
        #expect(result.input == question { $0.pods = pods.reversed() }.input)
        #expect(result.input.demands.map(\.workload.id.description) == ["default/a", "default/g", "default/o"])
        #expect(result.input.demands.map { $0.pods.map(\.id.name) } == [["a"], ["g-0", "g-1"], ["o-0", "o-1"]])
        #expect(result.input.demands.map(\.workload.gang) == [nil, Gang(minimum: 2), nil])
        #expect(result.input.gangsShareNodes && result.input.economics == nil)
        #expect(result.input.demands.allSatisfy { $0.capacityTypes == [.reserved, .spot, .onDemand] })
    }

    @Test("pods that run keep their room, and what they run on takes pods only while it is ready and not cordoned")
    func occupants() {
        var finished = pod("done", cpu: 4, on: "n")
        finished.phase = .succeeded
        let result = question { scene in
            scene.pods = [pod("b", cpu: 2, on: "n"), finished, pod("c", on: "cordoned"), pod("d", on: "elsewhere")]
            scene.nodes = ["n", "cordoned", "broken"].map { node($0) }
            scene.nodes[0].taints = [.starting]
            scene.nodes[1].isUnschedulable = true
            scene.nodes[2].isReady = false
        }
        #expect(result.input.hosts.map(\.name) == ["n"])
        #expect(result.input.hosts.first?.free["cpu"] == Quantity(6))
        #expect(result.input.hosts.first?.free["pods"] == Quantity(9))
        #expect(result.input.hosts.first?.pods.map(\.id.name) == ["b"])
        #expect(result.input.hosts.first?.taints == [])
        #expect(result.input.demands.isEmpty)
        #expect(result.notes == ["1 pods run on nodes that are not among those given, and are left out"])
    }

    @Test("pods that cannot be asked about are named with the reason")
    func heldBack() {
        var gated = pod("gated")
        gated.isGated = true
        var leaving = pod("leaving")
        leaving.deletedAt = now
        let result = question { $0.pods = [gated, leaving, pod("g-0", gang: "g", size: 3)] }
        #expect(result.input.demands.isEmpty)
        #expect(result.heldBack.map { $0.pods.map(\.name) } == [["gated"], ["leaving"], ["g-0"]])
        #expect(
            result.heldBack.map(\.explanation.summary) == [
                "is held by its scheduling gates", "is being deleted",
                "the gang has 1 of its 3 members, and starts whole",
            ]
        )
    }

    @Test("missing members of a gang go where the others run")
    func anchored() {
        let result = question { scene in
            scene.nodes = [node("n", labels: [Label.zone: "z1", Label.accelerator: "A100"])]
            scene.pods = [pod("g-0", gang: "g", size: 2, on: "n"), pod("g-1", gang: "g", size: 2)]
        }
        #expect(result.input.demands.map { $0.pods.map(\.id.name) } == [["g-1"]])
        #expect(result.input.demands.first?.pods[0].nodeSelector == [Label.zone: "z1", Label.accelerator: "A100"])
    }

    @Test("each daemon set has its share of every new node, and of its nodes what its pods take there")
    func daemons() {
        var pods = ["a", "b"].map { (name: String) in pod("daemon-\(name)", on: name) }
        for index in pods.indices {
            pods[index].owner = Pod.Owner(kind: "DaemonSet", name: "d", uid: "d")
            pods[index].isNodeBound = true
            let name = NodeSelectorRequirement(key: Label.hostname, operator: .isIn, values: [index == 0 ? "a" : "b"])
            pods[index].nodeAffinity = [NodeSelectorTerm(requirements: [name])]
        }
        let result = question { scene in
            scene.pods = pods
            scene.nodes = [node("a"), node("b")]
        }
        #expect(result.input.daemons.map(\.id.name) == ["daemon-a"])
        #expect(result.input.daemons.first?.nodeAffinity == [])
        #expect(result.input.daemons.first?.nodeName == nil)
        #expect(result.input.hosts.map { $0.free["cpu"] } == [Quantity(7), Quantity(7)])
        #expect(result.input.demands.isEmpty)
    }

    @Test("with a configuration its pools choose, its limits count what stands, and annotations need its consent")
    func configuration() throws {
        let offering = Offering(instanceType: "g5.xlarge", zone: "z1", capacityType: .onDemand)
        var configuration = GleanerConfiguration(
            clusterName: "c",
            pools: [
                Pool(
                    name: "gpu",
                    shapes: [
                        .init(name: "g5", instanceTypes: ["g5.xlarge"]), .init(name: "none", instanceTypes: ["x.none"]),
                    ],
                    limits: Pool.Limits(nodes: 3, accelerators: 4, spendPerHour: Money("5")),
                    labels: ["team": "a"]
                )
            ]
        )
        configuration.changeover.bootSeconds = 7
        var careful = pod("careful")
        careful.annotations[Annotation.doNotDisrupt.key] = "true"
        var quick = pod("quick")
        quick.annotations[Annotation.expectedRuntime.key] = "30m"
        let result = question { scene in
            scene.configuration = configuration
            scene.pods = [careful, quick]
            scene.nodes = [
                node(
                    "n",
                    labels: [
                        Label.pool: "gpu", Label.instanceType: "g5.xlarge", Label.zone: "z1",
                        Label.capacityType: "on-demand",
                    ]
                )
            ]
            scene.market = Market(
                shapes: [Shape(name: "m", instanceTypes: ["g5.xlarge"], allocatable: Resources(["cpu": Quantity(4)]))],
                offers: [
                    Market.Offer(offering: offering, pricePerHour: Money("1.5") ?? .zero),
                    Market.Offer(
                        offering: Offering(instanceType: "g5.xlarge", zone: "z1", capacityType: .spot),
                        pricePerHour: Money("2") ?? .zero
                    ),
                ]
            )
        }
        #expect(result.input.choices.map(\.offering) == [offering], "spot that is dearer is no choice")
        #expect(result.input.choices.first?.shape.labels["team"] == "a")
        #expect(result.input.headroom["gpu"] == Pool.Limits(nodes: 2, accelerators: 2, spendPerHour: Money("3.5")))
        #expect(result.input.changeover.bootSeconds == 7)
        #expect(!result.input.gangsShareNodes && result.input.economics != nil)
        #expect(result.input.demands.map(\.workload.doNotDisrupt) == [false, false])
        #expect(result.input.demands.map(\.remainingSeconds) == [8 * 3600, 1800])
        #expect(result.input.demands.first?.workload.overruled.isEmpty == false)
        #expect(result.notes == ["the catalogue has no instance type of shape none of pool gpu"])
    }
}
