import Model
import PlanningWorkbench
import Testing

@testable import Planning

@Suite("Planning reads nodes as the scheduler does: ports, volumes, daemons, taints, node affinity")
struct SchedulerNodeTests {
    private let box = shape("box", cpus: 4, gibibytes: 16)

    private func cluster(_ pods: [Pod], hosts: [PlanInput.Host] = []) -> PlanInput {
        input(
            [demand("work", pods)],
            hosts: hosts,
            choices: ["zone-a", "zone-b"].map { choice(box, zone: $0, price: "1") }
        )
    }

    private func plan(_ input: PlanInput) -> Plan {
        let plan = Planning.plan(input)
        #expect(PlanJudge(input, plan).violations == [])
        return plan
    }

    private func portPod(_ name: String, _ ports: HostPort...) -> Pod { pod(name).with { $0.hostPorts = ports } }

    @Test("the same port of every address is had once a node; of two addresses, or as TCP and UDP, twice")
    func hostPorts() {
        let same = plan(cluster([portPod("a", HostPort(port: 80)), portPod("b", HostPort(port: 80))]))
        #expect(same.bought == ["2 x box"])
        let addresses = plan(
            cluster([
                portPod("a", HostPort(address: "10.0.0.1", port: 80)),
                portPod("b", HostPort(address: "10.0.0.2", port: 80)),
            ])
        )
        #expect(addresses.bought == ["1 x box"])
        let protocols = plan(
            cluster([portPod("a", HostPort(port: 80)), portPod("b", HostPort(proto: "UDP", port: 80))])
        )
        #expect(protocols.bought == ["1 x box"])
        let wildcard = plan(
            cluster([
                portPod("a", HostPort(address: "0.0.0.0", port: 80)),
                portPod("b", HostPort(address: "10.0.0.2", port: 80)),
            ])
        )
        #expect(wildcard.bought == ["2 x box"])
    }

    @Test("a running pod's port and a daemon's port are taken")
    func takenPorts() {
        var busy = host("busy", free: box.allocatable)
        busy.pods = [portPod("r", HostPort(port: 80))]
        let moved = plan(cluster([portPod("a", HostPort(port: 80))], hosts: [busy]))
        #expect(moved.placements.isEmpty)
        #expect(moved.bought == ["1 x box"])
        var input = cluster([portPod("a", HostPort(port: 9100))])
        input.daemons = [portPod("exporter", HostPort(port: 9100))]
        #expect(plan(input).unplaceable.flatMap(\.pods).count == 1)
    }

    @Test("a volume that is bound ties its pods to its zone")
    func volumes() {
        let inZone = NodeSelectorRequirement(key: Label.zone, operator: .isIn, values: ["zone-b"])
        var input = cluster([pod("a").with { $0.volumeClaims = ["data"] }])
        input.volumeClaims = [
            VolumeClaim(
                namespace: "research",
                name: "data",
                volume: "v1",
                reachableFrom: [NodeSelectorTerm(requirements: [inZone])]
            ),
            VolumeClaim(namespace: "vision", name: "data"),
        ]
        #expect(plan(input).purchases.map(\.offering.zone) == ["zone-b"])
        input.choices.removeLast()
        let left = plan(input)
        #expect(left.unplaceable.flatMap(\.pods).count == 1)
    }

    @Test("two volumes in two zones keep a pod from every node")
    func twoVolumes() {
        var input = cluster([pod("a").with { $0.volumeClaims = ["left", "right"] }])
        input.volumeClaims = [("left", "zone-a"), ("right", "zone-b")].map { name, zone in
            let requirement = NodeSelectorRequirement(key: Label.zone, operator: .isIn, values: [zone])
            return VolumeClaim(
                namespace: "research",
                name: name,
                volume: name,
                reachableFrom: [NodeSelectorTerm(requirements: [requirement])]
            )
        }
        #expect(plan(input).unplaceable.flatMap(\.pods).count == 1)
    }

    @Test("daemons take their share of every new node that admits them")
    func daemons() {
        var input = cluster((0..<4).map { pod("p\($0)", cpus: 2) })
        #expect(plan(input).bought == ["2 x box"])
        input.daemons = [pod("agent", namespace: "kube-system")]
        #expect(plan(input).bought == ["4 x box"])
        input.daemons[0].nodeSelector = [Label.accelerator: "T4"]
        #expect(plan(input).bought == ["2 x box"])
    }

    @Test("a pod that fits a shape but not beside its daemons is unplaceable")
    func daemonsFill() {
        var input = cluster([pod("a", cpus: 4)])
        input.daemons = [pod("agent", namespace: "kube-system")]
        #expect(plan(input).unplaceable.flatMap(\.pods).count == 1)
    }

    @Test("PreferNoSchedule keeps nobody out; NoSchedule and NoExecute do")
    func effects() {
        func placed(_ effect: Taint.Effect, _ tolerations: [Toleration] = []) -> Bool {
            let tainted = host("h", taints: [Taint(key: "slow", value: "very", effect: effect)], free: box.allocatable)
            var input = cluster([pod("a").with { $0.tolerations = tolerations }], hosts: [tainted])
            input.choices = []
            return !plan(input).placements.isEmpty
        }
        #expect(placed(.preferNoSchedule))
        #expect(!placed(.noSchedule))
        #expect(!placed(.noExecute))
        // A toleration with tolerationSeconds tolerates NoExecute: the time runs only once the pod does.
        #expect(placed(.noExecute, [Toleration(key: "slow", exists: true, effect: .noExecute)]))
        #expect(!placed(.noExecute, [Toleration(key: "slow", exists: true, effect: .noSchedule)]))
        #expect(placed(.noSchedule, [Toleration(key: "slow", exists: false, value: "very")]))
        #expect(!placed(.noSchedule, [Toleration(key: "slow", exists: false, value: "little")]))
        #expect(placed(.noSchedule, [Toleration(key: nil, exists: true)]))
    }

    @Test("node affinity with every operator, terms as alternatives, an empty term matching nothing")
    func nodeAffinity() {
        func placed(_ terms: [[NodeSelectorRequirement]]) -> Bool {
            var labelled = host("h", free: box.allocatable)
            labelled.labels["gen"] = "5"
            let pod = pod("a").with { $0.nodeAffinity = terms.map { NodeSelectorTerm(requirements: $0) } }
            var input = cluster([pod], hosts: [labelled])
            input.choices = []
            return !plan(input).placements.isEmpty
        }
        func requirement(_ operation: NodeSelectorRequirement.Operator, _ values: String...) -> NodeSelectorRequirement
        {
            NodeSelectorRequirement(key: "gen", operator: operation, values: values)
        }
        #expect(placed([[requirement(.isIn, "4", "5")]]))
        #expect(!placed([[requirement(.notIn, "5")]]))
        #expect(placed([[requirement(.exists)]]))
        #expect(!placed([[requirement(.doesNotExist)]]))
        #expect(placed([[requirement(.greaterThan, "4"), requirement(.lessThan, "6")]]))
        #expect(!placed([[requirement(.greaterThan, "5")]]))
        #expect(placed([[requirement(.notIn, "5")], [requirement(.isIn, "5")]]))
        #expect(!placed([[]]))
    }
}
