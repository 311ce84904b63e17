import Model
import Testing

@testable import Planning

@Suite("Quotas of the account")
struct QuotaTests {
    private static let quota = Quota(family: .graphics, isSpot: false)
    private static let four = shape("g5.xlarge", "A10G", gpus: 1, cpus: 4, gibibytes: 16)
    private static let eight = shape("g6.2xlarge", "L4", gpus: 1, cpus: 8, gibibytes: 32)
    private static let other = shape("p3.2xlarge", "V100", gpus: 1, cpus: 8, gibibytes: 61)

    private static func choices(_ shapes: (Shape, vCPUs: Int64, price: String)...) -> [PlanInput.Choice] {
        shapes.map { shape, vCPUs, price in
            var result = choice(shape, price: price)
            result.vCPUs = vCPUs
            return result
        }
    }

    private static func pods(_ count: Int) -> [PlanInput.Demand] {
        (0..<count).map { demand("job-\($0)", [pod("pod-\($0)", gpus: 1)]) }
    }

    private func plan(_ demands: [PlanInput.Demand], _ choices: [PlanInput.Choice], left: Int64) -> Plan {
        var input = input(demands, choices: choices)
        input.quotas = [Self.quota: PlanInput.QuotaRoom(limit: 64, most: left, left: left)]
        return Planning.plan(input)
    }

    @Test("no more is bought than a quota has left, over all types that share it, and the rest is told which one")
    func limits() throws {
        let choices = Self.choices((Self.four, 4, "1"), (Self.eight, 8, "2"))
        let plan = plan(Self.pods(4), choices, left: 10)
        #expect(plan.bought == ["2 x g5.xlarge"])
        #expect(plan.unplaceable.count == 2)
        for rest in plan.unplaceable {
            let text = rest.explanation.summary + rest.explanation.rejected.map(\.reason).joined()
            #expect(text.contains("the account's quota Running On-Demand G and VT instances: 2 of 64 vCPUs are left"))
        }
    }

    @Test("what a quota keeps out is bought under another one")
    func another() {
        let choices = Self.choices((Self.four, 4, "1"), (Self.other, 8, "3"))
        #expect(plan(Self.pods(3), choices, left: 4).bought == ["1 x g5.xlarge", "2 x p3.2xlarge"])
    }

    @Test("a gang that a quota cannot hold is not bought in part, and keeps no room from others for ever")
    func gang() {
        let gang = demand(
            "gang",
            (0..<4).map { pod("rank-\($0)", gpus: 1) },
            gang: Gang(minimum: 4)
        )
        let single = demand("single", [pod("single", gpus: 1)], createdAt: 900_000)
        let plan = plan([gang, single], Self.choices((Self.four, 4, "1")), left: 12)
        #expect(plan.bought == ["1 x g5.xlarge"])
        #expect(plan.unplaceable.count == 1)
    }

    @Test("a quota that nobody knows, and types of which the vCPUs are not known, hold nothing back")
    func unknown() {
        var question = input(Self.pods(3), choices: Self.choices((Self.four, 4, "1")))
        #expect(Planning.plan(question).bought == ["3 x g5.xlarge"])
        question.quotas = [Self.quota: PlanInput.QuotaRoom(limit: 8, most: 0, left: 0)]
        question.choices = Self.choices((Self.four, 0, "1"))
        #expect(Planning.plan(question).bought == ["3 x g5.xlarge"])
    }
}
