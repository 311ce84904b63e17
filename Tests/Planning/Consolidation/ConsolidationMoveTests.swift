import Foundation
import Model
import Testing

@testable import Planning

@Suite("Moves of running work, in turn")
struct ConsolidationMoveTests {
    /// Workloads on nodes of their own that are all to move; the pods of those in `homeless` fit nothing that is sold.
    private static func input(_ count: Int, homeless: Range<Int>, after seconds: Int64) -> ConsolidationInput {
        var floor = Floor()
        floor.offer(Floor.four, .onDemand, price: "12")
        var moves: [ConsolidationInput.Move] = []
        for index in 0..<count {
            let pod = Floor.pod("p\(index)", gpus: 4)
            floor.add("n\(index)", pods: [pod])
            var waiting = Floor.pod("p\(index)", gpus: homeless.contains(index) ? 8 : 4)
            waiting.phase = .pending
            waiting.isUnschedulable = true
            moves.append(
                ConsolidationInput.Move(
                    demand: PlanInput.Demand(
                        workload: Workload(id: Floor.workload(of: pod), team: "science", createdAt: Floor.now),
                        pods: [waiting],
                        capacityTypes: [.onDemand],
                        remainingSeconds: 36_000
                    ),
                    claims: [ClaimID("n\(index)")],
                    pods: [pod.uid],
                    isUrgent: true,
                    reason: "for its deadline"
                )
            )
        }
        var input = floor.input
        input.surroundings.now = Floor.now + .seconds(seconds)
        input.isBusy = true
        input.moves = moves
        return input
    }

    private static func moved(_ input: ConsolidationInput) -> [String] {
        Planning.consolidate(input).flatMap(\.workloads).map(\.name)
    }

    @Test("urgent moves for which nothing is to be had do not keep others waiting for longer than a turn")
    func inTurn() {
        let moved = [0, 10, 20].map { Self.moved(Self.input(20, homeless: 0..<18, after: $0)) }
        #expect(moved.joined().sorted() == ["p18", "p19"])
    }

    @Test("of a move that was not tried nothing is said")
    func tried() {
        let tried = (0..<3).map { Self.input(20, homeless: 0..<20, after: $0 * 10).movesTried }
        #expect(tried.allSatisfy { $0.count == 8 })
        #expect(Set(tried.joined().map(\.demand.workload.id)).count == 20)
    }

    @Test("a limit alone makes work leave before anything is bought, and only where its deadline allows that")
    func leavesFirst() throws {
        var input = Self.input(1, homeless: 0..<0, after: 0)
        input.moves[0].mayLeaveFirst = true
        #expect(Planning.consolidate(input).map { $0.purchase?.count } == [1])
        input.surroundings.headroom["gpu"] = PlanInput.Headroom(nodes: 0)
        let first = try #require(Planning.consolidate(input).first)
        #expect(first.purchase == nil && first.laterPurchase?.count == 1)
        input.moves[0].mayLeaveFirst = false
        #expect(Planning.consolidate(input).isEmpty)
    }

    @Test("what takes more than one purchase is not left for them")
    func twoPurchases() throws {
        var input = Self.input(1, homeless: 0..<0, after: 0)
        input.moves[0].mayLeaveFirst = true
        let small = Floor.offering(Floor.one.name, .onDemand)
        input.surroundings.choices.append(
            PlanInput.Choice(pool: "gpu", shape: Floor.one, offering: small, pricePerHour: Money(2))
        )
        var second = input.moves[0].demand.pods[0]
        second.id.name = "second"
        second.uid = "uid-second"
        second.requests = Floor.pod("second", gpus: 1).requests
        input.moves[0].demand.pods.append(second)
        #expect(Planning.consolidate(input).isEmpty)
    }
}
