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
