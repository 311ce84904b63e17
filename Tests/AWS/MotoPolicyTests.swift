import Foundation
import HTTPTransport
import Logging
import Model
import Runtime
import Testing

@testable import AWS

/// The whole provider against moto with its authorisation switched on, as a role with the policy of `deploy/aws` and
/// nothing else. Moto looks at signatures and actions; it knows no resources, so that they are all the same to it, and
/// no conditions: those are what `PolicyTests` looks at.
@Suite(
    "Moto under the policy of deploy/aws",
    .serialized,
    .enabled(if: MotoServer.python != nil, "GLEANER_PYTHON does not name a Python with moto"),
    .timeLimit(.minutes(5))
)
struct MotoPolicyTests {
    private static let roles = "arn:aws:iam::123456789012:role/"

    /// The policy, without one action or all but what reads, as moto can follow it.
    private static func policy(without action: String? = nil, onlyReads: Bool = false) throws -> String {
        let text = PolicyDocument.filled(try PolicyDocument.read("policy.json"), PolicyDocument.names)
        var document = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        let statements = try #require(document["Statement"] as? [[String: Any]])
        document["Statement"] = statements.compactMap { statement -> [String: Any]? in
            let sid = statement["Sid"] as? String ?? ""
            guard !onlyReads || sid.hasPrefix("Read") && sid != "ReadTheQueue" else { return nil }
            var statement = statement
            let actions = statement["Action"] as? [String] ?? [statement["Action"] as? String ?? ""]
            // AWS asks for the right to the single form of a batch; moto has a right of its own for it.
            let batch = actions.contains("sqs:DeleteMessage") ? ["sqs:DeleteMessageBatch"] : []
            statement["Action"] = actions.filter { $0 != action } + batch
            statement["Resource"] = "*"
            return statement
        }
        return String(decoding: try JSONSerialization.data(withJSONObject: document), as: UTF8.self)
    }

    private func makeRole(_ name: String, _ policy: String, _ moto: MotoServer) async throws {
        try await moto.call(
            "iam",
            "2010-05-08",
            ["Action": "CreateRole", "RoleName": name, "AssumeRolePolicyDocument": #"{"Statement":[]}"#]
        )
        try await moto.call(
            "iam",
            "2010-05-08",
            ["Action": "PutRolePolicy", "RoleName": name, "PolicyName": "gleaner", "PolicyDocument": policy]
        )
    }

    /// As a pod with a service account's token gets them.
    private func credentials(_ role: String, _ moto: MotoServer) async throws -> Credentials {
        let token = NSTemporaryDirectory() + "token-\(UUID().uuidString)"
        try "a.signed.token".write(toFile: token, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: token) }
        let environment = [
            "AWS_ENDPOINT_URL": moto.url, "HOME": "/nonexistent", "AWS_WEB_IDENTITY_TOKEN_FILE": token,
            "AWS_ROLE_ARN": Self.roles + role,
        ]
        let configuration = try AWSConfiguration(region: "us-east-1", environment: environment)
        let chain = CredentialSources(environment: environment, configuration: configuration, http: moto.http).chain()
        return try #require(try await chain.credentials())
    }

