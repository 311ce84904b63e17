import Foundation
import Model

@testable import Simulation

/// Small clouds for tests: two types with spot, one without, and quiet queues unless asked otherwise.
enum CloudFixtures {
    static let start = Timestamp(seconds: 1_784_600_000)

    static let csv = """
        # published: 2026-07-20
        instance_type,accelerator_manufacturer,accelerator_name,accelerator_count,accelerator_memory_mib,vcpus,\
        memory_mib,efa,on_demand_usd_per_hour,spot_saving_percent,spot_interruption_per_month,architectures
        g5.xlarge,NVIDIA,A10G,1,22888,4,16384,False,1.006000,59,>20%,x86_64
        p3.2xlarge,NVIDIA,V100,1,16384,8,62464,False,3.060000,80,>20%,x86_64
        g7e.2xlarge,NVIDIA,RTX PRO Server 6000,1,98304,8,65536,False,3.363120,,,x86_64
        """

    static func configuration(seed: UInt64 = 1) -> CloudConfiguration {
        var configuration = CloudConfiguration(seed: seed, startsAt: start)
        configuration.interruptionsPerDay = 0
        configuration.duplicateShare = 0
        configuration.lateShare = 0
        return configuration
    }

    static func cloud(_ configuration: CloudConfiguration? = nil) throws -> CloudModel {
        CloudModel(
            configuration: configuration ?? self.configuration(),
            catalogue: try CloudCatalogue.load(csv: csv)
        )
    }

    static func specification(
        _ token: String,
        count: Int = 1,
        type: String = "g5.xlarge",
        zone: String = "us-east-1a",
        capacityType: CapacityType = .spot
    ) -> LaunchSpecification {
        LaunchSpecification(
            clientToken: token,
            count: count,
            minimum: count,
            overrides: [.init(instanceType: type, zone: zone)],
            capacityType: capacityType
        )
    }

    static func spot(_ type: String = "g5.xlarge", _ zone: String = "us-east-1a") -> Offering {
        Offering(instanceType: type, zone: zone, capacityType: .spot)
    }

    /// Path of the catalogue that the project ships.
    static var cataloguePath: String {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "config/catalogues/aws-us-east-1.csv").path(percentEncoded: false)
    }
}

extension CloudModel {
    /// Launches one instance and waits until it runs.
    func running(
        _ token: String,
        type: String = "g5.xlarge",
        capacityType: CapacityType = .spot
    ) throws -> CloudInstance {
        let id = try launch(
            CloudFixtures.specification(token, type: type, capacityType: capacityType),
            at: now
        ).instances[0]
        _ = advance(to: now + .seconds(10))
        guard let instance = instance(id), instance.state == .running else {
            throw CloudError("test", "\(id) does not run")
        }
        return instance
    }
}
