import ConfigurationFile
import Model
import Testing

@Suite("Configuration of costs, datasets and gangs")
struct EconomicsTests {
    /// Six lines of its own, so that what is added begins at the seventh.
    private static let head = """
        apiVersion: gleaner.dev/v1
        kind: GleanerConfiguration
        clusterName: demo
        pools:
          - name: a
            instanceTypes: [g5.xlarge]

        """

    private func read(_ lines: String) throws -> GleanerConfiguration {
        try ConfigurationFile.parse(text: Self.head + lines, file: "f.yaml")
    }

    private func mistakes(_ lines: String) -> [String] {
        do {
            _ = try read(lines)
            return []
        } catch let error as ConfigurationError {
            return error.mistakes.map { String($0.description.dropFirst("f.yaml:".count)) }
        } catch {
            return ["\(error)"]
        }
    }

    @Test("every key can be set")
    func everyKey() throws {
        let read = try read(
            """
            economics:
              relativeSpeed: {A100: "1.0", V100: 0.45, T4: 1}
              priorInterruptionsPerDay: 2
              hazardHalfLife: 7d
              maximumPoolShare: 12.5%
              waitingPricePerAcceleratorHour: "2.50"
            datasets:
              - {name: images, zones: [us-east-1a, us-east-1b], loadTime: 20m}
              - {name: text, zones: [us-east-1c], loadTime: 0s}
            gangs: {shareNodes: true}
            """
        )
        #expect(read.economics.relativeSpeed == ["A100": 1, "V100": 0.45, "T4": 1])
        #expect(read.economics.priorInterruptionsPerDay == 2)
        #expect(read.economics.hazardHalfLife == .seconds(7 * 86_400))
        #expect(read.economics.maximumPoolShare == 0.125)
        #expect(read.economics.waitingPricePerAcceleratorHour == Money("2.50"))
        #expect(
            read.datasets == [
                Dataset(name: "images", zones: ["us-east-1a", "us-east-1b"], loadSeconds: 1200),
                Dataset(name: "text", zones: ["us-east-1c"], loadSeconds: 0),
            ]
        )
        #expect(read.gangsShareNodes)
    }

    @Test("sections without keys keep the defaults", arguments: ["economics:\ngangs:\n", "economics: {}\ngangs: {}"])
    func empty(lines: String) throws {
        let read = try read(lines)
        #expect(read.economics == GleanerConfiguration.Economics())
        #expect(read.economics.maximumPoolShare == nil)
        // What it costs on demand.
        #expect(read.economics.waitingPricePerAcceleratorHour == nil)
        #expect(!read.gangsShareNodes)
    }

    @Test(
        "a wrong line is named with its place and what to do",
        arguments: [
            (
                "economics: {maximumPoolShare: 0.5}",
                "7:31: economics.maximumPoolShare: \"0.5\" is not a share such as 50%; did you mean \"50%\"?"
            ),
            (
                "economics: {maximumPoolShare: half}",
                "7:31: economics.maximumPoolShare: \"half\" is not a share such as 50%"
            ),
            (
                "economics: {maximumPoolShare: 0%}",
                "7:31: economics.maximumPoolShare: must be more than 0% and at most 100%, is 0%"
            ),
            (
                "economics: {maximumPoolShare: 150%}",
                "7:31: economics.maximumPoolShare: must be more than 0% and at most 100%, is 150%"
            ),
            (
                "economics: {waitingPricePerAcceleratorHour: cheap}",
                "7:45: economics.waitingPricePerAcceleratorHour: \"cheap\" is not an amount of money; "
                    + "write a decimal number such as \"12.50\""
            ),
            (
                "economics: {waitingPricePerAcceleratorHour: \"-1\"}",
                "7:45: economics.waitingPricePerAcceleratorHour: must not be negative, is -1"
            ),
            (
                "economics: {waitingPricePerAceleratorHour: \"1.00\"}",
                "7:13: economics.waitingPricePerAceleratorHour: is not a known key; did you mean "
                    + "\"waitingPricePerAcceleratorHour\"?"
            ),
            (
                "economics: {relativeSpeed: {A100: fast}}",
                "7:35: economics.relativeSpeed.A100: \"fast\" is not a decimal number such as 0.45"
            ),
            (
                "economics: {relativeSpeed: {A100: \"0,45\"}}",
                "7:35: economics.relativeSpeed.A100: \"0,45\" is not a decimal number such as 0.45; "
                    + "did you mean \"0.45\"?"
            ),
            (
                "economics: {relativeSpeed: {A100: 0}}",
                "7:35: economics.relativeSpeed.A100: must be from 0.001 to 1000, is 0"
            ),
            (
                "economics: {relativeSpeed: {A100: 1e3}}",
                "7:35: economics.relativeSpeed.A100: \"1e3\" is not a decimal number such as 0.45"
            ),
            (
                "economics: {relativeSpeed: {\"A 100\": 1}}",
                "7:38: economics.relativeSpeed.A 100: \"A 100\" is not an accelerator model such as A100"
            ),
            (
                "economics: {priorInterruptionsPerDay: 5000}",
                "7:39: economics.priorInterruptionsPerDay: must be from 0 to 1000, is 5000"
            ),
            (
                "economics: {hazardHalfLife: 5m}",
                "7:29: economics.hazardHalfLife: must be at least 1h, is 5m"
            ),
            (
                "economics: {relativeSpeeds: {}}",
                "7:13: economics.relativeSpeeds: is not a known key; did you mean \"relativeSpeed\"?"
            ),
            ("datasets: [{name: d, zones: [us-east-1a]}]", "7:12: datasets[0].loadTime: is missing"),
            (
                "datasets: [{name: d, zones: [us-east-1a], loadTime: 1500ms}]",
                "7:53: datasets[0].loadTime: must be whole seconds, is 1500ms"
            ),
            (
                "datasets: [{name: d, zones: [eu-west-1a], loadTime: 1m}]",
                "7:30: datasets[0].zones[0]: zone \"eu-west-1a\" is not in region us-east-1"
            ),
            (
                "datasets:\n  - {name: d, zones: [us-east-1a], loadTime: 1m}\n  - {name: d, zones: [us-east-1b], loadTime: 1m}",
                "9:12: datasets[1].name: there are two datasets \"d\""
            ),
            (
                "gangs: {shareNodes: yes}",
                "7:21: gangs.shareNodes: \"yes\" is not true or false; did you mean \"true\"?"
            ),
            ("gangs: true", "7:8: gangs: must be a map of keys and values"),
        ]
    )
    func mistake(lines: String, expected: String) {
        #expect(mistakes(lines) == [expected])
    }
}
