import Model
import PlanningWorkbench
import Testing

@testable import Planning

/// Cases of https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/.
@Suite("Planning spreads pods as the scheduler does")
struct SchedulerSpreadTests {
    private let box = shape("box", cpus: 64, gibibytes: 256)
    private let zones = ["zone-a", "zone-b", "zone-c"]

    private func web(_ count: Int, _ constraint: TopologySpreadConstraint...) -> [Pod] {
        (0..<count).map { index in
            pod("web-\(index)").with {
                $0.labels["app"] = "web"
                $0.topologySpread = constraint
            }
        }
    }

    private func cluster(_ pods: [Pod], zones: [String], hosts: [PlanInput.Host] = []) -> PlanInput {
        input([demand("web", pods)], hosts: hosts, choices: zones.map { choice(box, zone: $0, price: "1") })
    }

    /// Plans, and expects every rule kept.
    private func plan(_ input: PlanInput) -> Plan {
        let plan = Planning.plan(input)
        #expect(PlanJudge(input, plan).violations == [])
        return plan
    }

    private func zones(of plan: Plan) -> [String: Int] {
        plan.purchases.reduce(into: [:]) { $0[$1.offering.zone, default: 0] += $1.pods.joined().count }
    }

    @Test("six pods with skew 1 over three zones are two in each")
    func evenly() {
        let plan = plan(cluster(web(6, .init(app: "web", over: Label.zone)), zones: zones))
        #expect(zones(of: plan) == ["zone-a": 2, "zone-b": 2, "zone-c": 2])
    }

    @Test("running pods count: new ones go to the zones that have fewer")
    func incremental() {
        let running = (0..<2).map { pod("r\($0)").with { $0.labels["app"] = "web" } }
        var full = host("full", zone: "zone-a", free: Resources())
        full.pods = running
        let plan = plan(
            cluster(web(4, .init(app: "web", over: Label.zone, maxSkew: 2)), zones: zones, hosts: [full])
        )
        #expect(plan.unplaceable.isEmpty)
        // All six within a skew of two.
        let counts = zones(of: plan).merging(["zone-a": 2], uniquingKeysWith: +)
        #expect((counts.values.max() ?? 0) - (zones.map { counts[$0] ?? 0 }.min() ?? 0) <= 2)
    }

    @Test("pods of another namespace do not count")
    func namespaces() {
        var busy = host("busy", zone: "zone-a", free: Resources())
        busy.pods = (0..<3).map { index in pod("r\(index)", namespace: "vision").with { $0.labels["app"] = "web" } }
        let plan = plan(cluster(web(3, .init(app: "web", over: Label.zone)), zones: zones, hosts: [busy]))
        #expect(zones(of: plan) == ["zone-a": 1, "zone-b": 1, "zone-c": 1])
    }

    @Test("fewer domains than minDomains: no domain takes more than the skew")
    func minimumDomains() {
        var constraint = TopologySpreadConstraint(app: "web", over: Label.zone)
        constraint.minDomains = 3
        let short = plan(cluster(web(3, constraint), zones: ["zone-a", "zone-b"]))
        #expect(zones(of: short) == ["zone-a": 1, "zone-b": 1])
        #expect(short.unplaceable.flatMap(\.pods).count == 1)
        let enough = plan(cluster(web(6, constraint), zones: zones))
        #expect(zones(of: enough) == ["zone-a": 2, "zone-b": 2, "zone-c": 2])
    }

    @Test("node affinity is honoured: a zone that the pod excludes is no domain")
    func honorsAffinity() {
        let pods = web(4, .init(app: "web", over: Label.zone)).map {
            $0.with {
                let allowed = NodeSelectorRequirement(key: Label.zone, operator: .notIn, values: ["zone-c"])
                $0.nodeAffinity = [NodeSelectorTerm(requirements: [allowed])]
            }
        }
        #expect(zones(of: plan(cluster(pods, zones: zones))) == ["zone-a": 2, "zone-b": 2])
    }

