import Model
import PlanningWorkbench
import Testing

@testable import Planning

@Suite("Room that limits make scarce")
struct TollTests {
    private let cheap = Pool(name: "cheap", shapes: [])
    private let open = Pool(name: "open", shapes: [])
    private let four = large

    private func plan(_ headroom: PlanInput.Headroom, hasLarge: Bool = true) -> Plan {
        let modest = (0..<2).map { demand("modest-\($0)", [pod("m\($0)", gpus: 1)], createdAt: 0) }
        let large = hasLarge ? [demand("large", (0..<2).map { pod("l\($0)", gpus: 4) }, createdAt: 10)] : []
        return Planning.plan(
            input(
                modest + large,
                pools: [cheap, open],
                choices: [
                    choice(small, price: "0.30", pool: "cheap"), choice(four, price: "2", pool: "cheap"),
                    choice(small, zone: "us-east-1b", price: "0.35", pool: "open"),
                    choice(four, zone: "us-east-1b", price: "20", pool: "open"),
                ],
                headroom: ["cheap": headroom]
            )
        )
    }

    @Test("a limited pool is left to those who could only go where it is far dearer, however long others have waited")
    func left() {
        let limits = [
            PlanInput.Headroom(nodes: 2), PlanInput.Headroom(accelerators: 8),
            PlanInput.Headroom(spendPerHour: money("4")),
        ]
        for headroom in limits {
            let plan = plan(headroom)
            #expect(plan.unplaceable.isEmpty)
            #expect(plan.pricePerHour < 4.71, "\(headroom)")
        }
    }

    @Test("what a limit leaves over is used")
    func used() {
        #expect(plan(PlanInput.Headroom(nodes: 2), hasLarge: false).pricePerHour < 0.61)
        #expect(plan(PlanInput.Headroom(nodes: 4)).pricePerHour < 4.61)
    }

    @Test("prices that are shown and promised are without tolls")
    func exactPrices() throws {
        let plan = plan(PlanInput.Headroom(nodes: 2))
        let bought = try #require(plan.purchases.first { $0.pool == "cheap" })
        #expect(bought.pricePerHour == money("2"))
        // Ten hours and five minutes for each of two nodes.
        #expect(
            plan.purchases.filter { $0.pool == "cheap" }.reduce(.zero) { $0 + $1.expectedCost }.rounded()
                == money("40.33")
        )
    }

    @Test(
        "gangs beside limited pools cost at most 5% more than what no plan can undercut",
        arguments: 1...2 as ClosedRange<UInt64>
    )
    func closeToTheBound(seed: UInt64) {
        let input = Mix.limitedPools.input(count: 400, seed: seed)
        let plan = Planning.plan(input, explained: false)
        #expect(plan.unplaceable.isEmpty)
        #expect(plan.pricePerHour <= LowerBound(input, serving: plan).best * 1.05)
    }
}
