import Model

@testable import Simulation

/// A world with nothing but a cloud, at a clock that stands still.
actor StillWorld: CloudFront {
    private let cloud: CloudModel

    init() throws {
        var configuration = CloudFixtures.configuration()
        configuration.spotCapacity = 20...40
        configuration.quotas = [
            Quota(family: .graphics, isSpot: false): 64, Quota(family: .inferentia, isSpot: true): 4,
        ]
        configuration.reservations = [
            CloudReservation(
                id: "cr-0123456789abcdef0",
                instanceType: "g5.xlarge",
                zone: "us-east-1a",
                count: 4,
                tags: ["gleaner.dev/cluster": "demo"]
            ),
            CloudReservation(
                id: "cr-0123456789abcdef1",
                kind: .capacityBlock,
                instanceType: "p4d.24xlarge",
                zone: "us-east-1b",
                count: 2,
                endsAfter: .seconds(7 * 86_400)
            ),
            CloudReservation(
                id: "cr-0123456789abcdef2",
                kind: .capacityBlock,
                instanceType: "p4d.24xlarge",
                zone: "us-east-1b",
                count: 2,
                endsAfter: .seconds(86_400)
            ),
        ]
        configuration.volumes = [
            CloudVolume(id: "vol-0123456789abcdef0", zone: "us-east-1b", tags: ["gleaner.dev/dataset": "images"]),
            CloudVolume(id: "vol-0123456789abcdef1", zone: "us-east-1c"),
        ]
        cloud = CloudModel(
            configuration: configuration,
            catalogue: try CloudCatalogue.load(path: CloudFixtures.cataloguePath)
        )
        _ = cloud.advance(to: configuration.startsAt + .seconds(3 * 86_400))
    }

    func withCloud<R: Sendable>(_ body: @Sendable (CloudModel, Timestamp) throws -> R) async throws -> R {
        try body(cloud, cloud.now)
    }
}
