import Model
import PlanningWorkbench
import Testing

@testable import Planning

@Suite("Planning serves pods at the corners of the rules")
struct SchedulerCornerTests {
    private let box = shape("box", cpus: 4, gibibytes: 16)

    private func plan(_ input: PlanInput) -> Plan {
        let plan = Planning.plan(input)
        #expect(PlanJudge(input, plan).violations == [])
        return plan
    }

    private func term(_ app: String) -> PodAffinityTerm {
        PodAffinityTerm(
            selector: LabelSelector(matchLabels: ["app": app]),
            namespaces: ["research"],
            topologyKey: Label.hostname
        )
    }

    @Test("a pod that wants company which is nowhere leaves the others of its size their nodes")
    func lonely() {
        let lonely = pod("lonely").with { $0.podAffinity = [term("nothing")] }
        let others = (0..<10).map { pod("other-\($0)") }
        let plan = plan(input([demand("work", [lonely] + others)], choices: [choice(box, price: "1")]))
        #expect(plan.bought == ["3 x box"])
        #expect(plan.unplaceable.flatMap(\.pods) == [lonely.id])
    }

    @Test("pods that a zone's pool has no room for join those of their kind in another zone")
    func moved() {
        let pods = (0..<12).map { index in
            pod("p-\(index)", cpus: 2).with {
                $0.labels = ["app": "spread"]
                $0.topologySpread = [
                    TopologySpreadConstraint(
                        maxSkew: 4,
                        topologyKey: Label.zone,
                        selector: LabelSelector(matchLabels: ["app": "spread"])
                    )
                ]
            }
        }
        let plan = plan(
            input(
                [demand("work", pods)],
                pools: [Pool(name: "a", shapes: []), Pool(name: "b", shapes: [])],
                choices: [
                    choice(box, zone: "zone-a", price: "1", pool: "a"),
                    choice(box, zone: "zone-b", price: "1.1", pool: "b"),
                ],
                headroom: ["a": PlanInput.Headroom(nodes: 2)]
            )
        )
        #expect(plan.unplaceable.isEmpty)
        #expect(plan.bought == ["6 x box"])
    }

    @Test("a preference of full weight is worth a price that is 1% higher, and not one that is 10% higher")
    func preference() {
        func zones(_ price: String, preferred: String) -> [String] {
            let wish = NodeSelectorRequirement(key: Label.zone, operator: .isIn, values: [preferred])
            let pod = pod("p").with {
                $0.preferences = [
                    SchedulingPreference(weight: 100, term: .node(NodeSelectorTerm(requirements: [wish])))
                ]
            }
            let choices = [choice(box, zone: "zone-a", price: "1"), choice(box, zone: "zone-b", price: price)]
            return plan(input([demand("work", [pod])], choices: choices)).purchases.map(\.offering.zone)
        }
        #expect(zones("1.01", preferred: "zone-b") == ["zone-b"])
        #expect(zones("1.1", preferred: "zone-b") == ["zone-a"])
    }

    @Test("a dearer node whose daemons leave a port free is bought for a pod that needs the port")
    func portOfDaemon() {
        var marked = shape("marked", cpus: 4, gibibytes: 16)
        marked.labels = ["exporter": "yes"]
        let wanting = pod("p").with { $0.hostPorts = [HostPort(port: 80)] }
        var input = input(
            [demand("work", [wanting])],
            choices: [choice(marked, price: "1"), choice(box, price: "1.01")]
        )
        var daemon = pod("exporter").with { $0.hostPorts = [HostPort(port: 80)] }
        daemon.nodeSelector = ["exporter": "yes"]
        input.daemons = [daemon]
        #expect(plan(input).bought == ["1 x box"])
    }

    @Test("a pod that asks for nothing gets a node")
    func nothing() {
        let empty = pod("p").with { $0.requests = Resources() }
        #expect(Planning.plan(input([demand("work", [empty])], choices: [choice(box, price: "1")])).bought.count == 1)
    }

    @Test("deployments that shun their own in equal numbers are planned alike in every order")
    func ties() {
        let apps = ["a", "b", "c"].enumerated().flatMap { number, app in
            (0..<7).map { index in
                demand(
                    "\(app)-\(index)",
                    [
                        pod("\(app)-\(index)", cpus: Int64(number + 1)).with {
                            $0.labels = ["app": app]
                            $0.podAntiAffinity = [term(app)]
                        }
                    ]
                )
            }
        }
        let shapes = [4, 8, 16].map { shape("box-\($0)", cpus: $0, gibibytes: 4 * $0) }
        let choices = zip(shapes, ["1", "1.9", "3.7"]).map { choice($0, price: $1) }
        #expect(Planning.plan(input(apps, choices: choices)) == Planning.plan(input(apps.reversed(), choices: choices)))
    }
}
