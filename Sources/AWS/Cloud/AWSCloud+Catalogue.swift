import HTTPTransport
import Logging
package import Model

/// Instance types, their zones and their prices.
extension AWSCloud {
    /// On-demand prices and zones change rarely.
    private static let offeringsInterval: Duration = .seconds(12 * 3600)
    /// How soon they are asked for again when they could not be read.
    private static let offeringsRetryInterval: Duration = .seconds(300)
    /// On-demand prices that were read longer ago are not given out, unless `maximumPriceAge` allows more.
    private static let longestOnDemandAge: Duration = offeringsInterval + .seconds(3600)
    /// A filter takes 200 values at the most.
    private static let mostNames = 100
    /// Calls to the price list that are under way at one time.
    private static let mostPriceCalls = 4

    package func catalogue(instanceTypes: [String]) async throws -> Catalogue {
        let described = try await describe(instanceTypes)
        var result = Catalogue()
        for type in described { result.instanceTypes[type.name] = InstanceType(type) }
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
        for point in try await prices(instanceTypes: described.map(\.name), since: now - .seconds(3600)) {
            result.prices[point.offering] = point
        }
        guard !result.prices.isEmpty else {
            throw AWSCloudError.noPrices(region: settings.region)
        }
        return result
    }

    /// By filter, not by name: one name that the region does not know would fail the whole call.
    private func describe(_ instanceTypes: [String]) async throws(AWSError) -> [EC2InstanceType] {
        var result: [EC2InstanceType] = []
        for batch in instanceTypes.batches(of: Self.mostNames) {
            result += try await ec2.describeInstanceTypes(filters: [EC2Filter("instance-type", batch)])
        }
        return result
    }

    /// On-demand prices and zones.
    private func learnOfferings(_ types: [String]) async throws {
        let askedAt = now
        memory.withLock { $0.offeringsAskedAt = askedAt }
        var offered: [EC2InstanceTypeOffering] = []
        for batch in types.batches(of: Self.mostNames) {
            offered += try await ec2.describeInstanceTypeOfferings(filters: [EC2Filter("instance-type", batch)])
        }
        let zones = Dictionary(grouping: offered, by: \.instanceType).mapValues { $0.map(\.zone).sorted() }
        let prices = try await pricing.onDemandPrices(types, atOnce: Self.mostPriceCalls, logger: logger)
            .mapValues { Money($0) }
        memory.withLock { memory in
            memory.zonesByType = zones
            memory.onDemand = prices
            memory.offeringsReadAt = askedAt
        }
    }

    /// Reads zones and on-demand prices again when they have not been for long; what is known stands if that fails.
    private func refreshOfferings() async {
        let known = memory.withLock { $0 }
        let types = known.zonesByType.keys.sorted()
        guard !types.isEmpty, let askedAt = known.offeringsAskedAt else { return }
        let wasRead = known.offeringsReadAt == askedAt
        guard now - askedAt >= (wasRead ? Self.offeringsInterval : Self.offeringsRetryInterval) else { return }
        do {
            try await learnOfferings(types)
        } catch {
            logger.warning(
                "on-demand prices not read, the last ones stand until they are too old",
                metadata: ["readAt": "\(known.offeringsReadAt.map { "\($0)" } ?? "never")", "error": "\(error)"]
            )
        }
    }

    package func prices(instanceTypes: [String], since: Timestamp) async throws -> [PricePoint] {
        await refreshOfferings()
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
        let isCurrent = known.offeringsReadAt.map { now - $0 <= max(maximumPriceAge, Self.longestOnDemandAge) } ?? false
        for (type, price) in known.onDemand where isCurrent && instanceTypes.contains(type) {
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
}

extension InstanceType {
    /// What EC2's description of a type comes to for pods.
    package init(_ type: EC2InstanceType) {
        self.init(
            ec2Name: type.name,
            vCPUs: Int64(type.virtualCPUs),
            memoryMiB: Int64(type.memoryMiB),
            accelerators: type.accelerators.map {
                InstanceTypeAccelerator(
                    manufacturer: $0.manufacturer,
                    name: $0.name,
                    count: Int64($0.count),
                    memoryMiB: Int64($0.memoryMiB),
                    cores: Int64($0.cores)
                )
            },
            ec2Architecture: type.architectures.first ?? "x86_64",
            addressablePods: type.addressablePods.map(Int64.init),
            efaInterfaces: Int64(type.efaInterfaces)
        )
    }
}

extension Array {
    /// The elements in groups of at most so many.
    func batches(of size: Int) -> [[Element]] {
        stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
    }
}
