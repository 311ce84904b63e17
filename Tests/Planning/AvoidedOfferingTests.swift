import Model
import Testing

@testable import Planning

@Suite("Offerings that policy keeps a workload off")
struct AvoidedOfferingTests {
    private let small = shape("small", gpus: 1, cpus: 8, gibibytes: 32)

    private var choices: [PlanInput.Choice] {
        [
            choice(small, .spot, zone: "us-east-1a", price: "1.00"),
            choice(small, .spot, zone: "us-east-1b", price: "1.10"),
            choice(small, zone: "us-east-1a", price: "3.00"),
        ]
    }

    private func avoiding(_ zones: String...) -> PlanInput.Demand {
        var result = demand("w", [pod("p", gpus: 1)])
        result.avoided = Set(zones.map { Offering(instanceType: "small", zone: $0, capacityType: .spot) })
        return result
    }

    @Test("planning chooses by cost among the others, and says of these why not")
    func purchases() throws {
        let plan = Planning.plan(input([avoiding("us-east-1a")], choices: choices))
        let bought = try #require(plan.purchases.first)
        #expect(bought.offering.zone == "us-east-1b" && bought.offering.capacityType == .spot)
        var closed = input([avoiding("us-east-1a", "us-east-1b")], choices: Array(choices.prefix(2)))
        closed.demands[0].capacityTypes = [.spot]
        let unplaceable = try #require(Planning.plan(closed).unplaceable.first)
        let said = unplaceable.explanation.summary
        #expect(said.contains("passed over by the spot policy for now"), "\(said)")
    }

    @Test("one workload's word is not another's, however alike their pods are")
    func others() {
        var other = demand("v", [pod("q", gpus: 1)])
        other.avoided = []
        let plan = Planning.plan(input([avoiding("us-east-1a", "us-east-1b"), other], choices: choices))
        let bought = plan.purchases.map { "\($0.offering.capacityType.rawValue) for \($0.workloads.map(\.name))" }
        #expect(bought.sorted() == ["on-demand for [\"w\"]", "spot for [\"v\"]"])
    }

    @Test("room that stands in such a pool is none")
    func hosts() {
        var node = host("node", capacityType: .spot, free: resources(gpus: 1, cpus: 8, gibibytes: 32))
        node.labels[Label.instanceType] = "small"
        #expect(Planning.plan(input([avoiding()], hosts: [node], choices: choices)).placements.count == 1)
        #expect(Planning.plan(input([avoiding("us-east-1a")], hosts: [node], choices: choices)).placements.isEmpty)
    }
}
