import Model

@testable import Simulation

/// A world with nothing but a cloud, at a clock that stands still.
actor StillWorld: CloudFront {
    private let cloud: CloudModel

    init() throws {
        var configuration = CloudFixtures.configuration()
        configuration.spotCapacity = 20...40
        configuration.quotas = [Quota(family: .graphics, isSpot: false): 64, Quota(family: .p, isSpot: true): 8]
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
