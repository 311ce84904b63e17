import Model
import PlanningWorkbench
import Testing

@testable import Planning

@Suite("Plans within budgets")
struct BudgetSearchTests {
    private let team = "science"

    /// Ten hours and five minutes on a small node at a dollar an hour cost 10.08.
    private func question(
        _ demands: [PlanInput.Demand],
        left: String,
        choices: [PlanInput.Choice] = [choice(small, price: "1")]
    ) -> PlanInput {
        var question = input(demands, choices: choices)
        question.budgets = [
            PlanInput.BudgetRoom(name: "the budget of team science", team: team, left: .toFinish(money(left)))
        ]
        return question
    }

    private func of(team: String, _ demand: PlanInput.Demand) -> PlanInput.Demand {
        var demand = demand
        demand.workload.team = team
        return demand
    }

    private func places(_ plan: Plan) -> [String] {
        plan.purchases.flatMap { $0.pods.joined().map(\.name) }.sorted()
    }

    @Test("whoever has waited longest is paid for, and who is left out learns by which budget")
    func oldestFirst() throws {
        let demands = (0..<3).map { demand("d\($0)", [pod("p\($0)", gpus: 1)], createdAt: Int64(10 - $0)) }
        let plan = Planning.plan(question(demands, left: "21"))
        #expect(places(plan) == ["p1", "p2"])
        #expect(plan.cost <= money("21"))
        let left = try #require(plan.unplaceable.first)
        #expect(left.pods.map(\.name) == ["p0"])
        #expect(
            left.explanation.summary
                == "over the budget of team science: 21.00 $ left, 20.17 $ of it for what comes before, 10.08 $ needed"
        )
    }

    @Test("the oldest are served up to the budget, however many wait that a limit keeps out", arguments: [10, 29, 100])
    func behindLimit(count: Int) {
        let demands = (0..<count).map { demand("d\($0)", [pod("p\($0)", gpus: 1)], createdAt: Int64($0)) }
        for (limit, left, names) in [(4, "21", ["p0", "p1"]), (3, "31", ["p0", "p1", "p2"])]
            as [(Int, String, [String])]
        {
            var question = question(demands, left: left, choices: [choice(small, price: "1", pool: "few")])
            question.pools = [Pool(name: "few", shapes: [])]
            question.headroom = ["few": PlanInput.Headroom(nodes: limit)]
            #expect(places(Planning.plan(question)) == names)
        }
        // The same of one workload.
        let pods = (0..<count).map { pod("p\($0)", gpus: 1) }
        var question = question([demand("job", pods)], left: "21", choices: [choice(small, price: "1", pool: "few")])
        question.pools = [Pool(name: "few", shapes: [])]
        question.headroom = ["few": PlanInput.Headroom(nodes: 4)]
        #expect(places(Planning.plan(question)).count == 2)
    }

    @Test("whoever a team cannot pay for keeps nobody out that a cap would leave room for", arguments: [false, true])
    func poorTeam(capFirst: Bool) {
        let poor = (0..<10).map { demand("p\($0)", [pod("p\($0)", gpus: 1)], createdAt: Int64($0)) }
        let rich = (0..<10).map {
            of(team: "rich", demand("r\($0)", [pod("r\($0)", gpus: 1)], createdAt: Int64(100 + $0)))
        }
        var question = question(poor + rich, left: "0")
        let cap = PlanInput.BudgetRoom(name: "the spend cap", left: .perHour(money("10")))
        question.budgets.insert(cap, at: capFirst ? 0 : 1)
        #expect(places(Planning.plan(question)) == (0..<10).map { "r\($0)" })
    }

    @Test("a node that teams share counts as a whole for each, and of those that cannot pay the youngest goes")
    func shared() {
        // Eight pods fill one node of eight; the one of our team came last, and its work before has a node of its own.
        let eight = shape("eight", gpus: 8, cpus: 64, gibibytes: 256)
        let old = demand("old", [pod("old", gpus: 8)], createdAt: 0)
        let young = demand("young", [pod("young", gpus: 1)], createdAt: 50)
        let others = of(team: "rich", demand("rich", (0..<7).map { pod("r\($0)", gpus: 1) }, createdAt: 10))
        let plan = Planning.plan(question([old, young, others], left: "50", choices: [choice(eight, price: "4")]))
        #expect(places(plan) == ["old"] + (0..<7).map { "r\($0)" })
    }

    @Test("higher priorities are paid for first")
    func priorities() {
        let plan = Planning.plan(
            question(
                [
                    demand("old", [pod("old", gpus: 1)], createdAt: 0),
                    demand("urgent", [pod("urgent", gpus: 1)], priority: 10, createdAt: 100),
                ],
                left: "11"
            )
        )
        #expect(places(plan) == ["urgent"])
    }

    @Test("of a workload as many pods are bought for as can be paid, of a gang all or none")
    func parts() {
        let pods = (0..<10).map { pod("p\($0)", gpus: 1) }
        let lone = Planning.plan(question([demand("job", pods)], left: "41"))
        #expect(places(lone) == ["p0", "p1", "p2", "p3"])
        #expect(lone.unplaceable.map(\.pods.count) == [6])
        let gang = Planning.plan(question([demand("job", pods, gang: Gang(minimum: 10))], left: "41"))
        #expect(places(gang).isEmpty)
        #expect(gang.unplaceable.map(\.pods.count) == [10])
    }

    @Test("who can be paid for gets the cheap place, not one that only the dear is left of")
    func cheapPlaces() {
        // Without regard to the budget, the rich team would be kept off the limited pool by those that cannot pay.
        var question = question(
            [
                demand("poor", (0..<2).map { pod("p\($0)", gpus: 1) }, createdAt: 0),
                of(team: "rich", demand("rich", [pod("r", gpus: 1)], createdAt: 10)),
            ],
            left: "1",
            choices: [
                choice(small, price: "1", pool: "cheap"), choice(small, zone: "us-east-1b", price: "5", pool: "open"),
            ]
        )
        question.pools = [Pool(name: "cheap", shapes: []), Pool(name: "open", shapes: [])]
        question.headroom = ["cheap": PlanInput.Headroom(nodes: 1)]
        let plan = Planning.plan(question)
        #expect(places(plan) == ["r"])
        #expect(plan.pricePerHour == 1)
    }

    @Test("standing room costs nothing, and is used whatever is left")
    func standingRoom() {
        var question = question([demand("d", [pod("p", gpus: 1)])], left: "-5")
        question.hosts = [host("stands", model: "T4", free: resources(gpus: 1, cpus: 4, gibibytes: 16))]
        let plan = Planning.plan(question)
        #expect(plan.placements.count == 1)
        #expect(plan.unplaceable.isEmpty)
    }

    @Test("of a workload that finds standing room, that is used, and the rest is bought for as far as it can be paid")
    func beside() {
        var question = question([demand("d", (0..<3).map { pod("p\($0)", gpus: 1) })], left: "11")
        question.hosts = [host("stands", model: "T4", free: resources(gpus: 1, cpus: 4, gibibytes: 16))]
        let plan = Planning.plan(question)
        #expect(plan.placements.count == 1)
        #expect(plan.purchases.flatMap(\.pods).count == 1)
        #expect(plan.unplaceable.map(\.pods.count) == [1])
    }

    @Test("a cap on prices an hour counts everybody's")
    func cap() {
        var question = question(
            [
                demand("a", [pod("a", gpus: 1)], createdAt: 0),
                of(team: "rich", demand("b", [pod("b", gpus: 1)], createdAt: 10)),
            ],
            left: "1000"
        )
        question.budgets.append(PlanInput.BudgetRoom(name: "the spend cap", left: .perHour(money("1.5"))))
        let plan = Planning.plan(question)
        #expect(places(plan) == ["a"])
        #expect(plan.unplaceable.first?.explanation.summary.hasPrefix("over the spend cap: 1.50 $/h left") == true)
    }

    @Test("no plan is over a budget, whatever waits", arguments: 0..<120 as Range<UInt64>)
    func alwaysWithin(seed: UInt64) {
        var question = Mix.everyRule.input(count: Int(seed % 30) + 10, seed: seed)
        for index in question.demands.indices { question.demands[index].workload.team = index % 2 == 0 ? "a" : "b" }
        let whole = Planning.plan(question)
        let cost = whole.purchases.reduce(Money.zero) { $0 + $1.pricePerHour * $1.count }
        question.budgets = [
            PlanInput.BudgetRoom(name: "the budget of team a", team: "a", left: .toFinish(whole.cost / 3)),
            PlanInput.BudgetRoom(name: "the spend cap", left: .perHour(cost / 2)),
        ]
        let plan = Planning.plan(question)
        let teams = Dictionary(
            question.demands.map { ($0.workload.id, $0.workload.team) },
            uniquingKeysWith: { first, _ in first }
        )
        let own = plan.purchases.filter { $0.workloads.contains { teams[$0] == "a" } }
        #expect(own.reduce(.zero) { $0 + $1.expectedCost } <= whole.cost / 3)
        // Who is left out gives way to something that is bought, unless that alone is more than the budget.
        let others = whole.purchases.filter { !$0.workloads.contains { teams[$0] == "a" } }
        let isLeftOut = plan.unplaceable.contains { part in
            part.explanation.summary.contains("over the") && part.explanation.workloads.contains { teams[$0] == "b" }
        }
        if isLeftOut, let least = others.map({ $0.pricePerHour * $0.count }).min(), least <= cost / 2 {
            #expect(!plan.purchases.isEmpty)
        }
        #expect(plan.purchases.reduce(.zero) { $0 + $1.pricePerHour * $1.count } <= cost / 2)
        let all = Set(plan.bindingOrder).union(plan.unplaceable.flatMap(\.pods))
        #expect(all.count == question.demands.reduce(0) { $0 + $1.pods.count })
    }
}
