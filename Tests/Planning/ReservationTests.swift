import Model
import PlanningWorkbench
import Testing

@testable import Planning

@Suite("Planning on reserved capacity")
struct ReservationTests {
    private static let now = Timestamp(seconds: 1_000_000)

    private func reserved(
        _ id: String,
        _ shape: Shape = small,
        available: Int,
        kind: Reservation.Kind = .capacityReservation,
        endsInHours: Int64? = nil
    ) -> PlanInput.Choice {
        var result = choice(shape, .reserved, price: "0")
        result.reservation = Reservation(
            id: id,
            kind: kind,
            instanceType: shape.name,
            zone: "us-east-1a",
            count: available,
            available: available,
            endsAt: endsInHours.map { Self.now + .seconds($0 * 3600) }
        )
        return result
    }

    private func jobs(_ count: Int, hours: Int64 = 10) -> [PlanInput.Demand] {
        (0..<count).map {
            demand("job-\($0)", [pod("p-\($0)", gpus: 1)], allowed: [.reserved, .spot, .onDemand], hours: hours)
        }
    }

    /// Nodes by capacity type and reservation.
    private func nodes(_ plan: Plan) -> [String: Int] {
        plan.purchases.reduce(into: [:]) { counts, purchase in
            let name = purchase.reservation?.id ?? purchase.offering.capacityType.rawValue
            counts[name, default: 0] += purchase.count
        }
    }

    @Test("what is reserved is used up first, and no more of it than there is; the rest is bought")
    func count() {
        let plan = Planning.plan(
            input(jobs(5), choices: [reserved("cr-1", available: 2), choice(small, .spot, price: "0.3")])
        )
        #expect(nodes(plan) == ["cr-1": 2, "spot": 3])
        #expect(plan.unplaceable.isEmpty)
        #expect(plan.purchases.filter { $0.reservation != nil }.allSatisfy { $0.pricePerHour == .zero })
    }

    @Test("a reservation's nodes are counted together over pools and shapes")
    func shared() {
        var other = reserved("cr-1", available: 2)
        other.pool = "other"
        let plan = Planning.plan(
            input(
                jobs(4),
                pools: [Pool(name: "gpu", shapes: []), Pool(name: "other", shapes: [])],
                choices: [reserved("cr-1", available: 2), other, choice(small, price: "1")]
            )
        )
        #expect(nodes(plan) == ["cr-1": 2, "on-demand": 2])
    }

    @Test("of several reservations of one type each keeps to its own count")
    func several() {
        let plan = Planning.plan(
            input(
                jobs(4),
                choices: [
                    reserved("cr-1", available: 1), reserved("cr-2", available: 2), choice(small, price: "1"),
                ]
            )
        )
        #expect(nodes(plan) == ["cr-1": 1, "cr-2": 2, "on-demand": 1])
    }

    @Test("work that cannot save itself stays off capacity that ends before it is done, and the reason is said")
    func end() throws {
        let short = Planning.plan(input(jobs(1, hours: 2), choices: [reserved("cr-1", available: 1, endsInHours: 3)]))
        #expect(nodes(short) == ["cr-1": 1])
        let long = Planning.plan(input(jobs(1, hours: 4), choices: [reserved("cr-1", available: 1, endsInHours: 3)]))
        let reason = try #require(long.unplaceable.first?.explanation.summary)
        #expect(reason == "0/1 offerings: 1 reservation cr-1 ends too early")
        // Its instances are taken half an hour before.
        let block = reserved("cr-1", available: 1, kind: .capacityBlock, endsInHours: 2)
        let beside = Planning.plan(input(jobs(1, hours: 1), choices: [block]))
        #expect(nodes(beside) == ["cr-1": 1])
        #expect(Planning.plan(input(jobs(1, hours: 2), choices: [block])).purchases.isEmpty)
    }

    @Test("work that saves itself uses paid capacity until it ends, and goes on elsewhere")
    func savingWork() {
        var demands = jobs(1, hours: 40)
        demands[0].workload.checkpoint = .signal
        let choices = [reserved("cr-1", available: 1, endsInHours: 3), choice(small, price: "1")]
        #expect(nodes(Planning.plan(input(demands, choices: choices))) == ["cr-1": 1])
        demands[0].workload.doNotDisrupt = true
        #expect(nodes(Planning.plan(input(demands, choices: choices))) == ["on-demand": 1])
        // Hardly more than a start fits into the ten minutes that are left.
        demands[0].workload.doNotDisrupt = false
        var late = choices
        late[0].reservation?.endsAt = Self.now + .seconds(600)
        #expect(nodes(Planning.plan(input(demands, choices: late))) == ["on-demand": 1])
    }

    @Test("a judge who does not plan finds no reservation overdrawn, in many small clusters", arguments: 0..<12)
    func judged(seed: Int) {
        let shapes = [small, large, huge]
        var choices = [choice(small, .spot, price: "0.3"), choice(large, price: "3"), choice(huge, .spot, price: "11")]
        for index in 0..<(1 + seed % 4) {
            choices.append(reserved("cr-\(index)", shapes[(seed + index) % 3], available: (seed + 2 * index) % 4))
        }
        let demands =
            jobs(3 + seed)
            + [
                demand(
                    "gang",
                    (0..<(1 + seed % 3)).map { pod("rank-\($0)", gpus: 8, cpus: 40) },
                    gang: Gang(minimum: 1 + seed % 3),
                    allowed: [.reserved, .spot]
                )
            ]
        let question = input(demands, choices: choices)
        #expect(PlanJudge(question, Planning.plan(question)).violations == [])
    }

    @Test("a gang takes a reservation that holds it whole, and none that does not")
    func gang() {
        let ranks = (0..<3).map { pod("rank-\($0)", gpus: 8, cpus: 40) }
        let wanted = demand("gang", ranks, gang: Gang(minimum: 3), allowed: [.reserved, .spot, .onDemand])
        let sold = choice(huge, .spot, price: "12")
        let whole = Planning.plan(input([wanted], choices: [reserved("cr-1", huge, available: 3), sold]))
        #expect(nodes(whole) == ["cr-1": 3])
        let part = Planning.plan(input([wanted], choices: [reserved("cr-1", huge, available: 2), sold]))
        #expect(nodes(part) == ["spot": 3])
    }

    @Test("a plan names the reservation that pays, and what a copy of the data in its zone is worth")
    func words() throws {
        var demands = jobs(1)
        demands[0].dataset = Dataset(name: "images", zones: ["us-east-1a"], loadSeconds: 1200)
        let paid = try #require(
            Planning.plan(input(demands, choices: [reserved("cr-1", available: 1)])).purchases.first
        )
        #expect(paid.explanation.summary.contains("paid for by cr-1"))
        let bought = try #require(
            Planning.plan(
                input(
                    demands,
                    choices: [
                        choice(small, zone: "us-east-1a", price: "3.00"),
                        choice(small, zone: "us-east-1b", price: "2.99"),
                    ]
                )
            ).purchases.first
        )
        #expect(bought.offering.zone == "us-east-1a")
        #expect(
            bought.explanation.summary.contains(
                "the copy of dataset images in us-east-1a saves 20 min of each start, 1.00 $"
            )
        )
    }
}
