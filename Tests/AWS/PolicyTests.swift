import Foundation
import Testing
import Yams

/// The IAM policy of `deploy/aws`: what it allows and, above all, what it does not.
@Suite("IAM policy")
struct PolicyTests {
    /// A row: a call, and whether it may be made.
    struct Call: CustomTestStringConvertible, Sendable {
        var action: String
        var resource: String
        var context: [String: String]
        var isAllowed: Bool

        init(_ isAllowed: Bool, _ action: String, _ resource: String, _ context: [String: String] = [:]) {
            self.action = action
            self.resource =
                resource.hasPrefix("arn:") || resource == "*"
                ? resource : "arn:aws:ec2:us-east-1:123456789012:\(resource)"
            self.context = context
            self.isAllowed = isAllowed
        }

        var testDescription: String { "\(isAllowed ? "may" : "may not") \(action) on \(resource) with \(context)" }
    }

    private static let resourceTag = "aws:ResourceTag/gleaner.dev/cluster"
    private static let requestTag = "aws:RequestTag/gleaner.dev/cluster"
    private static let whileLaunching = [requestTag: "training", "ec2:CreateAction": "CreateFleet"]

    @Test(
        "the conditions keep it to what is its own",
        arguments: [
            // What ends machines looks at their tag.
            Call(true, "ec2:TerminateInstances", "instance/i-1", [resourceTag: "training"]),
            Call(false, "ec2:TerminateInstances", "instance/i-1"),
            Call(false, "ec2:TerminateInstances", "instance/i-1", [resourceTag: "other"]),
            Call(false, "ec2:TerminateInstances", "instance/i-1", [requestTag: "training"]),
            Call(true, "ec2:DeleteLaunchTemplate", "launch-template/lt-1", [resourceTag: "training"]),
            Call(false, "ec2:DeleteLaunchTemplate", "launch-template/lt-1"),
            Call(true, "ec2:DeletePlacementGroup", "placement-group/p", [resourceTag: "training"]),
            Call(false, "ec2:DeletePlacementGroup", "placement-group/p"),
            // Tags are set while something is made, and never afterwards: else it could make anything its own.
            Call(true, "ec2:CreateTags", "instance/i-1", whileLaunching),
            Call(true, "ec2:CreateTags", "volume/vol-1", whileLaunching),
            Call(
                true,
                "ec2:CreateTags",
                "instance/i-1",
                [requestTag: "training", "ec2:CreateAction": "RunInstances"]
            ),
            Call(
                true,
                "ec2:CreateTags",
                "launch-template/lt-1",
                [requestTag: "training", "ec2:CreateAction": "CreateLaunchTemplate"]
            ),
            Call(false, "ec2:CreateTags", "instance/i-1", [requestTag: "training"]),
            Call(false, "ec2:CreateTags", "instance/i-1", [requestTag: "training", resourceTag: "training"]),
            Call(
                false,
                "ec2:CreateTags",
                "instance/i-1",
                [requestTag: "other", "ec2:CreateAction": "RunInstances"]
            ),
            Call(
                false,
                "ec2:CreateTags",
                "instance/i-1",
                [requestTag: "training", "ec2:CreateAction": "CreateVolume"]
            ),
            Call(false, "ec2:CreateTags", "subnet/subnet-1", whileLaunching),
            // A role is given to nodes only, and by EC2 only.
            Call(
                true,
                "iam:PassRole",
                "arn:aws:iam::123456789012:role/gleaner-node",
                ["iam:PassedToService": "ec2.amazonaws.com"]
            ),
            Call(
                false,
                "iam:PassRole",
                "arn:aws:iam::123456789012:role/admin",
                ["iam:PassedToService": "ec2.amazonaws.com"]
            ),
            Call(
                false,
                "iam:PassRole",
                "arn:aws:iam::123456789012:role/gleaner-node",
                ["iam:PassedToService": "lambda.amazonaws.com"]
            ),
            Call(false, "iam:PassRole", "arn:aws:iam::123456789012:role/gleaner-node"),
            // Machines, volumes and fleets are born with the tag; templates carry it.
            Call(true, "ec2:RunInstances", "instance/*", [requestTag: "training"]),
            Call(false, "ec2:RunInstances", "instance/*"),
            Call(false, "ec2:CreateFleet", "instance/*", [requestTag: "other"]),
            Call(false, "ec2:CreateFleet", "fleet/*"),
            Call(false, "ec2:RunInstances", "volume/*"),
            Call(true, "ec2:CreateFleet", "launch-template/lt-1", [resourceTag: "training"]),
            Call(false, "ec2:CreateFleet", "launch-template/lt-1"),
            Call(false, "ec2:RunInstances", "launch-template/lt-1", [resourceTag: "other"]),
            Call(false, "ec2:CreateLaunchTemplate", "launch-template/*"),
            Call(true, "ec2:CreateLaunchTemplate", "launch-template/*", [requestTag: "training"]),
            Call(true, "ec2:RunInstances", "subnet/subnet-1"),
            Call(true, "ec2:RunInstances", "arn:aws:ec2:us-east-1::image/ami-1"),
            Call(false, "ec2:RunInstances", "arn:aws:ec2:eu-west-1::image/ami-1"),
            // One queue, one region, public image parameters.
            Call(true, "sqs:DeleteMessage", "arn:aws:sqs:us-east-1:123456789012:gleaner"),
            Call(false, "sqs:DeleteMessage", "arn:aws:sqs:us-east-1:123456789012:orders"),
            Call(false, "sqs:SendMessage", "arn:aws:sqs:us-east-1:123456789012:gleaner"),
            Call(true, "ssm:GetParameters", "arn:aws:ssm:us-east-1::parameter/aws/service/eks/optimized-ami/x"),
            Call(false, "ssm:GetParameters", "arn:aws:ssm:us-east-1:123456789012:parameter/database/password"),
            Call(true, "ec2:DescribeInstances", "*", ["aws:RequestedRegion": "us-east-1"]),
            Call(false, "ec2:DescribeInstances", "*", ["aws:RequestedRegion": "eu-west-1"]),
        ]
    )
    func conditions(_ call: Call) throws {
        #expect(try PolicyDocument.ours().allows(call.action, on: call.resource, call.context) == call.isAllowed)
    }

