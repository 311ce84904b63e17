import Foundation
import Testing
import Yams

/// The policy of `deploy/aws`, and what it would say to a call.
struct PolicyDocument: Equatable {
    /// What stands for the names of an account.
    static let names = [
        "partition": "aws", "region": "us-east-1", "account": "123456789012", "cluster": "training",
        "node_role": "gleaner-node", "queue": "gleaner",
    ]

    struct Statement: Decodable, Equatable {
        enum CodingKeys: String, CodingKey {
            case sid = "Sid"
            case effect = "Effect"
            case actions = "Action"
            case resources = "Resource"
            case conditions = "Condition"
        }

        var sid: String
        var effect: String
        var actions: [String]
        var resources: [String]
        /// Operator, key, accepted values.
        var conditions: [String: [String: [String]]]

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            sid = try values.decode(String.self, forKey: .sid)
            effect = try values.decode(String.self, forKey: .effect)
            actions = try values.decode(OneOrMore.self, forKey: .actions).texts
            resources = try values.decode(OneOrMore.self, forKey: .resources).texts
            conditions = try (values.decodeIfPresent([String: [String: OneOrMore]].self, forKey: .conditions) ?? [:])
                .mapValues { $0.mapValues(\.texts) }
        }
    }

    private struct OneOrMore: Decodable {
        var texts: [String]

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            if let one = try? value.decode(String.self) {
                texts = [one]
            } else {
                texts = try value.decode([String].self)
            }
        }
    }

    private struct Document: Decodable {
        enum CodingKeys: String, CodingKey {
            case version = "Version"
            case statements = "Statement"
        }

        var version: String
        var statements: [Statement]
    }

    var statements: [Statement]

    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "deploy/aws")

    static func read(_ file: String) throws -> String {
        try String(contentsOf: folder.appending(path: file), encoding: .utf8)
    }

    /// `policy.json` for the names above.
    static func ours() throws -> PolicyDocument { try PolicyDocument(filled(try read("policy.json"), names)) }

    /// The policy in the CloudFormation template, for the same names.
    static func ofCloudFormation() throws -> PolicyDocument {
        let template = try #require(try Yams.compose(yaml: read("cloudformation.yaml")))
        let text = try #require(template["Resources"]?["Policy"]?["Properties"]?["PolicyDocument"]?.scalar?.string)
        return try PolicyDocument(
            filled(
                text,
                [
                    "AWS::Partition": names["partition"], "AWS::Region": names["region"],
                    "AWS::AccountId": names["account"], "ClusterName": names["cluster"],
                    "NodeRoleName": names["node_role"], "Queue.QueueName": names["queue"],
                ].compactMapValues { $0 }
            )
        )
    }

    static func filled(_ text: String, _ names: [String: String]) -> String {
        names.reduce(text) { $0.replacing("${\($1.key)}", with: $1.value) }
    }

    init(_ json: String) throws {
        #expect(!json.contains("${"), "a name is not filled in")
        let document = try JSONDecoder().decode(Document.self, from: Data(json.utf8))
        #expect(document.version == "2012-10-17")
        statements = document.statements
    }

    /// Whether a call is allowed: some statement names its action and resource, and all its conditions hold.
    /// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
    func allows(_ action: String, on resource: String, _ context: [String: String] = [:]) -> Bool {
        statements.contains { statement in
            statement.actions.contains(action) && statement.resources.contains { Self.matches($0, resource) }
                && statement.conditions.allSatisfy { kind, keys in
                    kind == "StringEquals"
                        && keys.allSatisfy { key, accepted in context[key].map(accepted.contains) ?? false }
                }
        }
    }

    private static func matches(_ pattern: String, _ text: String) -> Bool {
        let parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
        guard parts.count > 1 else { return pattern == text }
        var rest = text[...]
        for (index, part) in parts.enumerated() {
            if index == 0 {
                guard rest.hasPrefix(part) else { return false }
                rest = rest.dropFirst(part.count)
            } else if index == parts.count - 1 {
                return rest.hasSuffix(part)
            } else if !part.isEmpty {
                guard let found = rest.range(of: part) else { return false }
                rest = rest[found.upperBound...]
            }
        }
        return true
    }
}
