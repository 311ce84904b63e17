import Model
import Testing

@testable import Planning

@Suite("Nodes that must be replaced")
struct OutdatedTests {
    private static let drifted = ConsolidationInput.Replacing(reason: .drifted, words: "its image is ami-1")

    /// One outdated node with one pod, in a pool that only gives up empty nodes.
    private static func floor(_ change: (inout Floor) -> Void = { _ in }) -> Floor {
        var floor = Floor()
        floor.disruption = Disruption(policy: .whenEmpty)
        floor.add("old", price: "4", pods: [Floor.pod("p")])
        floor.change("old") { $0.replacedBecause = drifted }
        floor.offer(Floor.four, price: "5")
        change(&floor)
        return floor
    }

    @Test("a new node is bought for its pods though that saves nothing, whatever the pool's policy")
    func replaces() throws {
        let action = try #require(Self.floor().chosen.first)
        #expect(action.reason == .drifted)
        #expect(action.removals.map(\.node) == ["old"])
        #expect(action.purchase?.count == 1)
        #expect(action.summary.contains("because its image is ami-1"))
    }

    @Test("its pods go to nodes that stand where they fit, and never to one that must be replaced itself")
    func moves() throws {
        let two = Self.floor { floor in
            floor.add("new", price: "4", pods: [Floor.pod("q")])
        }
        let action = try #require(two.chosen.first)
        #expect(action.purchase == nil)
        let both = Self.floor { floor in
            floor.disruption.budgets = []
            floor.add("older", price: "4", pods: [Floor.pod("q")])
            floor.change("older") { $0.replacedBecause = Self.drifted }
        }
        #expect(both.chosen.map { $0.purchase?.count } == [1, 1])
    }

    @Test("an empty one goes at once")
    func empty() throws {
        var floor = Floor()
        floor.disruption = Disruption(consolidateAfter: .seconds(86_400))
        floor.add("old", price: "4")
        #expect(floor.going.isEmpty)
        floor.change("old") { $0.replacedBecause = Self.drifted }
        #expect(floor.chosen.map(\.reason) == [.drifted])
        #expect(floor.chosen.first?.summary.contains("its image is ami-1") == true)
    }

    /// Something about a workload that keeps it where it is.
    struct Change: Sendable {
        var words: String
        var apply: @Sendable (inout ConsolidationInput.Tenant) -> Void
    }

    private static let changes = [
        Change(words: "gang") { $0.demand.workload.gang = Gang(minimum: 2) },
        Change(words: "must not be disrupted") { $0.demand.workload.doNotDisrupt = true },
        Change(words: "cannot save") { $0.demand.workload.checkpoint = .none },
    ]

    @Test(
        "a gang that runs, one that must not be disrupted, and work that cannot be saved are waited for",
        arguments: changes
    )
    func waits(change: Change) {
        #expect(Self.floor { $0.change(tenant: "p", change.apply) }.going.isEmpty, "\(change.words)")
    }

    @Test("a service has no work to lose, and moves though it saves nothing")
    func service() {
        var floor = Floor()
        floor.disruption = Disruption(policy: .whenEmpty)
        floor.add("old", price: "4", pods: [Floor.pod("p")])
        floor.change("old") { node in
            node.replacedBecause = Self.drifted
            for index in node.residents.indices { node.residents[index].workload?.kind = "Deployment" }
        }
        floor.offer(Floor.four, price: "5")
        for (id, tenant) in floor.tenants {
            var service = tenant
            service.demand.workload.checkpoint = .none
            service.demand.workload.id.kind = "Deployment"
            var name = id
            name.kind = "Deployment"
            floor.tenants[name] = service
        }
        #expect(floor.going == ["old"])
    }

    @Test("no more go at one time than the budget for their reason allows, the oldest first")
    func budget() {
        let floor = Self.floor { floor in
            floor.disruption.budgets = [DisruptionBudget(nodes: .count(1), reasons: [.drifted])]
            floor.add("older", price: "4", pods: [Floor.pod("q", gpus: 4)])
            floor.change("older") { node in
                node.replacedBecause = Self.drifted
                node.initialisedAt = Floor.now - .seconds(86_400)
            }
            floor.change("old") { $0.residents[0].pod.requests["nvidia.com/gpu"] = Quantity(4) }
        }
        #expect(floor.going == ["older"])
        var expired = floor
        expired.disruption.budgets.append(DisruptionBudget(nodes: .count(2), reasons: [.expired]))
        expired.change("old") { $0.replacedBecause?.reason = .expired }
        #expect(expired.going == ["older", "old"])
    }

    /// One node that can be replaced, and older ones whose pods have no place anywhere.
    private static func stuck(_ count: Int, _ change: (inout ConsolidationInput.Standing) -> Void = { _ in }) -> Floor {
        Self.floor { floor in
            floor.disruption.budgets = []
            for index in 0..<count {
                let shape = Floor.shape("eight", gpus: 8)
                floor.add("stuck-\(index)", shape: shape, pods: [Floor.pod("s\(index)", gpus: 8)])
                floor.change("stuck-\(index)") { node in
                    node.replacedBecause = drifted
                    node.initialisedAt = Floor.now - .seconds(86_400)
                    change(&node)
                }
            }
        }
    }

    @Test("however many find no place, the others have their turn within as many minutes")
    func turns() {
        var input = Self.stuck(20).input
        let turns = (0..<21).filter { minute in
            input.surroundings.now = Floor.now + .seconds(60 * minute)
            return Planning.consolidate(input).contains { $0.removals.map(\.node) == ["old"] }
        }
        #expect(turns.count == Consolidator.moveTries)
    }

    @Test("those of one pool that find no place do not keep another pool waiting")
    func pools() {
        #expect(Self.stuck(8) { $0.pool = "another" }.going == ["old"])
    }

    @Test("while others are on their way in only new nodes take in its pods, and nothing else is looked at")
    func busy() {
        let floor = Self.floor { floor in
            floor.disruption = Disruption(policy: .whenEmptyOrUnderutilized, budgets: [])
            floor.add("new", price: "4", pods: [Floor.pod("q")])
            floor.add("empty", price: "4")
        }
        var input = floor.input
        input.isBusy = true
        let actions = Planning.consolidate(input)
        #expect(actions.map { $0.removals.map(\.node) } == [["old"]])
        #expect(actions.first?.purchase?.count == 1)
    }

    @Test("it stays as long as nothing can be bought for its pods")
    func nothingToBuy() {
        #expect(Self.floor { $0.choices[0].closedBecause = "no capacity" }.going.isEmpty)
    }

    @Test("that a node is not ready itself does not count against its own replacement, that of others does")
    func notReady() {
        var floor = Self.floor { floor in
            floor.disruption.budgets = [DisruptionBudget(nodes: .count(1), reasons: [.impaired])]
            floor.add("other", price: "4", pods: [Floor.pod("q")])
        }
        floor.change("old") { $0.isReady = false }
        #expect(Planning.mayDisrupt(ClaimID("old"), for: .impaired, in: floor.input))
        #expect(!Planning.mayDisrupt(ClaimID("other"), for: .impaired, in: floor.input))
        #expect(!Planning.mayDisrupt(ClaimID("nobody"), for: .impaired, in: floor.input))
    }
}
