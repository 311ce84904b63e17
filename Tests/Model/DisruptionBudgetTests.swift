import Model
import Testing

@Suite("Disruption budgets")
struct DisruptionBudgetTests {
    private let saturday = Timestamp(rfc3339: "2026-11-21T12:00:00Z") ?? Timestamp(seconds: 0)

    @Test(
        "percentages are rounded up",
        arguments: [(19, 20, 4), (10, 10, 1), (11, 10, 2), (1, 1, 1), (5, 0, 0), (0, 50, 0)]
    )
    func percentages(total: Int, percent: Int, allowed: Int) {
        #expect(DisruptionBudget(nodes: .percent(percent)).allowed(of: total) == allowed)
    }

    @Test("the tightest that is active and speaks of the reason decides")
    func tightest() throws {
        let disruption = Disruption(budgets: [
            DisruptionBudget(nodes: .percent(20)),
            DisruptionBudget(nodes: .count(5)),
            DisruptionBudget(nodes: .count(1), reasons: [.underutilized]),
            DisruptionBudget(
                nodes: .count(0),
                schedule: try CronSchedule("0 9 * * mon-fri"),
                duration: .seconds(8 * 3600)
            ),
        ])
        #expect(disruption.allowed(for: .empty, of: 19, at: saturday) == 4)
        #expect(disruption.allowed(for: .empty, of: 100, at: saturday) == 5)
        #expect(disruption.allowed(for: .underutilized, of: 100, at: saturday) == 1)
        #expect(disruption.allowed(for: .empty, of: 100, at: saturday + .seconds(2 * 86_400)) == 0)
        #expect(disruption.allowed(for: .empty, of: 100, at: saturday + .seconds(2 * 86_400 + 5 * 3600)) == 5)
    }

    @Test("a reason for replacement that no budget names is held to a tenth, unless the list is empty")
    func unnamed() throws {
        let office = DisruptionBudget(
            nodes: .count(0),
            schedule: try CronSchedule("0 9 * * mon-fri"),
            duration: .seconds(8 * 3600)
        )
        let fifth = DisruptionBudget(nodes: .percent(20), reasons: [.underutilized])
        let disruption = Disruption(budgets: [fifth, office])
        for reason in [Disruption.Reason.drifted, .expired, .impaired] {
            #expect(disruption.allowed(for: reason, of: 30, at: saturday) == 3)
            #expect(disruption.allowed(for: reason, of: 30, at: saturday + .seconds(2 * 86_400)) == 0)
        }
        #expect(disruption.allowed(for: .underutilized, of: 30, at: saturday) == 6)
        #expect(disruption.allowed(for: .empty, of: 30, at: saturday) == nil)
        let drifted = DisruptionBudget(nodes: .count(9), reasons: [.drifted])
        #expect(Disruption(budgets: [drifted]).allowed(for: .drifted, of: 30, at: saturday) == 9)
        #expect(Disruption(budgets: [drifted]).allowed(for: .expired, of: 30, at: saturday) == 3)
        let all = DisruptionBudget(nodes: .percent(50))
        #expect(Disruption(budgets: [all]).allowed(for: .impaired, of: 30, at: saturday) == 15)
        #expect(Disruption(budgets: []).allowed(for: .drifted, of: 30, at: saturday) == nil)
    }

    @Test("empty nodes go freely by default, others a tenth at a time")
    func defaults() {
        #expect(Disruption().allowed(for: .empty, of: 30, at: saturday) == nil)
        #expect(Disruption().allowed(for: .underutilized, of: 30, at: saturday) == 3)
        #expect(Disruption().policy == .whenEmpty)
    }
}
