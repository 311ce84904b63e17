import AWS
import Foundation
import HTTPTransport
import Model
import Runtime
import TestSupport
import Testing

@testable import Simulation

@Suite("The world's market over the wire", .timeLimit(.minutes(3)))
struct MarketWireTests {
    private struct WorldTime: Runtime.Clock {
        var now: Timestamp

        func sleep(until time: Timestamp) async throws {}
    }

    private static let configuration: GleanerConfiguration = {
        let shapes = ["g5.xlarge", "g5.2xlarge", "trn1.2xlarge", "p4d.24xlarge"].map {
            Pool.ShapeTemplate(name: $0.replacing(".", with: "-"), instanceTypes: [$0])
        }
        let pool = Pool(name: "gpu", shapes: shapes, capacityTypes: CapacityType.allCases)
        var result = GleanerConfiguration(clusterName: "test", pools: [pool])
        result.datasets = [Dataset(name: "images", zones: [], loadSeconds: 600)]
        result.aws.placementScores = .init(minimum: 2)
        return result
    }()

    private func withClient<R: Sendable>(_ body: @Sendable (AWSClient, StillWorld) async throws -> R) async throws -> R
    {
        let world = try StillWorld()
        return try await serving {
            AWSAPIServer(
                configuration: AWSAPIConfiguration(accessKeys: ["AKIDGLEANER": "secret/+key"]),
                front: world,
                logger: silentLogger,
                onRunning: $0
            )
        } _: { port in
            let endpoint = "http://127.0.0.1:\(port)"
            let http = HTTPClient()
            let client = AWSClient(
                configuration: AWSConfiguration(
                    region: "us-east-1",
                    endpoints: Dictionary(uniqueKeysWithValues: AWSService.allCases.map { ($0, endpoint) })
                ),
                credentials: StaticCredentials(
                    Credentials(accessKeyID: "AKIDGLEANER", secretAccessKey: Secret("secret/+key"))
                ),
                http: http
            )
            let result = try await body(client, world)
            await http.shutDown()
            return result
        }
    }

    @Test("shapes, prices, reservations, scores and datasets come over the wire as the cloud has them")
    func report() async throws {
        try await withClient { client, world in
            let now = try await world.withCloud { $1 }
            let cloud = AWSCloud(
                client: client,
                configuration: Self.configuration,
                clock: WorldTime(now: now),
                logger: silentLogger
            )
            let types = ["g5.2xlarge", "g5.xlarge", "nothing.large", "p4d.24xlarge", "trn1.2xlarge"]
            let seen = try await cloud.catalogue(instanceTypes: types)
            let truth = try await world.withCloud { cloud, now in cloud.catalogue(instanceTypes: types, at: now) }
            #expect(seen.instanceTypes == truth.instanceTypes)
            #expect(seen.prices.mapValues(\.pricePerHour) == truth.prices.mapValues(\.pricePerHour))
            let report = await cloud.market()
            let expected = try await world.withCloud { cloud, now in cloud.market(for: Self.configuration, at: now) }
            #expect(report.reservations == expected.reservations)
            #expect(report.reservations?.count == 2)
            #expect(report.datasetZones == ["images": ["us-east-1b"]])
            let offering = Offering(instanceType: "g5.xlarge", zone: "us-east-1a", capacityType: .spot)
            let score = try await world.withCloud { cloud, _ in
                cloud.placementScore(["g5.xlarge"], zone: "us-east-1a", count: 1)
            }
            #expect(report.placementScores?[offering] == score)
        }
    }

    private static func request(_ id: String, _ reservation: Reservation, count: Int) -> LaunchRequest {
        LaunchRequest(
            id: id,
            pool: "gpu",
            shape: Shape(name: "a", instanceTypes: [reservation.instanceType], allocatable: Resources()),
            offering: reservation.offering,
            count: count,
            pricePerHour: .zero,
            nodeLabels: [Label.pool: "gpu"],
            nodeTaints: [.starting],
            tags: [Tag.cluster: "test", Tag.pool: "gpu", Tag.claim: id, Tag.name: "test-gpu"],
            workloads: [],
            gang: nil,
            expectedCost: .zero,
            reservation: reservation
        )
    }

    @Test("what is launched in a reservation or a capacity block runs there, and it has that much less")
    func launch() async throws {
        try await withClient { client, world in
            var configuration = Self.configuration
            configuration.pools[0].node.imageID = "ami-0123456789abcdef0"
            configuration.pools[0].node.subnetTags = ["gleaner.dev/discovery": "demo"]
            configuration.pools[0].node.securityGroupTags = ["gleaner.dev/discovery": "demo"]
            let now = try await world.withCloud { $1 }
            let cloud = AWSCloud(
                client: client,
                configuration: configuration,
                clock: WorldTime(now: now),
                logger: silentLogger
            )
            for (index, reservation) in try #require(await cloud.market().reservations).enumerated() {
                let outcome = await cloud.launch(Self.request("one-\(index)", reservation, count: 2))
                guard case .launched(let instances) = outcome else {
                    Issue.record("\(outcome)")
                    continue
                }
                #expect(instances.count == 2)
                let machines = try await world.withCloud { cloud, _ in instances.compactMap { cloud.instance($0.id) } }
                #expect(machines.map(\.reservationID) == [reservation.id, reservation.id])
                #expect(machines.allSatisfy { $0.offering.capacityType == .reserved })
                let left = await cloud.market().reservations?.first { $0.id == reservation.id }
                #expect(left?.available == reservation.available - 2)
                let refused = await cloud.launch(Self.request("two-\(index)", reservation, count: 3))
                guard case .failed(let failure, let message) = refused else {
                    Issue.record("\(refused)")
                    continue
                }
                #expect(failure != .unanswered && message.hasPrefix("ReservationCapacityExceeded"))
            }
        }
    }

    @Test("a list of prices has every zone of every type with the accelerator, spot with its range")
    func list() async throws {
        try await withClient { client, world in
            let now = try await world.withCloud { $1 }
            let reader = MarketReader(client, logger: silentLogger)
            let question = MarketReader.Question(accelerator: "a10g", instanceTypes: [], since: now - .seconds(86_400))
            let offers = try await reader.offers(question)
            #expect(Set(offers.map(\.type.accelerator)) == ["A10G"])
            let one = offers.filter { $0.offering.instanceType == "g5.xlarge" }
            #expect(one.count == 6)
            for offer in one where offer.offering.capacityType == .spot {
                let truth = try await world.withCloud { cloud, now in cloud.price(of: offer.offering, at: now) }
                #expect(offer.pricePerHour == truth)
                #expect(offer.lowest <= offer.pricePerHour && offer.pricePerHour <= offer.highest)
                #expect(offer.lowest < offer.highest)
            }
            #expect(
                one.filter { $0.offering.capacityType == .onDemand }.map(\.pricePerHour).allSatisfy {
                    $0 == Money("1.006")
                }
            )
            let none = MarketReader.Question(accelerator: "A10", instanceTypes: [], since: now)
            let error = await #expect(throws: MarketReaderError.self) { try await reader.offers(none) }
            #expect(error?.description.contains("with the accelerator A10; accelerators there: A100, A10G,") == true)
        }
    }
}
