import AWS
import Foundation
import HTTPTransport
import Model
import Runtime
import TestSupport
import Testing

@testable import Simulation

/// Our adapter against the world's endpoints: what a launch leaves in the cloud, and what it does not.
@Suite("Launching over the wire", .timeLimit(.minutes(2)))
struct LaunchWireTests {
    private static let spot = Offering(instanceType: "p4d.24xlarge", zone: "us-east-1b", capacityType: .spot)
    private static let gang = WorkloadID(namespace: "vision", kind: "Job", name: "train", uid: "u-1")

    /// Time that moves when the test says so.
    private final class HandClock: Runtime.Clock {
        private let time: Locked<Timestamp>

        init(_ now: Timestamp) {
            time = Locked(now)
        }

        var now: Timestamp { time.withLock { $0 } }

        func advance(by length: Duration) {
            time.withLock { $0 = $0 + length }
        }

        func sleep(until time: Timestamp) async throws {
            try await Task.sleep(for: .seconds(3600))
        }
    }

    /// A world on the wire and clients of it.
    private struct Rig: Sendable {
        let world: StillWorld
        let port: Int
        let http = HTTPClient()
        let clock: HandClock
        /// Bodies of the calls that were made, in order.
        let calls = Locked<[String]>([])
        /// How many answers to CreateFleet get lost on the way.
        let losses = Locked(0)

        func actions() -> [String] {
            calls.withLock { $0 }.compactMap { body in
                body.split(separator: "&").first { $0.hasPrefix("Action=") }.map { String($0.dropFirst(7)) }
            }
        }

        /// Another process of Gleaner, which remembers nothing.
        func process(_ pools: [Pool]) -> AWSCloud {
            let client = AWSClient(
                configuration: AWSConfiguration(
                    region: "us-east-1",
                    endpoints: Dictionary(
                        uniqueKeysWithValues: AWSService.allCases.map { ($0, "http://127.0.0.1:\(port)") }
                    )
                ),
                credentials: StaticCredentials(
                    Credentials(accessKeyID: "AKIDGLEANER", secretAccessKey: Secret("secret/+key"))
                ),
                retry: RetryPolicy(maximumAttempts: 1, baseDelay: .milliseconds(1)),
                transport: { [self] request, limit throws(HTTPError) in
                    let body = String(decoding: request.body, as: UTF8.self)
                    calls.withLock { $0.append(body) }
                    let response = try await http.send(request, maximumBodyBytes: limit)
                    if body.hasPrefix("Action=CreateFleet"),
                        losses.withLock({
                            $0 -= 1; return $0 >= 0
                        })
                    {
                        throw .connectionLost(try HTTPAddress(url: request.url), "reset")
                    }
                    return response
                }
            )
            return AWSCloud(
                client: client,
                configuration: GleanerConfiguration(clusterName: "demo", pools: pools),
                clock: clock,
                logger: silentLogger
            )
        }

        func instances() async throws -> [CloudInstance] {
            try await world.withCloud { cloud, _ in cloud.instances }
        }

        func templates() async throws -> [LaunchTemplate] {
            try await world.withCloud { cloud, _ in cloud.launchTemplates.values.sorted { $0.name < $1.name } }
        }
    }

    private func withRig(_ body: (Rig) async throws -> Void) async throws {
        let world = try StillWorld()
        try await serving {
            AWSAPIServer(
                configuration: AWSAPIConfiguration(accessKeys: ["AKIDGLEANER": "secret/+key"]),
                front: world,
                logger: silentLogger,
                onRunning: $0
            )
        } _: { port in
            let rig = Rig(world: world, port: port, clock: HandClock(try await world.withCloud { $1 }))
            try await body(rig)
            await rig.http.shutDown()
        }
    }

    private static func pool(_ name: String = "gpu", _ change: (inout NodeSettings) -> Void = { _ in }) -> Pool {
        var pool = Pool(name: name, shapes: [.init(name: "a100", instanceTypes: ["p4d.24xlarge"])])
        pool.node.imageID = "ami-0123456789abcdef0"
        pool.node.subnetTags = ["gleaner.dev/discovery": "demo"]
        pool.node.securityGroupTags = ["gleaner.dev/discovery": "demo"]
        change(&pool.node)
        return pool
    }

    private static func request(
        _ id: String,
        count: Int = 2,
        offering: Offering = spot,
        gang: WorkloadID? = nil,
        blueprint: NodeBlueprint?
    ) -> LaunchRequest {
        LaunchRequest(
            id: id,
            pool: "gpu",
            shape: Shape(name: "a100", instanceTypes: [offering.instanceType], allocatable: Resources()),
            offering: offering,
            count: count,
            pricePerHour: .zero,
            nodeLabels: [Label.pool: "gpu"],
            nodeTaints: [.starting],
            tags: [Tag.cluster: "demo", Tag.pool: "gpu", Tag.claim: id, Tag.name: "demo-gpu"],
            workloads: [],
            gang: gang,
            expectedCost: .zero,
            blueprint: blueprint
        )
    }

