import ConfigurationFile
import Model
import Testing

@Suite("Configuration of disruption")
struct DisruptionTests {
    /// A good file whose pool ends in a section `disruption` with these lines, from line 7 on.
    private func parse(_ lines: String) throws -> Disruption {
        let head = """
            apiVersion: gleaner.dev/v1
            kind: GleanerConfiguration
            clusterName: demo
            pools:
              - name: a
                instanceTypes: [g5.xlarge]
                disruption:

            """
        let body = lines.split(separator: "\n").map { "      \($0)\n" }.joined()
        return try ConfigurationFile.parse(text: head + body, file: "f.yaml").pools[0].disruption
    }

    private func mistakes(_ lines: String) -> [String] {
        do {
            _ = try parse(lines)
            return []
        } catch let error as ConfigurationError {
            return error.mistakes.map(\.description)
        } catch {
            return ["\(error)"]
        }
    }

    @Test("every key can be set")
    func everyKey() throws {
        let read = try parse(
            """
            policy: WhenEmptyOrUnderutilized
            consolidateAfter: 5m
            repayWithin: 2h
            minimumNodeAge: 0s
            expireAfter: 30d
            budgets:
              - nodes: "20%"
              - nodes: 5%
                reasons: [Empty, Drifted]
              - {nodes: 3, schedule: "0 9 * * mon-fri", duration: 8h}
              - {nodes: 0, schedule: "@daily", duration: 10m, reasons: [Underutilized]}
            """
        )
        let expected = Disruption(
            policy: .whenEmptyOrUnderutilized,
            consolidateAfter: .seconds(300),
            repayWithin: .seconds(7200),
            minimumNodeAge: .zero,
            expireAfter: .seconds(30 * 86_400),
            budgets: [
                DisruptionBudget(nodes: .percent(20)),
                DisruptionBudget(nodes: .percent(5), reasons: [.empty, .drifted]),
                DisruptionBudget(
                    nodes: .count(3),
                    schedule: try CronSchedule("0 9 * * mon-fri"),
                    duration: .seconds(8 * 3600)
                ),
                DisruptionBudget(
                    nodes: .count(0),
                    reasons: [.underutilized],
                    schedule: try CronSchedule("@daily"),
                    duration: .seconds(600)
                ),
            ]
        )
        #expect(read == expected)
    }

    @Test("an empty section keeps the defaults, and an empty list of budgets lifts all limits")
    func defaults() throws {
        #expect(try parse("") == Disruption())
        #expect(try parse("budgets: []").budgets.isEmpty)
    }

    @Test(
        "mistakes are told with their place",
        arguments: [
            (
                "policy: WhenUnderutilized",
                "f.yaml:8:15: pools[0].disruption.policy: \"WhenUnderutilized\" is not one of WhenEmpty, "
            ),
            ("repayWithin: 0s", "f.yaml:8:20: pools[0].disruption.repayWithin: must be at least 1s"),
            ("consolidateafter: 1m", "is not a known key; did you mean \"consolidateAfter\"?"),
            (
                "budgets: [{nodes: 110%}]",
                "f.yaml:8:25: pools[0].disruption.budgets[0].nodes: \"110%\" is not a percentage"
            ),
            ("budgets: [{nodes: -1}]", "must not be negative"),
            ("budgets: [{reasons: [Empty]}]", "pools[0].disruption.budgets[0].nodes: is missing"),
            (
                "budgets: [{nodes: 1, reasons: [Idle]}]",
                "\"Idle\" is not one of Empty, Underutilized, Drifted, Expired, Impaired"
            ),
            ("budgets: [{nodes: 1, reasons: []}]", "must list at least one; remove it for all"),
            ("budgets: [{nodes: 1, schedule: \"@daily\"}]", "needs a duration beside it"),
            ("budgets: [{nodes: 1, duration: 1h}]", "needs a schedule beside it"),
            (
                "budgets: [{nodes: 1, schedule: \"0 25 * * *\", duration: 1h}]",
                "f.yaml:8:38: pools[0].disruption.budgets[0].schedule: \"25\" is no hour: a number from 0 to 23"
            ),
        ]
    )
    func refused(lines: String, mistake: String) {
        let found = mistakes(lines)
        #expect(found.count == 1, "\(found)")
        #expect(found.first?.contains(mistake) == true, "\(found)")
    }
}
