import Model
import Testing

@testable import ConfigurationFile

@Suite("The role to assume")
struct RoleTests {
    private static let head = """
        apiVersion: gleaner.dev/v1
        kind: GleanerConfiguration
        clusterName: test
        pools: [{name: one, instanceTypes: [g5.xlarge]}]

        """

    private func role(_ text: String) throws -> GleanerConfiguration.AWS.Role? {
        try ConfigurationFile.parse(text: Self.head + text, file: "gleaner.yaml").aws.role
    }

    @Test("a role of any partition, with a path and an external id")
    func role() throws {
        #expect(try role("") == nil)
        #expect(
            try role(
                "aws: {role: {arn: \"arn:aws-us-gov:iam::123456789012:role/teams/gleaner\", externalID: \"a/b-1\"}}"
            )
                == .init(arn: "arn:aws-us-gov:iam::123456789012:role/teams/gleaner", externalID: "a/b-1")
        )
    }

    @Test(
        "what is no role is told at its place",
        arguments: [
            ("{arn: \"arn:aws:iam::12:role/x\"}", "aws.role.arn"),
            ("{arn: \"arn:aws:iam::123456789012:user/x\"}", "aws.role.arn"),
            ("{arn: \"arn:aws:iam::123456789012:role/\"}", "aws.role.arn"),
            ("{arn: \"arn:aws:iam::123456789012:role/x\", externalID: \"a b\"}", "aws.role.externalID"),
            ("{externalID: abc}", "aws.role"),
        ]
    )
    func mistakes(_ text: String, _ path: String) {
        do {
            _ = try role("aws: {role: \(text)}")
            Issue.record("\(text) is taken")
        } catch {
            #expect("\(error)".contains(path), "\(error)")
        }
    }
}
