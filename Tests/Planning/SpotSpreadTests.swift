import Model
import Testing

@testable import Planning

@Suite("Spread over spot pools")
struct SpotSpreadTests {
    private let cheap = shape("cheap", gpus: 1, cpus: 8, gibibytes: 32)
    private let dear = shape("dear", gpus: 1, cpus: 8, gibibytes: 32)

    private var choices: [PlanInput.Choice] {
        [
            choice(cheap, .spot, price: "1.00"), choice(dear, .spot, price: "1.10"),
            choice(shape("paid", gpus: 1, cpus: 8, gibibytes: 32), price: "3.00"),
        ]
    }

    private func lone(_ count: Int) -> [PlanInput.Demand] {
        (0..<count).map { demand("w\($0)", [pod("p\($0)", gpus: 1)]) }
    }

    private func plan(_ demands: [PlanInput.Demand], share: Double?, hosts: [PlanInput.Host] = []) -> Plan {
        var question = input(demands, hosts: hosts, choices: choices)
        question.economics?.maximumPoolShare = share
        return Planning.plan(question)
    }

    @Test("no spot pool gets more than its share of the accelerators; the rest goes to the next cheapest")
    func share() {
        #expect(plan(lone(4), share: nil).bought == ["4 x cheap"])
        #expect(plan(lone(4), share: 0.5).bought == ["2 x cheap", "2 x dear"])
        #expect(plan(lone(4), share: 0.25).bought == ["1 x cheap", "1 x dear", "2 x paid"])
        // A fraction of a node is none.
        #expect(plan(lone(3), share: 0.5).bought == ["1 x cheap", "1 x dear", "1 x paid"])
    }

    @Test("a single node may always be spot")
    func single() {
        #expect(plan(lone(1), share: 0.1).bought == ["1 x cheap"])
    }

    @Test("what stands counts, with the pods on it")
    func standing() {
        var running = pod("running", gpus: 1)
        running.nodeName = "node-1"
        var node = host("node-1", capacityType: .spot, free: resources(cpus: 0, gibibytes: 0))
        node.labels[Label.instanceType] = "cheap"
        node.pods = [running]
        #expect(plan(lone(3), share: 0.5, hosts: [node]).bought == ["1 x cheap", "2 x dear"])
    }

    @Test("a gang stays together, and what it takes counts")
    func gang() {
        let gang = demand("gang", (0..<2).map { pod("g\($0)", gpus: 1) }, gang: Gang(minimum: 2), createdAt: 1)
        #expect(plan([gang], share: 0.5).bought == ["2 x cheap"])
        #expect(plan([gang] + lone(2), share: 0.5).bought == ["2 x cheap", "2 x dear"])
    }

    @Test("a decision says which share kept an offering out")
    func reason() throws {
        let plan = plan(lone(4), share: 0.5)
        let dear = try #require(plan.purchases.first { $0.offering.instanceType == "dear" })
        let reasons = dear.explanation.rejected.map(\.reason)
        #expect(
            reasons.contains("spot pool cheap in us-east-1a may hold 2 accelerators by maximumPoolShare, and holds 2")
        )
    }
}
