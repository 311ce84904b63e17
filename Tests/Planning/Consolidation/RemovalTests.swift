import Model
import Testing

@testable import Planning

@Suite("Nodes that go without a replacement")
struct RemovalTests {
    /// Two half-empty nodes: the pods of either fit on the other.
    private var two: Floor {
        var floor = Floor()
        floor.add("a", price: "3", pods: [Floor.pod("a1"), Floor.pod("a2")])
        floor.add("b", price: "4", pods: [Floor.pod("b1"), Floor.pod("b2")])
        return floor
    }

    @Test("an empty node goes once it has been empty for the delay, the dearest first")
    func empty() {
        var floor = Floor()
        floor.disruption = Disruption()
        floor.add("cheap", price: "1")
        floor.add("dear", price: "2")
        floor.add("young", price: "3")
        floor.change("young") { $0.quietSince = Floor.now - .seconds(59) }
        #expect(floor.going == ["dear", "cheap"])
        #expect(floor.chosen.first?.reason == .empty)
        #expect(floor.chosen.first?.summary == "empty for 3600 s")
        floor.change("young") { $0.quietSince = Floor.now - .seconds(60) }
        #expect(floor.going == ["young", "dear", "cheap"])
        floor.disruption.consolidateAfter = .seconds(7200)
        #expect(floor.going.isEmpty)
    }

    @Test("an empty node stays while it is held, and is no place for others")
    func held() {
        var floor = Floor()
        floor.add("empty", price: "1")
        floor.add("busy", price: "4", pods: [Floor.pod("p")])
        floor.change("empty") { $0.heldBecause = "it waits for its gang" }
        #expect(floor.going.isEmpty)
    }