    @Test("only what reads is allowed on everything, and no action is a pattern")
    func scope() throws {
        for statement in try PolicyDocument.ours().statements {
            #expect(statement.effect == "Allow")
            for action in statement.actions {
                #expect(!action.contains("*") && !action.contains("?"), "\(action)")
                guard statement.resources.contains("*") else { continue }
                let name = action.split(separator: ":").last ?? ""
                #expect(["Describe", "Get", "List"].contains { name.hasPrefix($0) }, "\(action)")
            }
        }
    }

    @Test("CloudFormation and Terraform give that very policy, and the same rules")
    func together() throws {
        #expect(try PolicyDocument.ofCloudFormation() == PolicyDocument.ours())
        let terraform = try PolicyDocument.read("terraform/main.tf")
        #expect(terraform.contains(#"templatefile("${path.module}/../policy.json", {"#))
        for name in PolicyDocument.names.keys {
            #expect(terraform.contains(try Regex("\n +\(name) += ")), "\(name)")
        }
        let template = try PolicyDocument.read("cloudformation.yaml")
        for kind in [
            "EC2 Spot Instance Interruption Warning", "EC2 Instance Rebalance Recommendation",
            "EC2 Instance State-change Notification", "EC2 Capacity Reservation Instance Interruption Warning",
            "AWS Health Event", "scheduledChange",
        ] {
            #expect(template.contains(kind) && terraform.contains(kind), "\(kind)")
        }
        #expect(!(template + terraform).contains("Request Fulfillment"))
    }

    /// The actions that the sources call, by the names that IAM has for them.
    private static func called() throws -> Set<String> {
        let sources = PolicyDocument.folder.deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Sources/AWS")
        let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
        var actions: Set<String> = []
        for case let file as URL in files where file.pathExtension == "swift" {
            let text = try String(contentsOf: file, encoding: .utf8)
            let room = file.deletingLastPathComponent().lastPathComponent
            for match in text.matches(of: /\(action: "(\w+)"/) {
                actions.insert("\(room == "STS" ? "sts" : "ec2"):\(match.1)")
            }
            for match in text.matches(of: /"(AmazonSSM|AWSPriceListService|ServiceQuotasV20190624)\.(\w+)"/) {
                let names = ["AmazonSSM": "ssm", "AWSPriceListService": "pricing"]
                actions.insert("\(names[String(match.1)] ?? "servicequotas"):\(match.2)")
            }
            guard room == "SQS" else { continue }
            for match in text.matches(of: /call\(\s*"(\w+)"/) {
                // A batch is allowed by the right to its single form.
                actions.insert("sqs:\(match.1.replacing("Batch", with: ""))")
            }
        }
        return actions
    }

    @Test("whatever is called is allowed")
    func complete() throws {
        let called = try Self.called()
        #expect(called.isSuperset(of: ["ec2:CreateFleet", "sqs:ReceiveMessage", "pricing:GetProducts"]))
        let allowed = Set(try PolicyDocument.ours().statements.flatMap(\.actions))
        // Roles are assumed with the right that the role on top, or its trust policy, gives.
        let missing = called.subtracting(allowed).subtracting(["sts:AssumeRole", "sts:AssumeRoleWithWebIdentity"])
        #expect(missing == [])
    }

    @Test("nothing is read that is not called")
    func noMore() throws {
        let called = try Self.called()
        let reading = try PolicyDocument.ours().statements.flatMap(\.actions).filter { action in
            ["ec2:Describe", "ec2:Get", "pricing:", "servicequotas:", "ssm:"].contains { action.hasPrefix($0) }
        }
        #expect(Set(reading).subtracting(called) == [])
    }
}
