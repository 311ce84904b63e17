import Model
import Testing

@testable import ConfigurationFile

@Suite("The section checkpoints")
struct CheckpointsTests {
    private static let head = """
        apiVersion: gleaner.dev/v1
        kind: GleanerConfiguration
        clusterName: test
        pools: [{name: one, instanceTypes: [g5.xlarge]}]

        """

    @Test("prefixes are allowed by namespace, and a prefix of a name is not a folder")
    func prefixes() throws {
        let configuration = try ConfigurationFile.parse(
            text: Self.head + """
                checkpoints:
                  rebalanceRiskFactor: "5"
                  allowedPrefixes:
                    - namespaces: [vision]
                      prefixes: ["s3://models/vision/"]
                """,
            file: "gleaner.yaml"
        )
        #expect(configuration.checkpoints.rebalanceRiskFactor == 5)
        #expect(configuration.checkpoints.allows("s3://models/vision/llm/", namespace: "vision"))
        #expect(!configuration.checkpoints.allows("s3://models/visionary/", namespace: "vision"))
        #expect(!configuration.checkpoints.allows("s3://models/vision/llm/", namespace: "language"))
    }

    @Test("regular checkpoints are asked for unless that is switched off, and a mistyped switch is told")
    func regular() throws {
        func parse(_ section: String) throws -> GleanerConfiguration {
            try ConfigurationFile.parse(text: Self.head + section, file: "gleaner.yaml")
        }
        #expect(try parse("").checkpoints.asksRegularly)
        #expect(try parse("checkpoints: {askRegularly: true}\n").checkpoints.asksRegularly)
        #expect(try !parse("checkpoints: {askRegularly: false}\n").checkpoints.asksRegularly)
        for (section, message) in [
            ("{askRegulary: true}", "did you mean \"askRegularly\"?"),
            ("{askRegularly: often}", "checkpoints.askRegularly"),
        ] {
            let error = #expect(throws: ConfigurationError.self) { try parse("checkpoints: \(section)\n") }
            #expect(error.map { "\($0)".contains(message) } == true, "\(error.map { "\($0)" } ?? "")")
        }
    }

    @Test("a prefix without its slash, or of another kind of storage, is a mistake")
    func mistakes() throws {
        for prefix in ["s3://models/vision", "https://models/", "s3:///x/", "s3://models/../x/"] {
            let text = Self.head + "checkpoints: {allowedPrefixes: [{namespaces: [a], prefixes: [\"\(prefix)\"]}]}\n"
            #expect(throws: (any Error).self, "\(prefix)") {
                try ConfigurationFile.parse(text: text, file: "gleaner.yaml")
            }
        }
    }
}