    @Test("of two half-empty nodes the dearer goes, and the other, which takes its pods in, stays")
    func halfEmpty() throws {
        let action = try #require(two.chosen.first)
        #expect(two.chosen.count == 1)
        #expect(
            action.removals == [
                Consolidation.Removal(claim: ClaimID("b"), node: "b", pods: ["uid-b1", "uid-b2"])
            ]
        )
        #expect(action.purchase == nil)
        #expect(action.reason == .underutilized)
        // Two of four GPUs at 4 an hour, for the 120 s of pull and restore: 4 x 0.5 x 120 / 3600.
        #expect(action.sum.changeover.rounded(places: 6) == Money("0.066667"))
        #expect(action.sum.lostWork == .zero)
        #expect(action.sum.saving == Money("4"))
        #expect(
            action.summary
                == "remove b (four us-east-1a spot) at 4 an hour: the 2 pods fit on a; saves 4.00 in 3600 s, the move "
                + "costs 0.07 (changeover 0.07, lost work 0.00)"
        )
    }

    @Test("only pools that ask for it give up nodes that are in use")
    func policy() {
        var floor = two
        floor.disruption.policy = .whenEmpty
        #expect(floor.going.isEmpty)
    }

    @Test("planning has the last word on whether pods fit")
    func constraints() {
        var floor = Floor()
        var pinned = Floor.pod("b1")
        pinned.nodeSelector = [Label.zone: "us-east-1b"]
        floor.add("a", price: "3", pods: [Floor.pod("a1"), Floor.pod("a2"), Floor.pod("a3")])
        floor.add("b", price: "4", pods: [pinned])
        floor.change("a") { $0.initialisedAt = Floor.now }
        #expect(floor.going.isEmpty)
    }

    @Test("no node that took in pods is emptied in the same round, and no room is given away twice")
    func rooms() {
        var floor = Floor()
        for name in ["a", "b", "c"] {
            floor.add(name, pods: [Floor.pod("\(name)1"), Floor.pod("\(name)2")])
        }
        #expect(floor.going.count == 1)
        floor.add("d", pods: [Floor.pod("d1"), Floor.pod("d2")])
        #expect(floor.going.count == 2)
    }

    @Test("a node stays while something on it must not move", arguments: Obstacle.allCases)
    func obstacles(obstacle: Obstacle) {
        var floor = two
        floor.change("a") { $0.initialisedAt = Floor.now }
        #expect(floor.going == ["b"])
        obstacle.place(in: &floor)
        #expect(floor.going.isEmpty)
    }

    enum Obstacle: CaseIterable {
        case gang, doNotDisrupt, noController, notBegun, leaving, stranger, deadline, young, restless, draining
        case notReady, reserved

        func place(in floor: inout Floor) {
            switch self {
            case .gang: floor.change(tenant: "b1") { $0.demand.workload.gang = Gang(minimum: 2) }
            case .doNotDisrupt: floor.change(tenant: "b1") { $0.demand.workload.doNotDisrupt = true }
            case .noController: floor.change("b") { $0.residents[0].pod.owner = nil }
            case .notBegun: floor.change("b") { $0.residents[0].pod.phase = .pending }
            case .leaving: floor.change("b") { $0.residents[0].pod.deletedAt = Floor.now }
            case .stranger: floor.change("b") { $0.residents[0].workload = nil }
            case .deadline:
                // 36,000 s of work, and less than three changeovers of 240 s beside it.
                floor.change(tenant: "b1") { $0.demand.workload.deadline = Floor.now + .seconds(36_719) }
            case .young: floor.change("b") { $0.initialisedAt = Floor.now - .seconds(1799) }
            case .restless: floor.change("b") { $0.quietSince = Floor.now - .seconds(59) }
            case .draining: floor.change("b") { $0.isDisrupted = true }
            case .notReady: floor.change("b") { $0.isReady = false }
            case .reserved:
                for index in floor.hosts.indices {
                    floor.hosts[index].reservedFor = Floor.workload(of: Floor.pod("other"))
                }
            }
        }
    }

    @Test("a deadline that leaves room for the move does not hold its node")
    func slack() {
        var floor = two
        floor.change(tenant: "b1") { $0.demand.workload.deadline = Floor.now + .seconds(36_720) }
        #expect(floor.going == ["b"])
    }

    @Test("work that is thrown away counts, work that is saved on the way out does not")
    func lostWork() {
        var floor = two
        floor.change("a") { $0.initialisedAt = Floor.now }
        floor.change(tenant: "b1") { tenant in
            tenant.demand.workload.checkpoint = .none
            tenant.unsavedSeconds = 3 * 3600
        }
        // A quarter of 4 an hour for three hours is 3: still less than the 4 that an hour saves.
        #expect(floor.chosen.first?.sum.lostWork == Money("3"))
        floor.change(tenant: "b1") { $0.unsavedSeconds = 4 * 3600 }
        #expect(floor.going.isEmpty)
        floor.change(tenant: "b1") { $0.demand.workload.checkpoint = .http }
        #expect(floor.going == ["b"])
    }

    @Test("a saving counts no longer than the work runs, and must repay within the configured time")
    func horizon() {
        var floor = two
        floor.change("a") { $0.initialisedAt = Floor.now }
        for pod in ["b1", "b2"] { floor.change(tenant: pod) { $0.demand.remainingSeconds = 59 } }
        // 60 s of the node pay for the changeover: half of its price for 120 s.
        #expect(floor.going.isEmpty)
        for pod in ["b1", "b2"] { floor.change(tenant: pod) { $0.demand.remainingSeconds = 61 } }
        #expect(floor.going == ["b"])
        floor.disruption.repayWithin = .seconds(59)
        #expect(floor.going.isEmpty)
    }

    @Test("nodes that are gone already, or not ready, count against the budget")
    func budgets() {
        var floor = Floor()
        floor.disruption.budgets = [DisruptionBudget(nodes: .count(2))]
        for name in ["a", "b", "c", "d"] { floor.add(name) }
        #expect(floor.going == ["a", "b"])
        floor.change("d") { $0.isDisrupted = true }
        #expect(floor.going == ["a"])
        floor.change("c") { $0.isReady = false }
        #expect(floor.going.isEmpty)
        floor.disruption.budgets = [DisruptionBudget(nodes: .percent(51))]
        #expect(floor.going == ["a"])
    }

    @Test("a budget binds the reasons that it names")
    func reasons() {
        var floor = two
        floor.add("empty", price: "1")
        floor.disruption.budgets = [DisruptionBudget(nodes: .count(0), reasons: [.underutilized])]
        #expect(floor.going == ["empty"])
        floor.disruption.budgets = [DisruptionBudget(nodes: .count(0), reasons: [.empty])]
        #expect(floor.going == ["b"])
        floor.disruption.budgets = [DisruptionBudget(nodes: .count(1))]
        #expect(floor.going == ["empty"])
    }
}
