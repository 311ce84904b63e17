import Model
import PlanningWorkbench
import Testing

@testable import Planning

/// Cases of https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#inter-pod-affinity-and-anti-affinity.
@Suite("Planning keeps pods together and apart as the scheduler does")
struct SchedulerAffinityTests {
    private let box = shape("box", cpus: 64, gibibytes: 256)

    private func app(_ name: String, _ count: Int, _ change: (inout Pod) -> Void) -> [Pod] {
        (0..<count).map { index in pod("\(name)-\(index)").with { $0.labels["app"] = name }.with(change) }
    }

    private func cluster(_ pods: [Pod], zones: [String] = ["zone-a", "zone-b"], hosts: [PlanInput.Host] = [])
        -> PlanInput
    {
        input([demand("work", pods)], hosts: hosts, choices: zones.map { choice(box, zone: $0, price: "1") })
    }

    private func standing(_ name: String, zone: String, free: Resources? = nil, pods: [Pod]) -> PlanInput.Host {
        var result = host(name, zone: zone, free: free ?? box.allocatable)
        result.pods = pods
        return result
    }

    private func plan(_ input: PlanInput) -> Plan {
        let plan = Planning.plan(input)
        #expect(PlanJudge(input, plan).violations == [])
        return plan
    }

    @Test("the first pod of a group with affinity to itself may start anywhere, the others follow")
    func firstPod() {
        let plan = plan(cluster(app("web", 5) { $0.podAffinity = [.init(app: "web", in: Label.zone)] }))
        #expect(plan.unplaceable.isEmpty)
        #expect(Set(plan.purchases.map(\.offering.zone)).count == 1)
    }

    @Test("affinity to pods that run nowhere and do not wait cannot be met")
    func nobody() {
        let plan = plan(cluster(app("web", 1) { $0.podAffinity = [.init(app: "cache", in: Label.zone)] }))
        #expect(plan.unplaceable.flatMap(\.pods).count == 1)
        #expect(plan.purchases.isEmpty)
    }

    @Test("affinity to a running pod draws the node into its zone, though another is cheaper")
    func follows() {
        var input = cluster(
            app("web", 1) { $0.podAffinity = [.init(app: "cache", in: Label.zone)] },
            hosts: [standing("h", zone: "zone-b", free: Resources(), pods: app("cache", 1) { _ in })]
        )
        input.choices[1].pricePerHour = money("5")
        #expect(plan(input).purchases.map(\.offering.zone) == ["zone-b"])
    }

    @Test("a follower waits for its leader: the leader is bound first, whatever the names")
    func leaderFirst() {
        let follower = app("a", 1) { $0.podAffinity = [.init(app: "z", in: Label.hostname)] }
        let plan = plan(cluster(follower + app("z", 1) { _ in }))
        #expect(plan.unplaceable.isEmpty)
        #expect(plan.bought == ["1 x box"])
        #expect(plan.bindingOrder.first?.name == "z-0")
    }

    @Test("a pod must match all terms of an affinity at once")
    func allTerms() {
        let web = app("web", 1) {
            $0.podAffinity = [.init(app: "cache", in: Label.zone), .init(app: "store", in: Label.zone)]
        }
        let hosts = [
            standing("h", zone: "zone-a", pods: app("cache", 1) { _ in } + app("store", 1) { _ in })
        ]
        #expect(plan(cluster(web, hosts: hosts)).unplaceable.flatMap(\.pods).count == 1)
    }

    @Test("pods that shun their own kind on a host get a node each")
    func oneEach() {
        let plan = plan(cluster(app("web", 4) { $0.podAntiAffinity = [.init(app: "web", in: Label.hostname)] }))
        #expect(plan.bought == ["4 x box"])
    }

    @Test("pods that shun their own kind in a zone get a zone each, and the rest none")
    func zoneEach() {
        let plan = plan(cluster(app("web", 3) { $0.podAntiAffinity = [.init(app: "web", in: Label.zone)] }))
        #expect(Set(plan.purchases.map(\.offering.zone)) == ["zone-a", "zone-b"])
        #expect(plan.unplaceable.flatMap(\.pods).count == 1)
    }

    @Test("a running pod's anti-affinity keeps a new pod out that has none itself")
    func symmetric() {
        let shy = app("shy", 1) { $0.podAntiAffinity = [.init(app: "web", in: Label.zone)] }
        let plan = plan(cluster(app("web", 1) { _ in }, hosts: [standing("h", zone: "zone-a", pods: shy)]))
        #expect(plan.placements.isEmpty)
        #expect(plan.purchases.map(\.offering.zone) == ["zone-b"])
    }

    @Test("anti-affinity between two waiting applications keeps them apart both ways")
    func apart() {
        let shy = app("shy", 2) { $0.podAntiAffinity = [.init(app: "web", in: Label.hostname)] }
        let plan = plan(cluster(app("web", 2) { _ in } + shy))
        #expect(plan.bought == ["2 x box"])
    }

    @Test("terms reach the namespaces they name, by name or by label, and no others")
    func namespaces() {
        let stranger = pod("r", namespace: "vision").with { $0.labels["app"] = "web" }
        let hosts = [standing("h", zone: "zone-a", pods: [stranger])]
        func placed(_ change: (inout PodAffinityTerm) -> Void) -> Bool {
            var term = PodAffinityTerm(app: "web", in: Label.zone)
            change(&term)
            var input = cluster(app("a", 1) { $0.podAntiAffinity = [term] }, hosts: hosts)
            input.namespaceLabels = ["vision": ["team": "science"], "research": [:]]
            return !plan(input).placements.isEmpty
        }
        #expect(placed { _ in })
        #expect(!placed { $0.namespaces = ["vision"] })
        #expect(!placed { $0.namespaceSelector = LabelSelector() })
        #expect(!placed { $0.namespaceSelector = LabelSelector(matchLabels: ["team": "science"]) })
        #expect(placed { $0.namespaceSelector = LabelSelector(matchLabels: ["team": "art"]) })
    }

    @Test("selectors with expressions")
    func expressions() {
        let notWeb = LabelSelector(requirements: [
            NodeSelectorRequirement(key: "app", operator: .notIn, values: ["web"])
        ])
        let term = PodAffinityTerm(selector: notWeb, namespaces: ["research"], topologyKey: Label.hostname)
        let hosts = [
            standing("h1", zone: "zone-a", pods: app("cache", 1) { _ in }),
            standing("h2", zone: "zone-a", pods: app("web", 1) { _ in }),
        ]
        let plan = plan(cluster(app("web", 1) { $0.podAntiAffinity = [term] }, hosts: hosts))
        #expect(Array(plan.placements.values) == ["h2"])
    }

    @Test("a preference is no law")
    func preference() {
        let term = PodAffinityTerm(app: "web", in: Label.hostname)
        let pods = app("web", 2) { $0.preferences = [SchedulingPreference(weight: -100, term: .pods(term))] }
        let plan = plan(cluster(pods, zones: ["zone-a"]))
        #expect(plan.unplaceable.isEmpty)
    }

    @Test("a gang whose ranks shun each other gets a node for each")
    func gang() {
        let ranks = app("rank", 3) { $0.podAntiAffinity = [.init(app: "rank", in: Label.hostname)] }
        var input = cluster(ranks)
        input.demands[0].workload.gang = Gang(minimum: 3)
        let plan = plan(input)
        #expect(plan.bought == ["3 x box"])
        #expect(Set(plan.purchases.map(\.offering.zone)).count == 1)
    }
}