    /// Everything goes to moto but the price list, which it does not have.
    private func client(_ credentials: Credentials, _ moto: MotoServer) throws -> AWSClient {
        let environment = ["AWS_ENDPOINT_URL": moto.url, "AWS_ENDPOINT_URL_PRICING": "http://prices.invalid"]
        return AWSClient(
            configuration: try AWSConfiguration(region: "us-east-1", environment: environment),
            credentials: StaticCredentials(credentials),
            retry: RetryPolicy(maximumAttempts: 2, baseDelay: .milliseconds(10))
        ) { request, limit throws(HTTPError) in
            guard request.url.hasPrefix("http://prices.invalid") else {
                return try await moto.http.send(request, maximumBodyBytes: limit)
            }
            let product =
                #"{\"product\":{\"attributes\":{\"instanceType\":\"g4dn.xlarge\"}},\"terms\":{\"OnDemand\":{\"o\":"#
                + #"{\"priceDimensions\":{\"d\":{\"unit\":\"Hrs\",\"pricePerUnit\":{\"USD\":\"0.526\"}}}}}}}"#
            return HTTPResponse(status: 200, body: Array(#"{"PriceList":["\#(product)"]}"#.utf8))
        }
    }

    private func configuration() -> GleanerConfiguration {
        var pool = Pool(name: "gpu", shapes: [.init(name: "t4", instanceTypes: ["g4dn.xlarge"])])
        pool.node.imageID = "ami-12c6146b"
        var lost = pool
        lost.name = "lost"
        lost.node.imageID = nil
        lost.node.imageParameter = "/gleaner/none"
        return GleanerConfiguration(clusterName: "training", pools: [pool, lost])
    }

    private func request(_ offering: Offering, _ blueprint: NodeBlueprint) -> LaunchRequest {
        let id = "launch-\(UUID().uuidString)"
        return LaunchRequest(
            id: id,
            pool: "gpu",
            shape: Shape(name: "t4", instanceTypes: ["g4dn.xlarge"], allocatable: Resources()),
            offering: offering,
            count: 2,
            pricePerHour: .zero,
            nodeLabels: ["gleaner.dev/pool": "gpu"],
            nodeTaints: [],
            tags: ["gleaner.dev/cluster": "training", "gleaner.dev/claim": id, "gleaner.dev/pool": "gpu"],
            workloads: [],
            gang: nil,
            expectedCost: .zero,
            blueprint: blueprint
        )
    }

    @Test("catalogue, launch, describe, terminate and queue work with that policy alone")
    func whole() async throws {
        let moto = try await MotoServer()
        try await makeRole("gleaner", try Self.policy(), moto)
        try await moto.call("sqs", "2012-11-05", ["Action": "CreateQueue", "QueueName": "gleaner"])
        for body in [#"{"detail-type":"Something else"}"#, "not JSON"] {
            try await moto.call(
                "sqs",
                "2012-11-05",
                [
                    "Action": "SendMessage", "QueueUrl": moto.url + "/123456789012/gleaner", "MessageBody": body,
                ]
            )
        }
        let credentials = try await credentials("gleaner", moto)
        try await moto.enforce()
        let client = try client(credentials, moto)
        let cloud = AWSCloud(
            client: client,
            configuration: configuration(),
            clock: WallClock(),
            logger: .silent
        )
        let catalogue = try await cloud.catalogue(instanceTypes: ["g4dn.xlarge"])
        #expect(catalogue.instanceTypes["g4dn.xlarge"] != nil)
        let zone = try #require(catalogue.prices.keys.map(\.zone).min())
        let blueprints = try await cloud.blueprints()
        #expect(blueprints["lost"]?.problem?.contains("/gleaner/none") == true)
        let offering = Offering(instanceType: "g4dn.xlarge", zone: zone, capacityType: .onDemand)
        let blueprint = try #require(blueprints["gpu"]?.blueprint(for: offering, architecture: "amd64"))
        let request = request(offering, blueprint)
        guard case .launched(let launched) = await cloud.launch(request) else {
            Issue.record("not launched: \(await cloud.launch(request))")
            return
        }
        #expect(launched.count == 2)
        let known = try await cloud.instances(clusterName: "training")
        #expect(Set(known.map(\.id)) == Set(launched.map(\.id)))
        #expect(known.allSatisfy { $0.tags["gleaner.dev/claim"] == request.id })
        try await cloud.terminate(known.map(\.id))
        let ended = try await cloud.instances(clusterName: "training")
        #expect(ended.allSatisfy { ["shutting-down", "terminated"].contains($0.state.rawValue) })
        let ours = [EC2Filter("tag:gleaner.dev/cluster", ["training"])]
        #expect(try await EC2Client(client).describeLaunchTemplates(filters: ours).count == 1)
        try await cloud.sweepLaunchResources(keeping: [request])

        let queue = InterruptionQueue(client: client, name: "gleaner", logger: .silent)
        let messages = try await queue.receive()
        #expect(messages.count == 2)
        try await queue.acknowledge(messages.map(\.receipt))
        await moto.stop()
    }

    @Test("what reads is enough to look at an account, and buys nothing")
    func reader() async throws {
        let moto = try await MotoServer()
        try await makeRole("reader", try Self.policy(onlyReads: true), moto)
        let credentials = try await credentials("reader", moto)
        try await moto.enforce()
        let client = try client(credentials, moto)
        let cloud = AWSCloud(client: client, configuration: configuration(), clock: WallClock(), logger: .silent)
        #expect(try await cloud.catalogue(instanceTypes: ["g4dn.xlarge"]).prices.isEmpty == false)
        #expect(try await cloud.instances(clusterName: "training") == [])
        let launch = await #expect(throws: AWSError.self) { try await EC2Client(client).createFleet(Self.order) }
        #expect(launch?.kind == .denied)
        let end = await #expect(throws: AWSError.self) { try await EC2Client(client).terminateInstances(["i-1"]) }
        #expect(end?.kind == .denied)
        await moto.stop()
    }

    private static let order = EC2FleetRequest(
        clientToken: "t",
        launchTemplateName: "t",
        overrides: [],
        capacityType: .spot,
        count: 1,
        allocationStrategy: "lowest-price"
    )

    @Test("a wrong signature and a missing permission are refused")
    func refused() async throws {
        let moto = try await MotoServer()
        try await makeRole("gleaner", try Self.policy(), moto)
        let actions = ["ec2:DescribeInstances", "ec2:CreateFleet", "ec2:TerminateInstances", "sqs:GetQueueUrl"]
        var without: [String: Credentials] = [:]
        for action in actions {
            let role = "without-\(action.split(separator: ":").last ?? "")"
            try await makeRole(role, try Self.policy(without: action), moto)
            without[action] = try await credentials(role, moto)
        }
        var forged = try await credentials("gleaner", moto)
        let good = try client(forged, moto)
        try await moto.enforce()
        #expect(try await EC2Client(good).describeInstances() == [])
        forged.secretAccessKey = Secret("forged")
        let wrong = try client(forged, moto)
        let signature = await #expect(throws: AWSError.self) { try await EC2Client(wrong).describeInstances() }
        #expect(signature?.kind == .denied)
        #expect(signature?.description.contains("AuthFailure") == true)
        let queue = await #expect(throws: AWSError.self) { try await SQSClient(wrong).getQueueURL(name: "gleaner") }
        #expect(queue?.kind == .denied)
        for action in actions {
            let client = try client(try #require(without[action]), moto)
            let error = await #expect(throws: AWSError.self, "\(action)") {
                switch action {
                case "ec2:DescribeInstances": _ = try await EC2Client(client).describeInstances()
                case "ec2:TerminateInstances": _ = try await EC2Client(client).terminateInstances(["i-1"])
                case "sqs:GetQueueUrl": _ = try await SQSClient(client).getQueueURL(name: "gleaner")
                default: _ = try await EC2Client(client).createFleet(Self.order)
                }
            }
            #expect(error?.kind == .denied, "\(action)")
            // Moto, as AWS, says which permission is missing.
            #expect(error?.description.contains(action) == true, "\(error?.description ?? "")")
        }
        await moto.stop()
    }
}
