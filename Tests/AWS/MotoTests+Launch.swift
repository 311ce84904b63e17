import Foundation
import HTTPTransport
import Logging
import Model
import Runtime
import Testing

@testable import AWS

/// The launching part of the provider, as the loop calls it.
extension MotoTests {
    private final class HandClock: Runtime.Clock {
        private let time = Locked(Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)))

        var now: Timestamp { time.withLock { $0 } }

        func advance(by length: Duration) {
            time.withLock { $0 = $0 + length }
        }

        func sleep(until time: Timestamp) async throws {}
    }

    private struct PutParameter: Encodable {
        let Name: String
        let Value: String
        let `Type` = "String"
    }

    private struct Nothing: Decodable {}

    @Test("a pool's settings are looked up, its machines launched, found by their tags, terminated, and all tidied up")
    func launching() async throws {
        let mark = "m-\(UUID().uuidString.lowercased())"
        let parameter = "/\(mark)/x86_64/image"
        let _: Nothing = try await client.call(
            .ssm,
            target: "AmazonSSM.PutParameter",
            version: "1.1",
            PutParameter(Name: parameter, Value: "ami-12c6146b")
        )
        let subnets = try await ec2.describeSubnets()
        let network = try #require(subnets.first?.vpcID)
        let group = try #require(
            try await ec2.describeSecurityGroups(filters: [EC2Filter("vpc-id", [network])]).first
        )
        try await ec2.createTags(["discovery": mark], on: subnets.map(\.id) + [group.id])

        var pool = Pool(name: "gpu", shapes: [.init(name: "t4", instanceTypes: ["g4dn.xlarge"])])
        pool.node.imageParameter = "/\(mark)/{architecture}/image"
        pool.node.subnetTags = ["discovery": mark]
        pool.node.securityGroupTags = ["discovery": mark]
        pool.node.bootstrap = .nodeadm
        pool.node.cluster = .init(endpoint: "https://c", certificateAuthority: "Y2E=", serviceCIDR: "10.100.0.0/16")
        pool.node.rootVolume = .init(sizeGiB: 200)
        var lost = pool
        lost.name = "lost"
        lost.node.imageParameter = "/\(mark)/none"
        let clock = HandClock()
        let cloud = AWSCloud(
            client: client,
            configuration: GleanerConfiguration(clusterName: mark, pools: [pool, lost]),
            clock: clock,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let blueprints = try await cloud.blueprints()
        #expect(blueprints["lost"]?.problem?.contains("/\(mark)/none") == true)
        for capacityType in [CapacityType.spot, .onDemand] {
            let offering = Offering(instanceType: "g4dn.xlarge", zone: "us-east-1a", capacityType: capacityType)
            let blueprint = try #require(blueprints["gpu"]?.blueprint(for: offering, architecture: "amd64"))
            #expect(blueprint.imageID == "ami-12c6146b")
            #expect(blueprint.securityGroupIDs == [group.id])
            #expect(blueprint.rootVolume?.device == "/dev/sda1")
            let id = "\(mark)-\(capacityType.rawValue)"
            let request = LaunchRequest(
                id: id,
                pool: "gpu",
                shape: Shape(name: "t4", instanceTypes: ["g4dn.xlarge"], allocatable: Resources()),
                offering: offering,
                count: 2,
                pricePerHour: .zero,
                nodeLabels: [Label.pool: "gpu"],
                nodeTaints: [.starting],
                tags: [Tag.cluster: mark, Tag.pool: "gpu", Tag.claim: id, Tag.name: "node"],
                workloads: [],
                gang: nil,
                expectedCost: .zero,
                blueprint: blueprint
            )
            guard case .launched(let instances) = await cloud.launch(request) else {
                Issue.record("not launched as \(capacityType)")
                return
            }
            #expect(instances.count == 2)
            let listed = try await cloud.instances(clusterName: mark).filter { $0.tags[Tag.claim] == id }
            #expect(Set(listed.map(\.id)) == Set(instances.map(\.id)))
            for instance in listed {
                #expect(instance.offering == offering)
                #expect(instance.imageID == "ami-12c6146b")
                #expect(instance.tags.filter { !$0.key.hasPrefix("aws:") } == request.tags)
            }
            try await cloud.terminate(instances.map(\.id) + [InstanceID("i-0123456789abcdef0")])
        }
        #expect(try await cloud.instances(clusterName: mark).allSatisfy(\.isGone))

        let ours = [EC2Filter("tag:\(Tag.cluster)", [mark])]
        // One for spot and on-demand each, unless what they say to their nodes is the same.
        #expect(try await ec2.describeLaunchTemplates(filters: ours).count == 1)
        try await cloud.sweepLaunchResources(keeping: [])
        #expect(try await ec2.describeLaunchTemplates(filters: ours).count == 1)
        clock.advance(by: .seconds(25 * 3600))
        try await cloud.sweepLaunchResources(keeping: [])
        #expect(try await ec2.describeLaunchTemplates(filters: ours).isEmpty)
    }
}
