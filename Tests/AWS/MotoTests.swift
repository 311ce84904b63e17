@testable import AWS
import Foundation
import HTTPTransport
import Logging
import Model
import Runtime
import Testing

private let motoEndpoint = ProcessInfo.processInfo.environment["GLEANER_MOTO_ENDPOINT"]

/// Against moto, an AWS of its own: `GLEANER_MOTO_ENDPOINT` names it.
@Suite(
    "Moto",
    .serialized,
    .enabled(if: motoEndpoint != nil, "GLEANER_MOTO_ENDPOINT does not name a moto server"),
    .timeLimit(.minutes(2))
)
struct MotoTests {
    let client: AWSClient
    let ec2: EC2Client

    init() throws {
        let environment = ["AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": try #require(motoEndpoint)]
        client = AWSClient(
            configuration: try AWSConfiguration(environment: environment),
            credentials: StaticCredentials(Credentials(accessKeyID: "AKIDMOTO", secretAccessKey: Secret("moto"))),
            http: HTTPClient(),
            retry: RetryPolicy(maximumAttempts: 2, baseDelay: .milliseconds(10))
        )
        ec2 = EC2Client(client)
    }

    @Test("instance types, offerings, spot prices and subnets are read, over all pages")
    func catalogue() async throws {
        let type = try #require(try await ec2.describeInstanceTypes(["g4dn.12xlarge"]).first)
        #expect(type.virtualCPUs == 48)
        #expect(type.accelerators == [.init(manufacturer: "NVIDIA", name: "T4", count: 4, memoryMiB: 16_384)])
        let offerings = try await ec2.describeInstanceTypeOfferings(
            filters: [EC2Filter("instance-type", ["g4dn.xlarge"])]
        )
        #expect(offerings.contains(EC2InstanceTypeOffering(instanceType: "g4dn.xlarge", zone: "us-east-1a")))
        let now = Int64(Date().timeIntervalSince1970 * 1000)
        let prices = try await ec2.describeSpotPriceHistory(instanceTypes: ["g4dn.xlarge"], startMilliseconds: now)
        #expect(prices.allSatisfy { $0.instanceType == "g4dn.xlarge" && $0.dollarsPerHour > 0 })
        let subnets = try await ec2.describeSubnets()
        #expect(Set(subnets.map(\.zone)).isSuperset(of: ["us-east-1a", "us-east-1b"]))
        #expect(try await ec2.describeInstanceTypes().count > 100)
    }

    @Test("a fleet is launched from a template, described, tagged and terminated")
    func fleet() async throws {
        let name = "gleaner-\(UUID().uuidString)"
        let template = try await ec2.createLaunchTemplate(
            name: name,
            EC2LaunchTemplateData(imageID: "ami-12c6146b", userData: Secret("#!/bin/sh")),
            tags: ["gleaner.dev/cluster": "moto"],
            clientToken: name
        )
        #expect(template.name == name)
        #expect(try await ec2.describeLaunchTemplates(names: [name]).map(\.id) == [template.id])
        let subnet = try #require(try await ec2.describeSubnets().first { $0.zone == "us-east-1a" })
        let result = try await ec2.createFleet(
            EC2FleetRequest(
                clientToken: name,
                launchTemplateName: name,
                overrides: [.init(instanceType: "g4dn.xlarge", subnetID: subnet.id)],
                capacityType: .onDemand,
                count: 2,
                allocationStrategy: "lowest-price",
                tags: ["instance": ["gleaner.dev/claim": name]]
            )
        )
        #expect(result.failures == [])
        let ids = result.launches.flatMap(\.instanceIDs)
        #expect(ids.count == 2)
        try await ec2.createTags(["Name": "node"], on: ids)
        let instances = try await ec2.describeInstances(filters: [EC2Filter("tag:gleaner.dev/claim", [name])])
        #expect(Set(instances.map(\.id)) == Set(ids))
        #expect(instances.allSatisfy { $0.tags["Name"] == "node" && $0.zone == "us-east-1a" })
        let changes = try await ec2.terminateInstances(ids)
        #expect(changes.map(\.instanceID).sorted() == ids.sorted())
        let ended = try await ec2.describeInstances(ids)
        #expect(ended.allSatisfy { ["shutting-down", "terminated"].contains($0.state) })
        #expect(ended.allSatisfy { $0.stateTransitionMilliseconds != nil })
    }

    @Test("statuses of instances and quotas are read, as far as moto knows them")
    func upkeep() async throws {
        // moto finds every machine well.
        #expect(try await ec2.describeInstanceStatus() == [])
        let quotas = ServiceQuotasClient(client)
        // VPCs in a region: moto has quotas of this service only.
        #expect(try await quotas.quota(service: "vpc", code: "L-F678F1CE") == 5)
        #expect(try await quotas.quota(service: "ec2", code: "L-00000000") == nil)
    }

    @Test("what is not there is gone")
    func gone() async throws {
        let error = await #expect(throws: AWSError.self) { try await ec2.terminateInstances(["i-0123456789abcdef0"]) }
        #expect(error?.kind == .gone)
        let queue = await #expect(throws: AWSError.self) { try await SQSClient(client).getQueueURL(name: "none") }
        #expect(queue?.kind == .gone)
    }

    @Test("messages are received and deleted")
    func queue() async throws {
        let name = "queue-\(UUID().uuidString)"
        let sqs = SQSClient(client)
        try await post("Action=CreateQueue&QueueName=\(name)")
        let url = try await sqs.getQueueURL(name: name)
        #expect(try await sqs.receiveMessages(url, waitSeconds: 0) == [])
        for body in ["a%26", "b", "c"] { try await post("Action=SendMessage&QueueUrl=\(url)&MessageBody=\(body)") }
        let messages = try await sqs.receiveMessages(url, waitSeconds: 1)
        #expect(messages.map(\.body).sorted() == ["a&", "b", "c"])
        #expect(await sqs.deleteMessages(messages.map(\.receiptHandle), from: url).left == [])
    }

    @Test("a role is assumed by web identity, and another one on top of it")
    func webIdentity() async throws {
        let token = NSTemporaryDirectory() + "token-\(UUID().uuidString)"
        try "a.signed.token".write(toFile: token, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: token) }
        let role = "arn:aws:iam::123456789012:role/"
        let environment = [
            "AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": try #require(motoEndpoint), "HOME": "/nonexistent",
            "AWS_WEB_IDENTITY_TOKEN_FILE": token, "AWS_ROLE_ARN": role + "pod", "AWS_EC2_METADATA_DISABLED": "true",
        ]
        let sources = CredentialSources(
            environment: environment,
            configuration: try AWSConfiguration(environment: environment),
            http: HTTPClient()
        )
        let pod = try #require(try await sources.chain().credentials())
        #expect(pod.accessKeyID.hasPrefix("ASIA") && pod.sessionToken != nil)
        let end = try #require(pod.expiresAtMilliseconds)
        #expect(end > Int64(Date().timeIntervalSince1970 * 1000))
        let top = sources.chain(assuming: .init(arn: role + "pays"))
        let client = AWSClient(
            configuration: try AWSConfiguration(environment: environment),
            credentials: top,
            http: HTTPClient()
        )
        #expect(try await EC2Client(client).describeSubnets().isEmpty == false)
        #expect(try await top.credentials()?.accessKeyID != pod.accessKeyID)
    }

