package import Foundation
package import Logging

/// The on-demand price of an instance type.
package struct OnDemandPrice: Sendable, Equatable {
    package var instanceType: String
    /// US dollars an hour, exact.
    package var dollarsPerHour: Decimal
}

/// The price list service.
package struct PricingClient: Sendable {
    private struct Filter: Encodable {
        let Field: String
        let Value: String
        let `Type` = "TERM_MATCH"
    }

    private struct Input: Encodable {
        let ServiceCode = "AmazonEC2"
        let FormatVersion = "aws_v1"
        let MaxResults = 100
        let Filters: [Filter]
        let NextToken: String?
    }

    private struct Output: Decodable {
        /// Each a JSON document of its own.
        let PriceList: [String]?
        let NextToken: String?
    }

    private let client: AWSClient

    package init(_ client: AWSClient) {
        self.client = client
    }

    /// Entries of the price list for Linux, in the client's region (GetProducts).
    private func documents(instanceType: String, tenancy: String) async throws(AWSError) -> [String] {
        let fields = [
            "regionCode": client.configuration.region, "operatingSystem": "Linux", "tenancy": tenancy,
            "preInstalledSw": "NA", "capacitystatus": "Used", "licenseModel": "No License required",
            "marketoption": "OnDemand", "instanceType": instanceType,
        ]
        let filters = fields.sorted { $0.key < $1.key }.map { Filter(Field: $0.key, Value: $0.value) }
        return try await Pages.all(of: "pricing.GetProducts") { token throws(AWSError) in
            let page: Output = try await client.call(
                .pricing,
                target: "AWSPriceListService.GetProducts",
                version: "1.1",
                Input(Filters: filters, NextToken: token)
            )
            return (page.PriceList ?? [], page.NextToken)
        }
    }

    /// - Returns: The prices, or what is wrong with one of the documents.
    private static func prices(in documents: [String]) -> Result<[OnDemandPrice], AWSError> {
        var prices: [OnDemandPrice] = []
        for document in documents {
            do {
                if let price = try PriceListEntry.price(document) { prices.append(price) }
            } catch {
                return .failure(unreadable("\(error)"))
            }
        }
        return .success(prices.sorted { $0.instanceType < $1.instanceType })
    }

    private static func unreadable(_ reason: String) -> AWSError {
        .unreadable(operation: "pricing.GetProducts", requestID: nil, reason: reason)
    }

    /// The on-demand price of an instance type: the filters leave exactly one.
    /// - Parameter instanceType: such as `g5.xlarge`.
    /// - Returns: US dollars an hour; nil for a type that the region does not sell by the hour.
    /// - Throws: `AWSError`, also where there are several prices.
    package func onDemandPrice(_ instanceType: String) async throws(AWSError) -> Decimal? {
        try await listed(instanceType).get()
    }

    /// - Returns: The price, or what is wrong with what the price list says of the type.
    private func listed(_ instanceType: String) async throws(AWSError) -> Result<Decimal?, AWSError> {
        var found = Self.prices(in: try await documents(instanceType: instanceType, tenancy: "Shared"))
        // Bare metal is listed as dedicated, since nobody else can be on it.
        if case .success(let shared) = found, shared.isEmpty, instanceType.contains(".metal") {
            found = Self.prices(in: try await documents(instanceType: instanceType, tenancy: "Dedicated"))
        }
        return found.flatMap { Self.only(of: $0, instanceType) }
    }

    private static func only(of found: [OnDemandPrice], _ instanceType: String) -> Result<Decimal?, AWSError> {
        let prices = Set(
            found.filter { $0.instanceType == instanceType && $0.dollarsPerHour > 0 }.map(\.dollarsPerHour)
        )
        guard prices.count <= 1 else {
            return .failure(unreadable("\(PriceListEntry.Failure.ambiguous(instanceType: instanceType))"))
        }
        return .success(prices.first)
    }

    /// The on-demand prices of some instance types.
    /// - Parameters:
    ///   - instanceTypes: which; those without a price, or with one that cannot be read, are left out of the answer.
    ///   - width: how many calls may be under way at one time.
    ///   - logger: takes which prices cannot be read, and why.
    /// - Returns: US dollars an hour.
    /// - Throws: `AWSError`, or `PricingError` where the price list is in another currency.
    package func onDemandPrices(
        _ instanceTypes: [String],
        atOnce width: Int,
        logger: Logger
    ) async throws -> [String: Decimal] {
        let region = client.configuration.region
        if AWSPartition(region: region) == .china, !client.configuration.hasEndpoint(.pricing) {
            throw PricingError.otherCurrency(region: region)
        }
        return try await withThrowingTaskGroup(of: (String, Result<Decimal?, AWSError>).self) { group in
            var answers: [String: Result<Decimal?, AWSError>] = [:]
            for (index, type) in instanceTypes.enumerated() {
                if index >= width, let (known, price) = try await group.next() { answers[known] = price }
                group.addTask { (type, try await listed(type)) }
            }
            for try await (type, price) in group { answers[type] = price }
            var result: [String: Decimal] = [:]
            for (type, answer) in answers {
                switch answer {
                case .success(let price): result[type] = price
                case .failure(let error):
                    logger.warning(
                        "on-demand price left out",
                        metadata: ["instanceType": "\(type)", "error": "\(error)"]
                    )
                }
            }
            return result
        }
    }
}

/// Why there are no on-demand prices of a region.
package enum PricingError: Error, Equatable, CustomStringConvertible {
    case otherCurrency(region: String)

    package var description: String {
        switch self {
        case .otherCurrency(let region):
            "the price list of \(region) is in yuan, and none but amounts under USD are read: name a service in "
                + "AWS_ENDPOINT_URL_PRICING that answers GetProducts with them"
        }
    }
}