    private func launched(_ outcome: LaunchOutcome) -> [InstanceID] {
        if case .launched(let instances) = outcome { return instances.map(\.id).sorted() }
        Issue.record("\(outcome)")
        return []
    }

    @Test("a launch whose answer is lost starts nothing new when it is sent again, whatever has changed meanwhile")
    func lostAnswer() async throws {
        try await withRig { rig in
            let first = rig.process([Self.pool()])
            let blueprint = try #require(
                try await first.blueprints()["gpu"]?.blueprint(for: Self.spot, architecture: "amd64")
            )
            let request = Self.request("journal-1", blueprint: blueprint)
            rig.losses.withLock { $0 = 1 }
            guard case .failed(.unanswered, _) = await first.launch(request) else {
                Issue.record("the answer was not lost")
                return
            }
            #expect(try await rig.instances().count == 2)
            // A restart, with other settings: the request is what was recorded.
            let second = rig.process([Self.pool { $0.imageID = "ami-0fedcba9876543210" }])
            let ids = launched(await second.launch(request))
            let instances = try await rig.instances()
            #expect(ids == instances.map(\.id).sorted())
            #expect(instances.count == 2)
            #expect(instances.allSatisfy { $0.imageID == "ami-0123456789abcdef0" })
            let orders = Set(rig.calls.withLock { $0 }.filter { $0.hasPrefix("Action=CreateFleet") })
            #expect(orders.count == 1)
            #expect(try await rig.templates().count == 1)
        }
    }

    @Test("a request of an older version is made with what the settings come to now")
    func withoutBlueprint() async throws {
        try await withRig { rig in
            let ids = launched(await rig.process([Self.pool()]).launch(Self.request("journal-1", blueprint: nil)))
            #expect(ids.count == 2)
            // Sent again with other settings it is another request: what it launched is found by its tag.
            let other = rig.process([Self.pool { $0.imageID = "ami-0fedcba9876543210" }])
            #expect(launched(await other.launch(Self.request("journal-1", blueprint: nil))) == ids)
            let count = try await rig.instances().count
            #expect(count == 2)
        }
    }

    @Test("a gang's machines have their interfaces, volume, placement group, tags and user data")
    func gangMachines() async throws {
        try await withRig { rig in
            let cloud = rig.process([
                Self.pool { node in
                    node.bootstrap = .nodeadm
                    node.cluster = .init(
                        endpoint: "https://c",
                        certificateAuthority: "Y2E=",
                        serviceCIDR: "10.1.0.0/16"
                    )
                    node.rootVolume = .init(sizeGiB: 500, iops: 6000)
                    node.usesPlacementGroups = true
                    node.instanceProfile = "node"
                }
            ])
            var blueprint = try #require(
                try await cloud.blueprints()["gpu"]?.blueprint(for: Self.spot, architecture: "amd64")
            )
            blueprint.efaInterfaces = 4
            let request = Self.request("journal-7", count: 3, gang: Self.gang, blueprint: blueprint)
            #expect(launched(await cloud.launch(request)).count == 3)
            let template = try #require(try await rig.templates().first)
            let group = try #require(try await rig.world.withCloud { cloud, _ in cloud.placementGroups.values.first })
            let securityGroup = try await rig.world.withCloud { cloud, _ in cloud.securityGroup.id }
            #expect(template.content.efaInterfaces == 4)
            #expect(template.content.securityGroupIDs == [securityGroup])
            #expect(template.content.placementGroup == group.name)
            #expect(template.content.requiresTokens)
            #expect(template.content.instanceProfile == "node")
            #expect(template.content.volume?.sizeGiB == 500)
            #expect(template.content.volume?.device == "/dev/xvda")
            #expect(template.tags == [Tag.cluster: "demo"])
            #expect(group.tags == [Tag.cluster: "demo"])
            #expect(group.strategy == "cluster")
            for instance in try await rig.instances() {
                #expect(instance.placementGroup == group.name)
                #expect(instance.tags == request.tags)
                #expect(instance.offering == Self.spot)
                let registration = instance.userData.flatMap { UserData(base64: $0) }
                #expect(registration?.bootstrap == .nodeadm)
                #expect(registration?.labels == request.nodeLabels)
                #expect(registration?.taints == request.nodeTaints)
                let fleet = instance.fleetID
                let tags = try await rig.world.withCloud { cloud, _ in cloud.fleetTags[fleet] }
                #expect(tags == request.tags)
            }
            // What is bought for the gang later joins it.
            var later = request
            later.id = "journal-8"
            later.count = 1
            #expect(launched(await cloud.launch(later)).count == 1)
            #expect(try await rig.world.withCloud { cloud, _ in cloud.placementGroups.count } == 1)
        }
    }

    @Test("a gang for which there is too little is not launched in part")
    func allOrNone() async throws {
        try await withRig { rig in
            _ = try await rig.world.withCloud { cloud, now in cloud.setCapacity(2, of: Self.spot, at: now) }
            let cloud = rig.process([Self.pool()])
            let blueprint = try await cloud.blueprints()["gpu"]?.blueprint(for: Self.spot, architecture: "amd64")
            guard case .failed(.noCapacity, _) = await cloud.launch(Self.request("a", count: 3, blueprint: blueprint))
            else {
                Issue.record("launched")
                return
            }
            #expect(try await rig.instances().isEmpty)
            #expect(launched(await cloud.launch(Self.request("b", count: 2, blueprint: blueprint))).count == 2)
        }
    }

    @Test("a launch template that someone removes is made anew")
    func removedTemplate() async throws {
        try await withRig { rig in
            let cloud = rig.process([Self.pool()])
            let blueprint = try await cloud.blueprints()["gpu"]?.blueprint(for: Self.spot, architecture: "amd64")
            #expect(launched(await cloud.launch(Self.request("a", blueprint: blueprint))).count == 2)
            let name = try #require(try await rig.templates().first?.name)
            _ = try await rig.world.withCloud { cloud, now in try cloud.deleteLaunchTemplate(name: name, at: now) }
            #expect(launched(await cloud.launch(Self.request("b", blueprint: blueprint))).count == 2)
            #expect(try await rig.templates().map(\.name) == [name])
        }
    }

    @Test("an operator's launch template is used as it is, at the version that it has when the launch is decided")
    func namedTemplate() async throws {
        try await withRig { rig in
            _ = try await rig.world.withCloud { cloud, now in
                var content = LaunchTemplate.Content()
                content.imageID = "ami-0fedcba9876543210"
                return try cloud.createLaunchTemplate(name: "mine", content: content, tags: [:], at: now)
            }
            let cloud = rig.process([Self.pool { $0.launchTemplate = .init(name: "mine") }])
            let blueprint = try #require(
                try await cloud.blueprints()["gpu"]?.blueprint(for: Self.spot, architecture: "amd64")
            )
            #expect(blueprint.launchTemplate == .init(name: "mine", version: "1"))
            #expect(launched(await cloud.launch(Self.request("a", blueprint: blueprint))).count == 2)
            #expect(try await rig.templates().map(\.name) == ["mine"])
            #expect(try await rig.instances().allSatisfy { $0.imageID == "ami-0fedcba9876543210" })
        }
    }

    @Test("an image is found by a parameter, for each architecture; what is not found is that pool's problem alone")
    func parameters() async throws {
        try await withRig { rig in
            let path =
                "/aws/service/eks/optimized-ami/1.31/amazon-linux-2023/{architecture}/nvidia/recommended/image_id"
            let parameter: (String) -> (inout NodeSettings) -> Void = { name in
                { node in
                    node.imageID = nil
                    node.imageParameter = name
                }
            }
            var arm = Self.pool("arm", parameter(path))
            arm.shapes = [.init(name: "t4g", instanceTypes: ["g5g.xlarge"])]
            let cloud = rig.process([
                Self.pool("gpu", parameter(path)), arm, Self.pool("lost", parameter("/no/such/parameter")),
                Self.pool("nowhere") { $0.subnetTags = ["no": "such"] },
                Self.pool("open") { $0.securityGroupTags = ["no": "such"] },
                Self.pool("silent") { $0.userDataFile = "/no/such/file" },
                Self.pool("bare") { $0.imageID = nil }, Self.pool("odd") { $0.imageID = "ami-odd" },
            ])
            _ = try await cloud.catalogue(instanceTypes: ["p4d.24xlarge", "g5g.xlarge"])
            let blueprints = try await cloud.blueprints()
            let amd64 = try #require(blueprints["gpu"]?.images["amd64"])
            let arm64 = try #require(blueprints["arm"]?.images["arm64"])
            #expect(amd64.hasPrefix("ami-0") && arm64.hasPrefix("ami-a"))
            #expect(blueprints["gpu"]?.subnets.keys.sorted() == ["us-east-1a", "us-east-1b", "us-east-1c"])
            #expect(blueprints["gpu"]?.obstacle(to: Self.spot, architecture: "arm64")?.contains("arm64") == true)
            let problems = blueprints.compactMapValues(\.problem)
            #expect(problems.keys.sorted() == ["bare", "lost", "nowhere", "odd", "open", "silent"])
            #expect(problems["bare"]?.contains("aws.imageParameter") == true)
            #expect(problems["lost"]?.contains("/no/such/parameter") == true)
            #expect(problems["nowhere"]?.contains("no=such") == true)
            #expect(problems["open"]?.contains("aws.securityGroupTags") == true)
            #expect(problems["silent"]?.contains("/no/such/file") == true)
            // Looking things up leaves nothing behind.
            #expect(rig.actions().allSatisfy { $0.hasPrefix("Describe") })
            #expect(try await rig.templates().isEmpty)
        }
    }

    @Test("what no launch needs any more is removed after its time, and nothing else")
    func sweep() async throws {
        try await withRig { rig in
            let cloud = rig.process([Self.pool { $0.usesPlacementGroups = true }])
            let blueprint = try await cloud.blueprints()["gpu"]?.blueprint(for: Self.spot, architecture: "amd64")
            let gone = Self.request("a", gang: Self.gang, blueprint: blueprint)
            var other = Self.gang
            other.name = "other"
            let standing = Self.request("b", gang: other, blueprint: blueprint)
            let ended = launched(await cloud.launch(gone))
            #expect(launched(await cloud.launch(standing)).count == 2)
            try await rig.world.withCloud { cloud, now in
                _ = try cloud.terminate(ended, at: now)
                _ = cloud.advance(to: now + .seconds(300))
                _ = try cloud.createLaunchTemplate(name: "gleaner-of-others", content: .init(), tags: [:], at: now)
            }
            try await cloud.sweepLaunchResources(keeping: [])
            #expect(try await rig.templates().count == 3)
            #expect(try await rig.world.withCloud { cloud, _ in cloud.placementGroups.count } == 2)
            rig.clock.advance(by: .seconds(2 * 3600))
            try await cloud.sweepLaunchResources(keeping: [])
            #expect(try await rig.templates().count == 3)
            // The one with machines in it stays.
            #expect(try await rig.world.withCloud { cloud, _ in cloud.placementGroups.count } == 1)
            rig.clock.advance(by: .seconds(24 * 3600))
            // A restart forgets what was used when; the launch that still waits for its answer needs its template.
            let next = rig.process([Self.pool { $0.usesPlacementGroups = true }])
            try await next.sweepLaunchResources(keeping: [standing])
            #expect(try await rig.templates().count == 2)
            #expect(launched(await next.launch(standing)).count == 2)
            #expect(try await rig.templates().contains { $0.name == "gleaner-of-others" })
        }
    }

    @Test("an operator's launch template survives the sweep, by whatever name, though it carries the cluster's tag")
    func sweepOfNamedTemplates() async throws {
        try await withRig { rig in
            let likeOurs = "gleaner-0123456789abcdef01234567"
            let mine = ["gleaner-gpu", likeOurs]
            for name in mine {
                _ = try await rig.world.withCloud { cloud, now in
                    try cloud.createLaunchTemplate(name: name, content: .init(), tags: [Tag.cluster: "demo"], at: now)
                }
            }
            rig.clock.advance(by: .seconds(48 * 3600))
            let cloud = rig.process([Self.pool { $0.launchTemplate = .init(name: likeOurs) }])
            try await cloud.sweepLaunchResources(keeping: [])
            #expect(Set(try await rig.templates().map(\.name)) == Set(mine))
            // Nothing but the configuration tells this one from ours.
            try await rig.process([Self.pool()]).sweepLaunchResources(keeping: [])
            #expect(try await rig.templates().map(\.name) == ["gleaner-gpu"])
        }
    }

    @Test("user data that has changed since a launch was decided is not taken for what it was")
    func changedUserData() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).sh")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data("#!/bin/sh\necho one".utf8).write(to: file)
        try await withRig { rig in
            let pool = Self.pool { $0.userDataFile = file.path }
            let cloud = rig.process([pool])
            let blueprint = try #require(
                try await cloud.blueprints()["gpu"]?.blueprint(for: Self.spot, architecture: "amd64")
            )
            #expect(blueprint.userDataDigest != nil)
            try Data("#!/bin/sh\necho two".utf8).write(to: file)
            guard
                case .failed(.invalid, let message) = await rig.process([pool]).launch(
                    Self.request("a", blueprint: blueprint)
                )
            else {
                Issue.record("launched with other user data")
                return
            }
            #expect(message.contains("has changed"))
            // The process that decided knows it still, and once the template is there anyone can use it.
            #expect(launched(await cloud.launch(Self.request("b", blueprint: blueprint))).count == 2)
            #expect(launched(await rig.process([pool]).launch(Self.request("c", blueprint: blueprint))).count == 2)
            #expect(try await rig.instances().count == 4)
        }
    }
}