    @Test("what EventBridge and SNS put on a queue is read as notices, and deleted when it is acknowledged")
    func interruptionQueue() async throws {
        let name = "queue-\(UUID().uuidString)"
        try await post("Action=CreateQueue&QueueName=\(name)")
        let url = try await SQSClient(client).getQueueURL(name: name)
        let event = { (number: Int) in
            #"{"id":"e-\#(number)","detail-type":"EC2 Instance Rebalance Recommendation","time":"2026-01-02T03:04:05Z","#
                + #""detail":{"instance-id":"i-\#(number)"}}"#
        }
        let topic = ["Type": "Notification", "MessageId": "m", "Message": event(11)]
        var bodies = (0..<11).map(event) + [String(decoding: try JSONEncoder().encode(topic), as: UTF8.self)]
        bodies += ["hello", #"{"id":"e","detail-type":"Other","time":"2026-01-02T03:04:05Z"}"#]
        for body in bodies {
            let text = try #require(body.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
            try await post("Action=SendMessage&QueueUrl=\(url)&MessageBody=\(text)")
        }
        let queue = InterruptionQueue(client: client, name: name, logger: Logger(label: "moto"))
        var instances: Set<String> = []
        while queue.tally().deleted < bodies.count {
            let messages = try await queue.receive()
            instances.formUnion(messages.flatMap(\.notices).map(\.instance.value))
            try await queue.acknowledge(messages.map(\.receipt))
        }
        #expect(instances == Set((0..<12).map { "i-\($0)" }))
        #expect(queue.tally().received == [.rebalance: 12, .malformed: 1, .unknown: 1])
        #expect(try await SQSClient(client).receiveMessages(url, waitSeconds: 0) == [])
    }

    /// SQS's older form protocol, to make what the client has no call for.
    private func post(_ form: String) async throws {
        var request = HTTPRequest(
            method: "POST",
            url: try #require(motoEndpoint) + "/",
            headers: ["Content-Type": "application/x-www-form-urlencoded"],
            body: Array((form + "&Version=2012-11-05").utf8)
        )
        request.headers = try SigV4.sign(
            request,
            credentials: Credentials(accessKeyID: "AKIDMOTO", secretAccessKey: Secret("moto")),
            region: "us-east-1",
            service: "sqs",
            atMilliseconds: Int64(Date().timeIntervalSince1970 * 1000)
        )
        let response = try await HTTPClient().send(request, maximumBodyBytes: 1 << 20)
        try #require(response.isSuccess)
    }
}
