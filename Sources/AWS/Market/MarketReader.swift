package import Logging
package import Model

/// Reads what a region sells, for people who want to compare prices: no service and no configuration is needed.
package struct MarketReader: Sendable {
    /// An offering with its price, and what it was before.
    package struct Offer: Hashable, Sendable {
        package var offering: Offering
        package var type: InstanceType
        package var pricePerHour: Money
        /// Since when the price is in force; nil for prices that EC2 gives no date for.
        package var since: Timestamp?
        /// The least and the most that it was within the time that was asked about.
        package var lowest: Money
        package var highest: Money
    }

    /// What to look for; nil does not restrict.
    package struct Question: Sendable {
        /// The accelerator's model, such as `A10G`, upper and lower case alike.
        package var accelerator: String?
        package var instanceTypes: [String] = []
        package var since: Timestamp

        package init(accelerator: String?, instanceTypes: [String], since: Timestamp) {
            self.accelerator = accelerator
            self.instanceTypes = instanceTypes
            self.since = since
        }
    }

    private static let mostNames = 100
    private static let mostPriceCalls = 8

    private let ec2: EC2Client
    private let pricing: PricingClient
    private let region: String
    private let logger: Logger

    /// - Parameters:
    ///   - client: signs and sends.
    ///   - logger: takes what is left out, and why.
    package init(_ client: AWSClient, logger: Logger) {
        self.logger = logger
        ec2 = EC2Client(client)
        pricing = PricingClient(client)
        region = client.configuration.region
    }

    /// - Returns: Spot and on-demand offers of all zones, in no order.
    /// - Throws: `AWSError`, `PricingError`, or `MarketReaderError` when nothing answers the question.
    package func offers(_ question: Question) async throws -> [Offer] {
        let types = try await types(question)
        let names = types.keys.sorted()
        let history = try await ec2.describeSpotPriceHistory(
            instanceTypes: names,
            startMilliseconds: question.since.milliseconds
        )
        let zonesByType = try await zones(of: names)
        let prices = try await pricing.onDemandPrices(names, atOnce: Self.mostPriceCalls, logger: logger)
        var result: [Offer] = []
        for (type, zones) in zonesByType {
            guard let price = prices[type].map({ Money($0) }), let described = types[type] else { continue }
            for zone in zones {
                let offering = Offering(instanceType: type, zone: zone, capacityType: .onDemand)
                result.append(
                    Offer(offering: offering, type: described, pricePerHour: price, lowest: price, highest: price)
                )
            }
        }
        let spot = Dictionary(grouping: history) {
            Offering(instanceType: $0.instanceType, zone: $0.zone, capacityType: .spot)
        }
        for (offering, points) in spot {
            guard let last = points.max(by: { $0.fromMilliseconds < $1.fromMilliseconds }),
                let described = types[offering.instanceType]
            else { continue }
            let amounts = points.map(\.dollarsPerHour)
            result.append(
                Offer(
                    offering: offering,
                    type: described,
                    pricePerHour: Money(last.dollarsPerHour),
                    since: Timestamp(milliseconds: last.fromMilliseconds),
                    lowest: Money(amounts.min() ?? last.dollarsPerHour),
                    highest: Money(amounts.max() ?? last.dollarsPerHour)
                )
            )
        }
        return result
    }

    private func types(_ question: Question) async throws -> [String: InstanceType] {
        let filters = question.instanceTypes.isEmpty ? [] : [EC2Filter("instance-type", question.instanceTypes)]
        let described = try await ec2.describeInstanceTypes(filters: filters).map { InstanceType($0) }
        let wanted = question.accelerator?.lowercased()
        let found = described.filter { wanted == nil || $0.accelerator?.lowercased() == wanted }
        guard !found.isEmpty else {
            throw MarketReaderError.nothing(
                region: region,
                accelerator: question.accelerator,
                known: Set(described.compactMap(\.accelerator)).sorted()
            )
        }
        return Dictionary(found.map { ($0.name, $0) }) { first, _ in first }
    }

    private func zones(of types: [String]) async throws -> [String: [String]] {
        var offered: [EC2InstanceTypeOffering] = []
        for batch in types.batches(of: Self.mostNames) {
            offered += try await ec2.describeInstanceTypeOfferings(filters: [EC2Filter("instance-type", batch)])
        }
        return Dictionary(grouping: offered, by: \.instanceType).mapValues { $0.map(\.zone).sorted() }
    }
}

/// Why there are no prices to show.
package enum MarketReaderError: Error, Equatable, CustomStringConvertible {
    case nothing(region: String, accelerator: String?, known: [String])

    package var description: String {
        switch self {
        case .nothing(let region, let accelerator, let known):
            "\(region) has no such instance type\(accelerator.map { " with the accelerator \($0)" } ?? "")"
                + (known.isEmpty ? ": check --instance-type" : "; accelerators there: \(known.joined(separator: ", "))")
        }
    }
}
