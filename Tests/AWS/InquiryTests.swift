import HTTPTransport
import Logging
import Model
import Runtime
import Testing

@testable import AWS

@Suite("What is asked of EC2 now and then", .timeLimit(.minutes(1)))
struct InquiryTests {
    /// Answers by operation and keeps what was asked.
    private final class Account: Sendable {
        let asked = Locked<[String]>([])
        let answer: @Sendable (String, String) -> HTTPResponse

        init(_ answer: @escaping @Sendable (String, String) -> HTTPResponse) {
            self.answer = answer
        }

        /// A cloud with a pool of spot and on-demand P and G types.
        func cloud() -> AWSCloud {
            let client = AWSClient(
                configuration: AWSConfiguration(region: "us-east-1"),
                credentials: StaticCredentials(Credentials(accessKeyID: "AKID", secretAccessKey: Secret("secret"))),
                retry: RetryPolicy(maximumAttempts: 1, baseDelay: .milliseconds(1))
            ) { request, _ throws(HTTPError) in
                let body = String(decoding: request.body, as: UTF8.self)
                let target = request.headers["X-Amz-Target"]?.split(separator: ".").last.map(String.init)
                let action = body.split(separator: "&").first { $0.hasPrefix("Action=") }?.dropFirst(7)
                let operation = target ?? action.map(String.init) ?? ""
                self.asked.withLock { $0.append(operation) }
                return self.answer(operation, body)
            }
            let pool = Pool(
                name: "p",
                shapes: [Pool.ShapeTemplate(name: "s", instanceTypes: ["p4d.24xlarge", "g5.xlarge"])],
                capacityTypes: [.spot, .onDemand]
            )
            return AWSCloud(
                client: client,
                configuration: GleanerConfiguration(clusterName: "ours", pools: [pool]),
                clock: WallClock(),
                logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
            )
        }
    }

    private static func xml(_ text: String) -> HTTPResponse { HTTPResponse(status: 200, body: Array(text.utf8)) }

    private static func instance(_ id: String, _ type: String, cores: Int, cluster: String?, _ more: String = "")
        -> String
    {
        let tag = cluster.map { "<item><key>gleaner.dev/cluster</key><value>\($0)</value></item>" } ?? ""
        return """
            <item><instanceId>\(id)</instanceId><instanceState><name>running</name></instanceState>
            <instanceType>\(type)</instanceType><launchTime>2026-01-02T01:00:00Z</launchTime>
            <placement><availabilityZone>us-east-1a</availabilityZone></placement>
            <cpuOptions><coreCount>\(cores)</coreCount><threadsPerCore>2</threadsPerCore></cpuOptions>
            <tagSet>\(tag)</tagSet>\(more)</item>
            """
    }

    private static let machines = xml(
        "<DescribeInstancesResponse><reservationSet><item><instancesSet>"
            + instance("i-1", "g5.xlarge", cores: 2, cluster: "ours")
            + instance("i-2", "g5.48xlarge", cores: 96, cluster: "theirs")
            + instance("i-3", "g4dn.xlarge", cores: 2, cluster: nil, "<instanceLifecycle>spot</instanceLifecycle>")
            + instance(
                "i-4",
                "p5.48xlarge",
                cores: 96,
                cluster: nil,
                "<instanceLifecycle>capacity-block</instanceLifecycle>"
            )
            + "</instancesSet></item></reservationSet></DescribeInstancesResponse>"
    )

    private static func missing(_ code: String, status: Int = 400) -> HTTPResponse {
        HTTPResponse(status: status, body: Array("{\"__type\": \"\(code)\", \"message\": \"no\"}".utf8))
    }

    @Test("each quota that the pools count against is read, with what others use of it")
    func quotas() async throws {
        let account = Account { operation, body in
            guard operation == "GetServiceQuota" else { return Self.machines }
            let values = ["L-DB2E81BA": 768, "L-3819A6DF": 64, "L-417A185B": 96, "L-7212CCBC": 192, "L-C4BD4855": 100]
            guard let value = values.first(where: { body.contains($0.key) })?.value else {
                return Self.missing("NoSuchResourceException")
            }
            return HTTPResponse(status: 200, body: Array("{\"Quota\": {\"Value\": \(value).0}}".utf8))
        }
        let answer = try await account.cloud().answer(.quotas, clusterName: "ours")
        #expect(
            answer
                == .quotas([
                    QuotaLevel(quota: Quota(family: .graphics, isSpot: false), limit: 768, usedByOthers: 192),
                    QuotaLevel(quota: Quota(family: .graphics, isSpot: true), limit: 64, usedByOthers: 4),
                    QuotaLevel(quota: Quota(family: .p, isSpot: false), limit: 96, usedByOthers: 0),
                    // Two codes of which each is the limit of a part.
                    QuotaLevel(quota: Quota(family: .p, isSpot: true), limit: 292, usedByOthers: 0),
                ])
        )
    }

    @Test("without the permission, or where there is no such quota, nothing is said of it, and nothing fails")
    func unreadable() async throws {
        let denied = Account { _, _ in Self.missing("AccessDeniedException") }
        #expect(try await denied.cloud().answer(.quotas, clusterName: "ours") == .quotas([]))
        #expect(!denied.asked.withLock { $0 }.contains("DescribeInstances"))
        let none = Account { _, _ in Self.missing("NoSuchResourceException") }
        #expect(try await none.cloud().answer(.quotas, clusterName: "ours") == .quotas([]))
    }

    @Test("a service that fails is an error: what was known before stands")
    func fails() async {
        let account = Account { _, _ in Self.missing("ServiceException", status: 500) }
        await #expect(throws: AWSError.self) { try await account.cloud().answer(.quotas, clusterName: "ours") }
    }

    @Test("statuses are asked for without naming instances, so that one which vanishes meanwhile fails nothing")
    func statuses() async throws {
        let account = Account { _, body in
            guard !body.contains("InstanceId") else { return Self.missing("InvalidInstanceID.NotFound") }
            return Self.xml(
                """
                <R><instanceStatusSet><item><instanceId>i-1</instanceId>
                <systemStatus><status>impaired</status></systemStatus></item>
                <item><instanceId>i-2</instanceId><systemStatus><status>ok</status></systemStatus></item>
                <item><instanceId>i-3</instanceId><eventsSet><item><instanceEventId>e</instanceEventId>
                <code>instance-stop</code><description>[Canceled] stop</description>
                <notBefore>2026-09-01T00:00:00Z</notBefore></item></eventsSet></item></instanceStatusSet></R>
                """
            )
        }
        let answer = try await account.cloud().answer(.statuses, clusterName: "ours")
        #expect(answer == .statuses([InstanceStatus(instance: InstanceID("i-1"), impairments: ["system"])]))
    }
}