    @Test("node affinity ignored: a standing node in an excluded zone is a domain that stays empty")
    func ignoresAffinity() {
        var constraint = TopologySpreadConstraint(app: "web", over: Label.zone)
        constraint.honorsNodeAffinity = false
        let pods = web(4, constraint).map { $0.with { $0.nodeSelector = [Label.zone: "zone-a"] } }
        let away = host("away", zone: "zone-c", free: box.allocatable)
        let plan = plan(cluster(pods, zones: ["zone-a"], hosts: [away]))
        #expect(zones(of: plan) == ["zone-a": 1])
        #expect(plan.unplaceable.flatMap(\.pods).count == 3)
    }

    @Test("taints ignored, as by default: a tainted zone is a domain; honoured: it is none")
    func taints() {
        let tainted = host("t", zone: "zone-c", taints: [Taint(key: "x", effect: .noSchedule)], free: box.allocatable)
        var constraint = TopologySpreadConstraint(app: "web", over: Label.zone)
        let ignoring = plan(cluster(web(4, constraint), zones: ["zone-a", "zone-b"], hosts: [tainted]))
        #expect(zones(of: ignoring) == ["zone-a": 1, "zone-b": 1])
        constraint.honorsNodeTaints = true
        let honoring = plan(cluster(web(4, constraint), zones: ["zone-a", "zone-b"], hosts: [tainted]))
        #expect(zones(of: honoring) == ["zone-a": 2, "zone-b": 2])
    }

    @Test("matchLabelKeys, merged into the selector: each revision is spread by itself")
    func matchLabelKeys() {
        let pods = (0..<4).map { index in
            let labels = ["app": "web", "pod-template-hash": index < 2 ? "old" : "new"]
            return pod("web-\(index)").with {
                $0.labels = labels
                $0.topologySpread = [
                    TopologySpreadConstraint(
                        maxSkew: 1,
                        topologyKey: Label.zone,
                        selector: LabelSelector(matchLabels: labels)
                    )
                ]
            }
        }
        let plan = plan(cluster(pods, zones: ["zone-a", "zone-b"]))
        #expect(zones(of: plan) == ["zone-a": 2, "zone-b": 2])
        #expect(plan.unplaceable.isEmpty)
    }

    @Test("a pod that its own constraint does not select follows the counts without adding to them")
    func otherSelector() {
        var running = host("h", zone: "zone-a", free: Resources())
        running.pods = [pod("r").with { $0.labels["app"] = "other" }]
        let plan = plan(
            cluster(web(5, .init(app: "other", over: Label.zone)), zones: ["zone-a", "zone-b"], hosts: [running])
        )
        // One matches in zone-a and none in zone-b: both are within the skew, for any number of pods.
        #expect(plan.unplaceable.isEmpty)
        #expect(plan.bought == ["1 x box"])
    }

    @Test("over hosts a node takes as many as the skew, and more nodes are bought")
    func hosts() {
        let one = plan(cluster(web(4, .init(app: "web", over: Label.hostname)), zones: ["zone-a"]))
        #expect(one.bought == ["4 x box"])
        let two = plan(cluster(web(4, .init(app: "web", over: Label.hostname, maxSkew: 2)), zones: ["zone-a"]))
        #expect(two.bought == ["2 x box"])
    }

    @Test("constraints over zones and hosts hold together")
    func both() {
        let pods = web(4, .init(app: "web", over: Label.zone), .init(app: "web", over: Label.hostname))
        let plan = plan(cluster(pods, zones: ["zone-a", "zone-b"]))
        #expect(zones(of: plan) == ["zone-a": 2, "zone-b": 2])
        #expect(plan.bought == ["4 x box"])
    }

    @Test("a node without the key of a constraint is out of the question")
    func missingKey() {
        let bare = host("bare", free: box.allocatable)
        var racked = box
        racked.name = "racked"
        racked.labels = ["example.com/rack": "r1"]
        var cluster = cluster(web(1, .init(app: "web", over: "example.com/rack")), zones: [], hosts: [bare])
        cluster.choices = [choice(box, price: "1"), choice(racked, price: "2")]
        #expect(plan(cluster).bought == ["1 x racked"])
    }

    @Test("ScheduleAnyway is no law")
    func anyway() {
        var constraint = TopologySpreadConstraint(app: "web", over: Label.hostname)
        constraint.isRequired = false
        let plan = plan(cluster(web(4, constraint), zones: ["zone-a"]))
        #expect(plan.unplaceable.isEmpty)
    }
}
