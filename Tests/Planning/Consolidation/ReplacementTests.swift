import Model
import Testing

@testable import Planning

@Suite("Nodes that something cheaper replaces")
struct ReplacementTests {
    /// One pod on a machine for four, and nothing else that stands.
    private var oversized: Floor {
        var floor = Floor()
        floor.add("big", price: "4", pods: [Floor.pod("p")])
        floor.offer(Floor.four, price: "4")
        floor.offer(Floor.one, price: "1")
        return floor
    }

    @Test("a node for four with one pod on it is replaced by a node for one")
    func smaller() throws {
        let action = try #require(oversized.chosen.first)
        #expect(action.removals.map(\.node) == ["big"])
        #expect(action.purchase?.offering == Floor.offering("one"))
        #expect(action.sum.before == Money("4"))
        #expect(action.sum.after == Money("1"))
        #expect(action.sum.saving == Money("3"))
        // 240 s of the new node at 1, and 120 s of a quarter of the old one at 4.
        #expect(action.sum.changeover.rounded(places: 9) == Money("0.1"))
        #expect(
            action.summary
                == "replace big (four us-east-1a spot) at 4 an hour by 1 × one us-east-1a spot at 1; saves 3.00 in "
                + "3600 s, the move costs 0.10 (changeover 0.10, lost work 0.00)"
        )
    }

    @Test("spot gives way to spot only for more than the move costs")
    func spotToSpot() {
        var floor = Floor()
        floor.add("old", price: "4", pods: (0..<4).map { Floor.pod("p\($0)") })
        // 240 s of the new node and 120 s of the old cost 0.38 at these prices.
        floor.offer(Floor.four, price: "3.7")
        #expect(floor.going.isEmpty)
        floor.choices = []
        floor.offer(Floor.four, price: "3.5")
        #expect(floor.going == ["old"])
        floor.change("old") { $0.initialisedAt = Floor.now - .seconds(1799) }
        #expect(floor.going.isEmpty)
    }

    @Test("on-demand gives way to spot where the workload may run on it")
    func onDemand() {
        var floor = Floor()
        floor.add("old", price: "8", capacityType: .onDemand, pods: [Floor.pod("p", gpus: 4)])
        floor.offer(Floor.four, price: "3")
        #expect(floor.going == ["old"])
        floor.change(tenant: "p") { $0.demand.capacityTypes = [.onDemand] }
        #expect(floor.going.isEmpty)
    }

    @Test("several nodes give way to one that is cheaper than all of them")
    func several() throws {
        var floor = Floor()
        for name in ["a", "b", "c"] { floor.add(name, shape: Floor.one, price: "2", pods: [Floor.pod("p-\(name)")]) }
        floor.offer(Floor.one, price: "2")
        floor.offer(Floor.four, price: "4")
        let action = try #require(floor.chosen.first)
        #expect(action.removals.map(\.node) == ["a", "b", "c"])
        #expect(action.purchase?.offering == Floor.offering("four"))
        #expect(action.purchase?.count == 1)
        #expect(action.sum.before == Money("6"))
    }

    @Test("a group is no larger than the budget allows")
    func groupBudget() {
        var floor = Floor()
        for name in ["a", "b", "c"] { floor.add(name, shape: Floor.one, price: "3", pods: [Floor.pod("p-\(name)")]) }
        floor.offer(Floor.four, price: "4")
        floor.disruption.budgets = [DisruptionBudget(nodes: .count(2))]
        #expect(floor.going == ["a", "b"])
        floor.disruption.budgets = [DisruptionBudget(nodes: .count(1))]
        #expect(floor.going.isEmpty)
    }

    @Test("what is closed, and what passes a limit beside the old node, is not bought")
    func closed() {
        var floor = Floor()
        floor.add("big", price: "4", pods: [Floor.pod("p")])
        floor.offer(Floor.one, price: "1", closed: "no capacity until 14:05")
        #expect(floor.going.isEmpty)
        floor = oversized
        floor.headroom = ["gpu": PlanInput.Headroom(nodes: 0)]
        #expect(floor.going.isEmpty)
    }

    @Test("limits are kept over all replacements of a round")
    func limits() {
        var floor = oversized
        floor.add("big-2", price: "4", pods: [Floor.pod("q")])
        // Not together: the other has no room for it.
        floor.hosts[0].labels[Label.zone] = "us-east-1b"
        for index in 0..<2 {
            floor.nodes[index].residents[0].pod.nodeSelector = [Label.hostname: "nowhere-\(index)"]
        }
        #expect(floor.going.isEmpty)
        floor = Floor()
        for name in ["a", "b"] { floor.add(name, price: "4", pods: [Floor.pod("p-\(name)", gpus: 3)]) }
        let three = Floor.shape("three", gpus: 3)
        floor.offer(three, price: "2")
        #expect(floor.chosen.count == 2)
        floor.headroom = ["gpu": PlanInput.Headroom(nodes: 1)]
        #expect(floor.chosen.count == 1)
    }

    @Test("a replacement must repay within the configured time, lost work included")
    func repay() {
        var floor = oversized
        floor.disruption.repayWithin = .seconds(121)
        // 3 an hour saved; the move costs 0.10, which is 120 s of it.
        #expect(floor.going == ["big"])
        floor.disruption.repayWithin = .seconds(119)
        #expect(floor.going.isEmpty)
        floor = oversized
        floor.change(tenant: "p") { tenant in
            tenant.demand.workload.checkpoint = .none
            tenant.unsavedSeconds = 3 * 3600
        }
        #expect(floor.going.isEmpty)
    }

    @Test("fetching data into another zone is part of the changeover")
    func dataset() {
        var floor = oversized
        floor.change(tenant: "p") {
            $0.demand.dataset = Dataset(name: "images", zones: [Floor.zone], loadSeconds: 14_400)
        }
        #expect(floor.going == ["big"])
        floor.change(tenant: "p") { $0.demand.dataset?.zones = ["us-east-1b"] }
        #expect(floor.going.isEmpty)
    }
}
