import Model
import PlanningWorkbench
import Testing

@testable import Planning

/// Cases of the scheduler's `PodTopologySpread` and `InterPodAffinity` filters in which it matters on which nodes of a
/// zone pods stand, who brings them along, and who comes first.
@Suite("Planning counts the pods that the scheduler counts")
struct SpreadScopeTests {
    private let box = shape("box", cpus: 4, gibibytes: 16)
    private let rack = "example.com/rack"
    private let dedicated = Taint(key: "dedicated", effect: .noSchedule)

    private func web(
        _ names: String...,
        spread: [TopologySpreadConstraint] = [],
        change: (inout Pod) -> Void = { _ in }
    ) -> [Pod] {
        names.map { name in
            pod(name, cpus: 3).with {
                $0.labels["app"] = "web"
                $0.topologySpread = spread
                change(&$0)
            }
        }
    }

    /// Plans, and expects every rule kept and every pod served.
    private func plan(_ input: PlanInput) -> Plan {
        let plan = Planning.plan(input)
        #expect(PlanJudge(input, plan).violations == [])
        #expect(plan.unplaceable.isEmpty)
        return plan
    }

    private func zone(of name: String, _ plan: Plan) -> String? {
        plan.purchases.first { $0.pods.joined().contains { $0.name == name } }?.offering.zone
    }

    @Test("pods on nodes whose taints a constraint honours do not count for it")
    func taintedNodes() {
        var tainted = shape("tainted", cpus: 4, gibibytes: 16)
        tainted.taints = [dedicated]
        var strict = TopologySpreadConstraint(app: "web", over: Label.zone)
        strict.honorsNodeTaints = true
        let lax = TopologySpreadConstraint(app: "web", over: Label.zone, maxSkew: 5)
        let tolerant = web("t0", "t1", "t2", spread: [lax]) {
            $0.tolerations = [Toleration(key: "dedicated", exists: true)]
        }
        let plan = plan(
            input(
                [demand("a", tolerant), demand("b", web("s0", "s1", spread: [strict]))],
                choices: [
                    choice(tainted, zone: "zone-a", price: "0.5"), choice(box, zone: "zone-a", price: "1"),
                    choice(box, zone: "zone-b", price: "1"),
                ]
            )
        )
        #expect(zone(of: "t0", plan) == "zone-a")
        #expect(Set([zone(of: "s0", plan), zone(of: "s1", plan)]) == ["zone-a", "zone-b"])
    }

    @Test("nodes that lack a key of any of a pod's constraints count for none of them")
    func missingKey() {
        var outside = host("outside", zone: "zone-a", free: Resources())
        outside.pods = web("r0", "r1")
        func racked(_ name: String) -> Shape {
            var shape = shape("box-\(name)", cpus: 4, gibibytes: 16)
            shape.labels[rack] = name
            return shape
        }
        let both = [
            TopologySpreadConstraint(app: "web", over: Label.zone), TopologySpreadConstraint(app: "web", over: rack),
        ]
        let plan = plan(
            input(
                [demand("web", web("w0", "w1", spread: both))],
                hosts: [outside],
                choices: [
                    choice(racked("r1"), zone: "zone-a", price: "1"), choice(racked("r2"), zone: "zone-b", price: "1"),
                    choice(box, zone: "zone-c", price: "1"),
                ]
            )
        )
        #expect(Set([zone(of: "w0", plan), zone(of: "w1", plan)]) == ["zone-a", "zone-b"])
    }

    @Test("whoever shuns the daemons of a node stays out of the zones to which nodes bring them")
    func shunnedDaemons() {
        var plugin = pod("plugin", namespace: "kube-system").with { $0.labels["app"] = "plugin" }
        plugin.nodeSelector[Label.accelerator] = "T4"
        plugin.isNodeBound = true
        let shy = pod("shy").with {
            $0.podAntiAffinity = [
                PodAffinityTerm(
                    selector: LabelSelector(matchLabels: ["app": "plugin"]),
                    namespaces: ["kube-system"],
                    topologyKey: Label.zone
                )
            ]
        }
        var input = input(
            [demand("shy", [shy]), demand("training", [pod("training", gpus: 1)])],
            choices: [
                choice(box, zone: "zone-a", price: "1"), choice(box, zone: "zone-b", price: "2"),
                choice(shape("t4", "T4", gpus: 1, cpus: 8, gibibytes: 32), zone: "zone-a", price: "3"),
            ]
        )
        input.daemons = [plugin]
        #expect(zone(of: "shy", plan(input)) == "zone-b")
    }

    @Test("pods of higher priority are bound first, and where they are counts for those that come after them")
    func priorities() {
        let constraint = TopologySpreadConstraint(app: "web", over: Label.zone)
        let plan = plan(
            input(
                [
                    demand("first", web("f0", "f1") { $0.priority = 10 }, priority: 10),
                    demand("second", web("s0", "s1", spread: [constraint])),
                ],
                // Priorities are planned apart only where something is short.
                hosts: [host("full", zone: "zone-a", free: Resources())],
                choices: [choice(box, zone: "zone-a", price: "1"), choice(box, zone: "zone-b", price: "2")]
            )
        )
        #expect(plan.bindingOrder.prefix(2).map(\.name).sorted() == ["f0", "f1"])
    }

    @Test("a gang with a wish to be spread gets another zone where the cheapest has no room for it")
    func gangWithWish() {
        var wish = TopologySpreadConstraint(app: "web", over: Label.zone)
        wish.isRequired = false
        let plan = plan(
            input(
                [demand("gang", web("g0", "g1", spread: [wish]), gang: Gang(minimum: 2))],
                pools: [Pool(name: "cheap", shapes: []), Pool(name: "open", shapes: [])],
                choices: [
                    choice(box, zone: "zone-a", price: "1", pool: "cheap"),
                    choice(box, zone: "zone-b", price: "2", pool: "open"),
                ],
                headroom: ["cheap": PlanInput.Headroom(nodes: 1)]
            )
        )
        #expect(plan.bought == ["2 x box"])
        #expect(zone(of: "g0", plan) == "zone-b")
    }
}
