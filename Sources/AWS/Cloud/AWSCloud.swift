import Foundation
import HTTPTransport
package import Logging
package import Model
package import Runtime

/// EC2 as the loop's cloud: catalogue and prices, fleets, instances.
package struct AWSCloud: Cloud {
    let ec2: EC2Client
    let pricing: PricingClient
    let settings: GleanerConfiguration.AWS
    let clusterName: String
    let questions: MarketQuestions
    let ssm: SSMClient
    let serviceQuotas: ServiceQuotasClient
    let pools: [Pool]
    let maximumPriceAge: Duration
    private let clock: any Runtime.Clock

    var now: Timestamp { clock.now }
    let logger: Logger
    let launches = Locked(LaunchMemory())
    let memory = Locked(Memory())
    let inquiries = Locked(InquiryMemory())

    /// What need not be asked for again.
    struct Memory: Sendable {
        var onDemand: [String: Money] = [:]
        var zonesByType: [String: [String]] = [:]
        /// When both were last read, or were last tried to be.
        var offeringsAskedAt: Timestamp?
        /// When both were last read.
        var offeringsReadAt: Timestamp?
        var scoresAskedAt: Timestamp?
        var zoneNames: [String: String]?
    }

    /// - Parameters:
    ///   - client: signs and sends.
    ///   - configuration: the service's.
    ///   - clock: of the cloud, for the times in requests' bodies.
    ///   - logger: takes what an operator should know.
    package init(
        client: AWSClient,
        configuration: GleanerConfiguration,
        clock: any Runtime.Clock,
        logger: Logger
    ) {
        ec2 = EC2Client(client)
        pricing = PricingClient(client)
        serviceQuotas = ServiceQuotasClient(client)
        ssm = SSMClient(client)
        pools = configuration.pools
        maximumPriceAge = configuration.maximumPriceAge
        settings = configuration.aws
        clusterName = configuration.clusterName
        questions = MarketQuestions(configuration)
        self.clock = clock
        self.logger = logger
    }

    package func terminate(_ instances: [InstanceID]) async throws {
        do {
            _ = try await ec2.terminateInstances(instances.map(\.value))
        } catch {
            guard error.kind == .gone || Self.namesUnknownInstance(error) else { throw error }
            // One unknown id fails the whole call: the others go one by one.
            guard instances.count > 1 else { return }
            for instance in instances { try await terminate([instance]) }
        }
    }

    private static func namesUnknownInstance(_ error: AWSError) -> Bool {
        if case .refused(let refusal) = error { refusal.code.hasPrefix("InvalidInstanceID") } else { false }
    }

    package func instances(clusterName: String) async throws -> [Instance] {
        try await ec2.describeInstances(filters: [EC2Filter("tag:\(Tag.cluster)", [clusterName])]).map(Self.instance)
    }

    static func instance(_ described: EC2Instance) -> Instance {
        Instance(
            id: InstanceID(described.id),
            offering: Offering(
                instanceType: described.instanceType,
                zone: described.zone,
                capacityType: described.isSpot ? .spot : .onDemand
            ),
            state: Instance.State(rawValue: described.state) ?? .pending,
            launchedAt: Timestamp(milliseconds: described.launchMilliseconds),
            endedAt: described.stateTransitionMilliseconds.map { Timestamp(milliseconds: $0) },
            stateReason: described.stateReasonCode,
            tags: described.tags,
            imageID: described.imageID
        )
    }
}

/// What keeps the adapter from working at all.
package enum AWSCloudError: Error, Equatable, CustomStringConvertible {
    case emptyCatalogue(region: String, instanceTypes: [String])
    case noPrices(region: String)
    case noSubnets(tags: [String: String])
    case noSecurityGroups(tags: [String: String])
    case noImage
    case noImageParameter([String])
    case imageNotReady([String])
    case unreadableUserData(path: String)
    case userDataChanged(pool: String)
    case launchTemplateMissing(String)
    case placementGroupMissing(String)
    case cannotLaunch(pool: String, reason: String)

    package var description: String {
        switch self {
        case .emptyCatalogue(let region, let types):
            "the catalogue of \(region) has none of the configured instance types (\(types.joined(separator: ", "))): "
                + "correct pools[].shapes or aws.region"
        case .noPrices(let region):
            "\(region) publishes no price for any configured instance type: correct pools[].shapes or aws.region"
        case .noSubnets(let tags):
            tags.isEmpty
                ? "the region has no subnet in the network of the security groups: correct securityGroups"
                : "no subnet carries the tags \(Self.words(tags)): tag one a zone, or correct aws.subnetTags"
        case .noSecurityGroups(let tags):
            "no security group carries the tags \(Self.words(tags)): tag one, or correct aws.securityGroupTags"
        case .noImage:
            "no machine image is configured: set aws.imageID, aws.imageParameter or aws.launchTemplate"
        case .noImageParameter(let names):
            "there is no parameter \(names.joined(separator: ", ")) in Systems Manager: correct aws.imageParameter"
        case .imageNotReady(let ids):
            "machine image \(ids.joined(separator: ", ")) cannot be launched from yet, or not any more: correct "
                + "aws.imageID or aws.imageParameter"
        case .unreadableUserData(let path):
            "the user data \(path) cannot be read as UTF-8 of at most \(UserData.limitBytes) bytes: correct "
                + "aws.userDataFile"
        case .userDataChanged(let pool):
            "the user data of pool \(pool) has changed since this launch was decided, and nothing was launched with what "
                + "it was: the next launch takes the new one"
        case .launchTemplateMissing(let name):
            "there is no launch template \(name): correct aws.launchTemplate, or see who removes it"
        case .placementGroupMissing(let name):
            "there is no placement group \(name), although it was made: see who removes it"
        case .cannotLaunch(let pool, let reason):
            "pool \(pool) cannot launch: \(reason)"
        }
    }

    private static func words(_ tags: [String: String]) -> String {
        tags.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ", ")
    }
}
