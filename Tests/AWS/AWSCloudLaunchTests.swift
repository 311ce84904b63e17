import Foundation
import HTTPTransport
import Logging
import Model
import Runtime
import Testing

@testable import AWS

/// What becomes of a launch when EC2's answer is not the one that was hoped for.
@Suite("Answers to a launch", .timeLimit(.minutes(1)))
struct AWSCloudLaunchTests {
    private struct WallClock: Runtime.Clock {
        var now: Timestamp { Timestamp(milliseconds: 1_785_744_000_000) }
        func sleep(until time: Timestamp) async throws {}
    }

    private static let offering = Offering(instanceType: "g5.xlarge", zone: "us-east-1a", capacityType: .spot)

    /// EC2 that answers each action with a text, and keeps what it was asked.
    private final class Script: Sendable {
        let asked = Locked<[String]>([])
        let answers: Locked<[String: [(Int, String)]]>

        init(_ answers: [String: [(Int, String)]]) {
            self.answers = Locked(answers)
        }

        /// The last answer to an action is given again and again.
        func answer(_ request: HTTPRequest) -> HTTPResponse {
            let body = String(decoding: request.body, as: UTF8.self)
            let action = body.split(separator: "&").first { $0.hasPrefix("Action=") }?.dropFirst(7) ?? ""
            asked.withLock { $0.append(body) }
            let (status, text) = answers.withLock { all -> (Int, String) in
                guard let left = all[String(action)], let first = left.first else { return (200, "<R/>") }
                if left.count > 1 { all[String(action)]?.removeFirst() }
                return first
            }
            return HTTPResponse(status: status, body: Array(text.utf8))
        }

        func count(_ action: String) -> Int {
            asked.withLock { $0.count { $0.hasPrefix("Action=\(action)&") } }
        }

        func cloud() -> AWSCloud {
            AWSCloud(
                client: AWSClient(
                    configuration: AWSConfiguration(region: "us-east-1"),
                    credentials: StaticCredentials(Credentials(accessKeyID: "A", secretAccessKey: Secret("s"))),
                    retry: RetryPolicy(maximumAttempts: 1, baseDelay: .milliseconds(1)),
                    transport: { request, _ in self.answer(request) }
                ),
                configuration: GleanerConfiguration(clusterName: "c", pools: []),
                clock: WallClock(),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
        }
    }

    private static func request(
        _ capacityType: CapacityType = .spot,
        reservation: Reservation? = nil
    ) -> LaunchRequest {
        var offering = offering
        offering.capacityType = capacityType
        return LaunchRequest(
            id: "journal-1",
            pool: "p",
            shape: Shape(name: "s", instanceTypes: ["g5.xlarge"], allocatable: Resources()),
            offering: offering,
            count: 3,
            pricePerHour: .zero,
            nodeLabels: [:],
            nodeTaints: [],
            tags: [Tag.claim: "journal-1", Tag.cluster: "c"],
            workloads: [],
            gang: nil,
            expectedCost: .zero,
            blueprint: NodeBlueprint(imageID: "ami-1", subnetID: "subnet-1"),
            reservation: reservation
        )
    }

    /// Whose machines stand in a placement group.
    private static func gangRequest() -> LaunchRequest {
        var result = request()
        result.gang = WorkloadID(namespace: "vision", kind: "Job", name: "train", uid: "u-1")
        result.blueprint?.usesPlacementGroups = true
        return result
    }

    private static let template = """
        <R><launchTemplate><launchTemplateId>lt-1</launchTemplateId><launchTemplateName>t</launchTemplateName>
        <createTime>2026-08-03T00:00:00.000Z</createTime><latestVersionNumber>1</latestVersionNumber></launchTemplate></R>
        """

    private static func error(_ code: String) -> String {
        "<Response><Errors><Error><Code>\(code)</Code><Message>m</Message></Error></Errors></Response>"
    }

