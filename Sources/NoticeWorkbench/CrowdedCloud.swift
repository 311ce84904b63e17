import AWS
import Logging
import Loopback
package import Model
import Runtime
package import Simulation

/// A simulated cloud behind its wire protocols, with many spot instances of one launch that it takes back all at once.
/// Its clock is the wall's.
package actor CrowdedCloud: CloudFront {
    package static let accessKeyID = "AKIDCROWD"
    package static let secretAccessKey = "crowd/secret+key"
    package static let queueName = "crowd"
    package static let subnetTags = ["gleaner.dev/discovery": "crowd"]

    private let cloud: CloudModel
    private let clock = WallClock()
    package nonisolated let crowd: Crowd

    /// - Parameters:
    ///   - count: of instances.
    ///   - identity: of the journal that is to know them.
    ///   - catalogue: path of a shape catalogue.
    ///   - duplicateShare: of messages that are delivered twice.
    ///   - lateShare: of messages that come seconds late, and so out of order.
    /// - Throws: what keeps the catalogue from being read, or the cloud from launching.
    package init(
        count: Int,
        identity: String,
        catalogue: String,
        duplicateShare: Double = 0,
        lateShare: Double = 0
    ) throws {
        let now = clock.now
        var configuration = CloudConfiguration(seed: 1, startsAt: now - .seconds(4 * 3600))
        configuration.interruptionsPerDay = 0
        configuration.duplicateShare = duplicateShare
        configuration.lateShare = lateShare
        configuration.subnetTags = Self.subnetTags
        // Nothing else is to be had.
        configuration.capacityRules = [CapacityRule(OfferingPattern(), .fixed(0))]
        let cloud = CloudModel(configuration: configuration, catalogue: try CloudCatalogue.load(path: catalogue))
        let launchedAt = now - .seconds(2 * 3600)
        cloud.setCapacity(Int64(count), of: Crowd.offering, at: launchedAt)
        var specification = LaunchSpecification(
            clientToken: Crowd.launch(identity),
            count: count,
            minimum: count,
            overrides: [.init(instanceType: Crowd.offering.instanceType, zone: Crowd.offering.zone)],
            capacityType: .spot
        )
        specification.tags = [Tag.cluster: Crowd.clusterName, Tag.claim: Crowd.launch(identity)]
        crowd = Crowd(instances: try cloud.launch(specification, at: launchedAt).instances, launchedAt: launchedAt)
        _ = cloud.advance(to: now)
        // What was said of their start is read.
        while true {
            let old = cloud.queue.receive(maximum: 1000, visibilityTimeout: .seconds(60), now: now)
            guard !old.isEmpty else { break }
            cloud.acknowledge(old.map(\.receiptHandle))
        }
        self.cloud = cloud
    }

    package func withCloud<R: Sendable>(_ body: @Sendable (CloudModel, Timestamp) throws -> R) async throws -> R {
        let now = clock.now
        _ = cloud.advance(to: now)
        return try body(cloud, now)
    }

    /// Warns every instance.
    package func takeBack() {
        cloud.setCapacity(0, of: Crowd.offering, at: clock.now)
    }

    /// Puts other messages between those that are there.
    package func send(_ bodies: [String]) {
        for body in bodies { cloud.queue.send(.text(body), at: clock.now) }
    }

    /// Messages that wait, or were read and not deleted.
    package var waiting: Int { cloud.queue.count }

    /// Serves its endpoints while the body runs.
    /// - Returns: What the body returns.
    /// - Throws: what keeps it from listening, or what the body throws.
    package nonisolated func serving<Value: Sendable>(_ body: (_ endpoint: String) async throws -> Value) async throws
        -> Value
    {
        var configuration = AWSAPIConfiguration(accessKeys: [Self.accessKeyID: Self.secretAccessKey])
        configuration.queueName = Self.queueName
        return try await Loopback.serving(logger: .silent) {
            AWSAPIServer(configuration: configuration, front: self, logger: .silent, onRunning: $0)
        } _: { port in
            try await body("http://127.0.0.1:\(port)")
        }
    }
}
