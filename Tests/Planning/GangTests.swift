import Model
import Testing

@testable import Planning

@Suite("Planning of gangs")
struct GangTests {
    private let ranks = (0..<4).map { pod("rank-\($0)", gpus: 8, cpus: 40, gibibytes: 200) }

    @Test("a gang is bought as one purchase of equal nodes in the cheapest zone")
    func oneCall() throws {
        let plan = Planning.plan(
            input(
                [demand("gang", ranks, gang: Gang(minimum: 4))],
                choices: [
                    choice(huge, .spot, zone: "us-east-1a", price: "12"),
                    choice(huge, .spot, zone: "us-east-1b", price: "11"), choice(huge, price: "30"),
                ]
            )
        )
        let purchase = try #require(plan.purchases.first)
        #expect(plan.purchases.count == 1)
        #expect(purchase.count == 4)
        #expect(purchase.offering.zone == "us-east-1b")
        #expect(purchase.gang?.name == "gang")
        #expect(purchase.pods.allSatisfy { $0.count == 1 })
    }

    @Test("a node of a gang may hold several ranks")
    func severalRanks() {
        let ranks = (0..<8).map { pod("rank-\($0)", gpus: 1, cpus: 2, gibibytes: 8) }
        let plan = Planning.plan(
            input([demand("gang", ranks, gang: Gang(minimum: 8))], choices: [choice(large, price: "3")])
        )
        #expect(plan.bought == ["2 x large"])
    }

    @Test("a gang that does not fit as a whole gets nothing, and the limit that stops it is named")
    func wholeOrNothing() {
        let plan = Planning.plan(
            input(
                [demand("gang", ranks, gang: Gang(minimum: 4))],
                hosts: [host("n1", model: "A100", free: huge.allocatable)],
                choices: [choice(huge, price: "30")],
                headroom: ["gpu": PlanInput.Headroom(nodes: 2)]
            )
        )
        #expect(plan.purchases.isEmpty)
        #expect(plan.placements.isEmpty)
        #expect(
            plan.unplaceable.map(\.explanation.summary)
                == ["0/1 offerings: 1 limit of pool gpu: 2 nodes left, the gang needs 4 nodes"]
        )
    }

    @Test("hosts with room count towards the gang, and the rest is bought beside them: same zone, same model")
    func besideHosts() {
        let plan = Planning.plan(
            input(
                [demand("gang", ranks, gang: Gang(minimum: 4))],
                hosts: [
                    host("n1", zone: "us-east-1b", model: "A100", free: huge.allocatable),
                    host("n2", zone: "us-east-1b", model: "H100", free: huge.allocatable),
                ],
                choices: [
                    choice(huge, zone: "us-east-1a", price: "30"), choice(huge, zone: "us-east-1b", price: "31"),
                ]
            )
        )
        #expect(Array(plan.placements.values) == ["n1"])
        #expect(plan.purchases.map(\.offering.zone) == ["us-east-1b"])
        #expect(plan.bought == ["3 x huge"])
    }

    @Test("a gang of free topology takes hosts and nodes wherever they are")
    func anyTopology() {
        let plan = Planning.plan(
            input(
                [demand("gang", ranks, gang: Gang(minimum: 4, topology: .any))],
                hosts: [
                    host("n1", zone: "us-east-1b", model: "A100", free: huge.allocatable),
                    host("n2", zone: "us-east-1c", model: "H100", free: huge.allocatable),
                ],
                choices: [choice(huge, zone: "us-east-1a", price: "30")]
            )
        )
        #expect(plan.placements.count == 2)
        #expect(plan.bought == ["2 x huge"])
    }

    @Test("a lost rank comes back where the others of its gang run, even when another zone is cheaper")
    func replacement() {
        let gang = demand("gang", [ranks[0]], gang: Gang(minimum: 4))
        let full = Resources()
        let hosts = (1...3).map {
            host("n\($0)", zone: "us-east-1b", model: "A100", free: full, reservedFor: gang.workload.id)
        }
        let both = [choice(huge, zone: "us-east-1a", price: "20"), choice(huge, zone: "us-east-1b", price: "31")]
        let plan = Planning.plan(input([gang], hosts: hosts, choices: both))
        #expect(plan.purchases.map(\.offering.zone) == ["us-east-1b"])
        #expect(plan.purchases.first?.explanation.rejected.map(\.reason) == ["the gang runs in us-east-1b on A100"])
        let away = Planning.plan(input([gang], hosts: hosts, choices: [both[0]]))
        #expect(away.purchases.isEmpty)
        #expect(away.unplaceable.map(\.explanation.summary) == ["0/1 offerings: 1 the gang runs in us-east-1b on A100"])
    }

    @Test("other pods are put neither on a gang's new nodes nor on hosts reserved for it")
    func exclusive() {
        let gang = demand("gang", [pod("rank-0", gpus: 1)], gang: Gang(minimum: 1))
        let reserved = host("n1", model: "T4", free: large.allocatable, reservedFor: gang.workload.id)
        let single = demand("single", [pod("single", gpus: 1)])
        let bought = Planning.plan(input([gang, single], choices: [choice(large, price: "3")]))
        #expect(bought.bought == ["2 x large"])
        #expect(bought.purchases.allSatisfy { $0.workloads.count == 1 })
        let standing = Planning.plan(input([gang, single], hosts: [reserved], choices: [choice(large, price: "3")]))
        #expect(standing.placements == [gang.pods[0].id: "n1"])
        #expect(standing.bought == ["1 x large"])
    }

    @Test("of two gangs the more important is served first, then the older")
    func competition() {
        let headroom = ["gpu": PlanInput.Headroom(nodes: 4)]
        func plan(_ first: Int, _ second: Int) -> [String] {
            let others = ranks.map { pod("other-\($0.id.name)", gpus: 8, cpus: 40, gibibytes: 200) }
            let demands = [
                demand("a", ranks, gang: Gang(minimum: 4), priority: first, createdAt: 5),
                demand("b", others, gang: Gang(minimum: 4), priority: second, createdAt: 4),
            ]
            let result = Planning.plan(input(demands, choices: [choice(huge, price: "30")], headroom: headroom))
            return result.purchases.flatMap { $0.workloads.map(\.name) }
        }
        #expect(plan(1, 0) == ["a"])
        #expect(plan(0, 0) == ["b"])
    }

    @Test("shapes are mixed within a gang only when no single one can hold it")
    func mixed() {
        let twin = shape("twin", "A100", gpus: 8, cpus: 96, gibibytes: 1000)
        let choices = [choice(huge, price: "30", pool: "gpu"), choice(twin, price: "31", pool: "more")]
        let pools = [Pool(name: "gpu", shapes: []), Pool(name: "more", shapes: [])]
        let headroom = ["gpu": PlanInput.Headroom(nodes: 3), "more": PlanInput.Headroom(nodes: 3)]
        let gang = demand("gang", ranks, gang: Gang(minimum: 4))
        let mixed = Planning.plan(input([gang], pools: pools, choices: choices, headroom: headroom))
        #expect(mixed.bought == ["3 x huge", "1 x twin"])
        let enough = ["gpu": PlanInput.Headroom(nodes: 3)]
        let single = Planning.plan(input([gang], pools: pools, choices: choices, headroom: enough))
        #expect(single.bought == ["4 x twin"])
    }
}