    private static func fleet(_ ids: [String], failure: String? = nil) -> String {
        let launched =
            ids.isEmpty
            ? ""
            : "<item><instanceType>g5.xlarge</instanceType><lifecycle>spot</lifecycle><instanceIds>"
                + ids.map { "<item>\($0)</item>" }.joined() + "</instanceIds></item>"
        let failed =
            failure.map {
                "<item><errorCode>\($0)</errorCode><errorMessage>m</errorMessage><lifecycle>spot</lifecycle></item>"
            } ?? ""
        return "<CreateFleetResponse><requestId>r-7</requestId><fleetId>fleet-1</fleetId>"
            + "<fleetInstanceSet>\(launched)</fleetInstanceSet><errorSet>\(failed)</errorSet></CreateFleetResponse>"
    }

    private static let described = """
        <R><reservationSet><item><instancesSet>
        <item><instanceId>i-1</instanceId><imageId>ami-1</imageId><instanceState><name>running</name></instanceState>
        <instanceType>g5.xlarge</instanceType><launchTime>2026-08-03T00:00:00Z</launchTime>
        <placement><availabilityZone>us-east-1a</availabilityZone></placement></item>
        <item><instanceId>i-2</instanceId><instanceState><name>terminated</name></instanceState>
        <instanceType>g5.xlarge</instanceType><launchTime>2026-08-03T00:00:00Z</launchTime>
        <placement><availabilityZone>us-east-1a</availabilityZone></placement></item>
        </instancesSet></item></reservationSet></R>
        """

