import AWS
import Foundation
import HTTPTransport
import Model
import Simulation
import Testing

extension EndToEnd {
    @Suite("A dry run")
    struct DryRunTests {
        private struct Decisions: Decodable {
            struct Item: Decodable {
                var text: String
            }

            var items: [Item]
        }

        @Test(
            "buys nothing, terminates nothing, makes no launch template and touches no message, and says what it would do",
            .timeLimit(.minutes(4))
        )
        func dryRun() async throws {
            let scene = try Scene()
            try await scene.startWorld(
                speed: 6000,
                arrivals: ["{after: 0s, manifest: demo/training.yaml, namespace: vision, name: first, work: 90m}"]
            )
            let cloud = try Self.cloud(scene)
            // One of the cluster's instances that nobody's journal knows: a service would sweep it.
            let strays = try await Self.launchStray(cloud)
            let service = try scene.start(
                scene.serviceArguments() + ["--dry-run"],
                environment: scene.serviceEnvironment
            )
            let url = try await scene.address(of: service)
            let swept = try await scene.status().now
            try await Self.wait(service) {
                let decisions: Decisions = try await scene.json("\(url)/api/v1/decisions")
                return decisions.items.contains { $0.text.contains("dry run: would buy") }
            }
            // Several rounds of everything that is done at intervals, even once a day.
            let status = try await scene.wait(150) { $0.now > swept + .seconds(26 * 3600) }
            #expect(status.launches.map(\.clientToken) == [Self.stray])
            #expect(status.liveInstances == strays.count)
            #expect(try await cloud.ec2.describeLaunchTemplates().map(\.name) == [Self.stray])
            let shown = try await cloud.ec2.describeInstances(strays)
            #expect(shown.map(\.state) == ["running"])
            #expect(shown.allSatisfy { $0.tags["gleaner.dev/claim"] == nil })
            let queue = try await cloud.sqs.getQueueURL(name: "gleaner-demo")
            let messages = try await cloud.sqs.receiveMessages(queue, waitSeconds: 0)
            let bodies = Set(try messages.map { try InterruptionMessage(body: $0.body).kind })
            #expect(
                bodies == [
                    .stateChange(instanceID: strays[0], state: "pending"),
                    .stateChange(instanceID: strays[0], state: "running"),
                ]
            )
            #expect(service.errors.contains("the interruption queue is there; a dry run does not read it"))
            service.terminate()
            #expect(try await service.end().status == 0, "\(service.errors)")
        }

        /// Of the cluster's own kind, and nobody's.
        private static let stray = "gleaner-0123456789abcdef01234567"

        private struct Clients {
            var ec2: EC2Client
            var sqs: SQSClient
        }

        private static func cloud(_ scene: Scene) throws -> Clients {
            let environment = try scene.serviceEnvironment
            let configuration = try AWSConfiguration(region: "us-east-1", environment: environment)
            let sources = CredentialSources(
                environment: environment,
                configuration: configuration,
                http: scene.http
            )
            let client = AWSClient(configuration: configuration, credentials: sources.chain(), http: scene.http)
            return Clients(ec2: EC2Client(client), sqs: SQSClient(client))
        }

        private static func launchStray(_ cloud: Clients) async throws -> [String] {
            _ = try await cloud.ec2.createLaunchTemplate(
                name: stray,
                EC2LaunchTemplateData(imageID: "ami-00000000000000000", userData: Secret("#!/bin/sh")),
                tags: ["gleaner.dev/cluster": "demo"],
                clientToken: stray
            )
            let zones = try await cloud.ec2.describeSubnets()
            let launched = try await cloud.ec2.createFleet(
                EC2FleetRequest(
                    clientToken: stray,
                    launchTemplateName: stray,
                    overrides: [.init(instanceType: "g5.xlarge", subnetID: try #require(zones.first).id)],
                    capacityType: .onDemand,
                    count: 1,
                    allocationStrategy: "lowest-price",
                    tags: ["instance": ["gleaner.dev/cluster": "demo"]]
                )
            )
            let ids = launched.launches.flatMap(\.instanceIDs)
            try #require(ids.count == 1)
            return ids
        }

        private static func wait(_ service: Program, until isSo: () async throws -> Bool) async throws {
            let deadline = ContinuousClock.now + .seconds(60)
            while try await !isSo() {
                try #require(service.isRunning, "ended early: \(service.errors)")
                try #require(ContinuousClock.now < deadline, "not within 60 s: \(service.errors.suffix(2000))")
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }
}
