import Foundation
import HTTPTransport
package import Logging
package import Model
package import Runtime

/// EC2 as the loop's cloud: catalogue and prices, fleets, instances.
package struct AWSCloud: Cloud {
    let ec2: EC2Client
    private let pricing: PricingClient
    let settings: GleanerConfiguration.AWS
    let clusterName: String
    let ssm: SSMClient
    let serviceQuotas: ServiceQuotasClient
    let pools: [Pool]
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
        settings = configuration.aws
        clusterName = configuration.clusterName
        self.clock = clock
        self.logger = logger
    }

    package func catalogue(instanceTypes: [String]) async throws -> Catalogue {
        let described = try await ec2.describeInstanceTypes(instanceTypes)
        var result = Catalogue()
        for type in described {
            result.instanceTypes[type.name] = InstanceType(
                ec2Name: type.name,
                vCPUs: Int64(type.virtualCPUs),
                memoryMiB: Int64(type.memoryMiB),
                accelerators: type.gpus.map {
                    InstanceTypeAccelerator(manufacturer: $0.manufacturer, name: $0.name, count: Int64($0.count))
                },
                ec2Architecture: type.architectures.first ?? "x86_64"
            )
        }
        let types = result.instanceTypes
        launches.withLock { $0.types = types }
        let missing = instanceTypes.filter { result.instanceTypes[$0] == nil }
        guard !result.instanceTypes.isEmpty else {
            throw AWSCloudError.emptyCatalogue(region: settings.region, instanceTypes: instanceTypes)
        }
        if !missing.isEmpty {
            let names = missing.joined(separator: ", ")
            logger.warning("instance types not offered here", metadata: ["types": "\(names)"])
        }
        try await learnOfferings(described.map(\.name))
        for point in try await prices(instanceTypes: described.map(\.name), since: clock.now - .seconds(3600)) {
            result.prices[point.offering] = point
        }
        guard !result.prices.isEmpty else {
            throw AWSCloudError.noPrices(region: settings.region)
        }
        return result
    }

    /// On-demand prices and zones: they change rarely, and are read at every start.
    private func learnOfferings(_ types: [String]) async throws {
        let offered = try await ec2.describeInstanceTypeOfferings(filters: [EC2Filter("instance-type", types)])
        let zones = Dictionary(grouping: offered, by: \.instanceType).mapValues { $0.map(\.zone).sorted() }
        var prices: [String: Money] = [:]
        for type in types {
            for price in try await pricing.getProducts(instanceType: type) where price.instanceType == type {
                prices[type] = Money(price.dollarsPerHour)
            }
        }
        memory.withLock { memory in
            memory.zonesByType = zones
            memory.onDemand = prices
        }
    }

    package func prices(instanceTypes: [String], since: Timestamp) async throws -> [PricePoint] {
        let spot = try await ec2.describeSpotPriceHistory(
            instanceTypes: instanceTypes,
            startMilliseconds: since.milliseconds
        )
        var points = spot.map { price in
            PricePoint(
                offering: Offering(instanceType: price.instanceType, zone: price.zone, capacityType: .spot),
                pricePerHour: Money(price.dollarsPerHour),
                effectiveAt: Timestamp(milliseconds: price.fromMilliseconds)
            )
        }
        let known = memory.withLock { $0 }
        for (type, price) in known.onDemand where instanceTypes.contains(type) {
            for zone in known.zonesByType[type] ?? [] {
                points.append(
                    PricePoint(
                        offering: Offering(instanceType: type, zone: zone, capacityType: .onDemand),
                        pricePerHour: price,
                        effectiveAt: since
                    )
                )
            }
        }
        return points.sorted { ($0.effectiveAt, $0.offering) < ($1.effectiveAt, $1.offering) }
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
        case .cannotLaunch(let pool, let reason):
            "pool \(pool) cannot launch: \(reason)"
        }
    }

    private static func words(_ tags: [String: String]) -> String {
        tags.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ", ")
    }
}