    @Test(
        "each refusal means what it means for the pool",
        arguments: [
            (200, fleet([], failure: "InsufficientInstanceCapacity"), LaunchOutcome.Failure.noCapacity),
            (200, fleet([], failure: "MaxSpotInstanceCountExceeded"), .quota),
            (200, fleet([], failure: "VcpuLimitExceeded"), .quota),
            (200, fleet([], failure: "InstanceLimitExceeded"), .quota),
            (200, fleet([], failure: "VolumeLimitExceeded"), .invalid),
            (200, fleet([], failure: "PlacementGroupLimitExceeded"), .invalid),
            (200, fleet([], failure: "RequestLimitExceeded"), .noCapacity),
            (200, fleet([], failure: "InternalError"), .noCapacity),
            (200, fleet([], failure: "UnauthorizedOperation"), .denied),
            (200, fleet([], failure: "InvalidAMIID.NotFound"), .invalid),
            (200, fleet([]), .noCapacity),
            (403, error("UnauthorizedOperation"), .denied),
            (400, error("InvalidParameterValue"), .invalid),
            (503, error("RequestLimitExceeded"), .unanswered),
            (500, error("InternalError"), .unanswered),
            (200, "<CreateFleetResponse><fleetId>fl", .unanswered),
        ] as [(Int, String, LaunchOutcome.Failure)]
    )
    func refusals(_ status: Int, _ answer: String, _ failure: LaunchOutcome.Failure) async {
        let script = Script(["CreateLaunchTemplate": [(200, Self.template)], "CreateFleet": [(status, answer)]])
        guard case .failed(let told, let message) = await script.cloud().launch(Self.request()) else {
            Issue.record("launched")
            return
        }
        #expect(told == failure)
        #expect(!message.isEmpty)
        if answer.contains("errorCode") { #expect(message.contains("request r-7")) }
    }

    @Test("a fleet that returns fewer than asked says which there are, so that they are given back")
    func fewer() async {
        let answer = Self.fleet(["i-1", "i-2"], failure: "InsufficientInstanceCapacity")
        let script = Script(["CreateLaunchTemplate": [(200, Self.template)], "CreateFleet": [(200, answer)]])
        guard case .launched(let instances) = await script.cloud().launch(Self.request()) else {
            Issue.record("not launched")
            return
        }
        #expect(instances.map(\.id.value) == ["i-1", "i-2"])
        #expect(instances.allSatisfy { $0.imageID == "ami-1" && $0.offering == Self.offering })
    }

    @Test(
        "what a launch left is found by its tag when its answer tells nothing",
        arguments: [
            (200, "<CreateFleetResponse><fleetId>fl"), (400, error("IdempotentParameterMismatch")),
        ]
    )
    func adoption(_ status: Int, _ answer: String) async {
        let script = Script([
            "CreateLaunchTemplate": [(200, Self.template)], "CreateFleet": [(status, answer)],
            "DescribeInstances": [(200, Self.described)],
        ])
        guard case .launched(let instances) = await script.cloud().launch(Self.request()) else {
            Issue.record("not found")
            return
        }
        #expect(instances.map(\.id.value) == ["i-1"])
        #expect(instances.first?.offering == Self.offering)
    }

    @Test("a template that EC2 does not find is made anew, once, and the same order sent again")
    func missingTemplate() async {
        let missing = Self.error("InvalidLaunchTemplateName.NotFoundException")
        let script = Script([
            "CreateLaunchTemplate": [(200, Self.template)],
            "CreateFleet": [(400, missing), (200, Self.fleet(["i-1", "i-2", "i-3"]))],
        ])
        guard case .launched(let instances) = await script.cloud().launch(Self.request()) else {
            Issue.record("not launched")
            return
        }
        #expect(instances.count == 3)
        #expect(script.count("CreateLaunchTemplate") == 2)
        #expect(Set(script.asked.withLock { $0 }.filter { $0.hasPrefix("Action=CreateFleet") }).count == 1)

        let never = Script(["CreateLaunchTemplate": [(200, Self.template)], "CreateFleet": [(400, missing)]])
        guard case .failed(.invalid, let message) = await never.cloud().launch(Self.request()) else {
            Issue.record("launched")
            return
        }
        #expect(message.contains("no launch template gleaner-"))
        #expect(never.count("CreateFleet") == 2)
    }

    @Test("a placement group that EC2 does not find is made anew, once, and the same order sent again")
    func missingPlacementGroup() async {
        let missing = Self.error("InvalidPlacementGroup.Unknown")
        let script = Script([
            "CreateLaunchTemplate": [(200, Self.template)],
            "CreateFleet": [(400, missing), (200, Self.fleet(["i-1", "i-2", "i-3"]))],
        ])
        guard case .launched(let instances) = await script.cloud().launch(Self.gangRequest()) else {
            Issue.record("not launched")
            return
        }
        #expect(instances.count == 3)
        #expect(script.count("CreatePlacementGroup") == 2)
        #expect(Set(script.asked.withLock { $0 }.filter { $0.hasPrefix("Action=CreateFleet") }).count == 1)

        let never = Script(["CreateLaunchTemplate": [(200, Self.template)], "CreateFleet": [(400, missing)]])
        guard case .failed(.invalid, let message) = await never.cloud().launch(Self.gangRequest()) else {
            Issue.record("launched")
            return
        }
        #expect(message.contains("no placement group gleaner-"))
        #expect(never.count("CreateFleet") == 2)
    }

    @Test("a placement group that the fleet did not find is made anew for the next launch")
    func placementGroupMissedByFleet() async {
        let script = Script([
            "CreateLaunchTemplate": [(200, Self.template)],
            "CreateFleet": [
                (200, Self.fleet([], failure: "InvalidPlacementGroup.Unknown")), (200, Self.fleet(["i-1"])),
            ],
        ])
        let cloud = script.cloud()
        guard case .failed(.invalid, _) = await cloud.launch(Self.gangRequest()) else {
            Issue.record("launched")
            return
        }
        guard case .launched = await cloud.launch(Self.gangRequest()) else {
            Issue.record("not launched")
            return
        }
        #expect(script.count("CreatePlacementGroup") == 2)
    }

    @Test("a limit of templates closes no quota of machines")
    func limitOfTemplates() async {
        let script = Script(["CreateLaunchTemplate": [(400, Self.error("LaunchTemplateLimitExceeded"))]])
        guard case .failed(.invalid, let message) = await script.cloud().launch(Self.request()) else {
            Issue.record("launched, or taken for a quota")
            return
        }
        #expect(message.contains("LaunchTemplateLimitExceeded"))
    }

    @Test("a template of another process is used as it is; one that cannot be made launches nothing")
    func templates() async {
        let there = Self.error("InvalidLaunchTemplateName.AlreadyExistsException")
        let script = Script(["CreateLaunchTemplate": [(400, there)], "CreateFleet": [(200, Self.fleet(["i-1"]))]])
        guard case .launched = await script.cloud().launch(Self.request()) else {
            Issue.record("not launched")
            return
        }
        let denied = Script(["CreateLaunchTemplate": [(403, Self.error("UnauthorizedOperation"))]])
        guard case .failed(.denied, _) = await denied.cloud().launch(Self.request()) else {
            Issue.record("launched")
            return
        }
        #expect(denied.count("CreateFleet") == 0)
    }

    @Test("reserved capacity is named in the template, and a block is bought as one")
    func reservations() async throws {
        for kind in [Reservation.Kind.capacityReservation, .capacityBlock] {
            let script = Script([
                "CreateLaunchTemplate": [(200, Self.template)], "CreateFleet": [(200, Self.fleet(["i-1"]))],
            ])
            let reservation = Reservation(
                id: "cr-0123456789abcdef0",
                kind: kind,
                instanceType: "g5.xlarge",
                zone: "us-east-1a",
                count: 3,
                available: 3
            )
            let outcome = await script.cloud().launch(Self.request(.reserved, reservation: reservation))
            guard case .launched(let instances) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(instances.allSatisfy { $0.offering.capacityType == .reserved })
            let sent = script.asked.withLock { $0 }
            let template = try #require(sent.first { $0.hasPrefix("Action=CreateLaunchTemplate") })
            let fleet = try #require(sent.first { $0.hasPrefix("Action=CreateFleet") })
            #expect(template.contains("CapacityReservationTarget.CapacityReservationId=cr-0123456789abcdef0"))
            #expect(!template.contains("CapacityReservationPreference"))
            #expect(template.contains("MarketType=capacity-block") == (kind == .capacityBlock))
            let type = kind == .capacityBlock ? "capacity-block" : "on-demand"
            #expect(fleet.contains("DefaultTargetCapacityType=\(type)&"))
        }
    }

    @Test("spot is bought where capacity and price are best, on-demand where it is cheapest, both all or none")
    func strategies() async throws {
        for (type, options) in [
            (CapacityType.spot, "SpotOptions.AllocationStrategy=price-capacity-optimized&SpotOptions"),
            (.onDemand, "OnDemandOptions.AllocationStrategy=lowest-price&OnDemandOptions"),
        ] {
            let script = Script(["CreateLaunchTemplate": [(200, Self.template)]])
            _ = await script.cloud().launch(Self.request(type))
            let fleet = try #require(script.asked.withLock { $0 }.last)
            #expect(fleet.contains("&ClientToken=journal-1&"))
            #expect(fleet.contains("Overrides.1.SubnetId=subnet-1&"))
            #expect(
                fleet.contains(
                    "\(options).MinTargetCapacity=3&\(options.split(separator: "&")[1]).SingleInstanceType=true&"
                        + "\(options.split(separator: "&")[1]).SingleAvailabilityZone=true&"
                )
            )
        }
    }

    @Test("equal content is one template, whatever the subnet; another image, label or reservation is another")
    func names() {
        func name(_ change: (inout LaunchRequest) -> Void = { _ in }) -> String {
            var request = Self.request()
            change(&request)
            let blueprint = request.blueprint ?? NodeBlueprint(imageID: nil, subnetID: "")
            return LaunchTemplateContent(request, blueprint, clusterName: "c").name
        }
        #expect(name() == name { $0.blueprint?.subnetID = "subnet-2" })
        #expect(name() == name { $0.id = "journal-2" })
        #expect(name().utf8.count <= 128)
        var names = Set([name()])
        for change: (inout LaunchRequest) -> Void in [
            { $0.blueprint?.imageID = "ami-2" }, { $0.nodeLabels = ["a": "b"] }, { $0.nodeTaints = [.starting] },
            { $0.blueprint?.efaInterfaces = 1 }, { $0.blueprint?.userDataDigest = "d" },
            { $0.tags[Tag.pool] = "q" },
        ] {
            #expect(names.insert(name(change)).inserted)
        }
    }
}
