package import Foundation

/// The on-demand price of an instance type.
package struct OnDemandPrice: Sendable, Equatable {
    package var instanceType: String
    /// US dollars an hour, exact.
    package var dollarsPerHour: Decimal
}

/// The price list service.
package struct PricingClient: Sendable {
    /// More pages than a region has: an endpoint that always names a next page must not run for ever.
    private static let mostPages = 1000

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

    /// On-demand prices of Linux on shared hardware (GetProducts), in the client's region.
    /// - Parameter instanceType: nil for every type of the region.
    /// - Returns: prices sorted by type.
    /// - Throws: `AWSError`.
    package func getProducts(instanceType: String? = nil) async throws(AWSError) -> [OnDemandPrice] {
        try await getProducts(instanceType: instanceType, tenancy: "Shared")
    }

    private func getProducts(instanceType: String?, tenancy: String) async throws(AWSError) -> [OnDemandPrice] {
        var fields = [
            "regionCode": client.configuration.region, "operatingSystem": "Linux", "tenancy": tenancy,
            "preInstalledSw": "NA", "capacitystatus": "Used", "licenseModel": "No License required",
            "marketoption": "OnDemand",
        ]
        if let instanceType { fields["instanceType"] = instanceType }
        let filters = fields.sorted { $0.key < $1.key }.map { Filter(Field: $0.key, Value: $0.value) }
        var prices: [OnDemandPrice] = []
        var token: String?
        for _ in 0..<Self.mostPages {
            let page: Output = try await client.call(
                .pricing,
                target: "AWSPriceListService.GetProducts",
                version: "1.1",
                Input(Filters: filters, NextToken: token)
            )
            for document in page.PriceList ?? [] {
                do {
                    if let price = try PriceListEntry.price(document) { prices.append(price) }
                } catch {
                    throw .unreadable(operation: "pricing.GetProducts", requestID: nil, reason: "\(error)")
                }
            }
            token = page.NextToken.flatMap { $0.isEmpty ? nil : $0 }
            if token == nil { return prices.sorted { $0.instanceType < $1.instanceType } }
        }
        throw .unreadable(operation: "pricing.GetProducts", requestID: nil, reason: "more than \(Self.mostPages) pages")
    }

    /// The on-demand price of an instance type: the filters leave exactly one.
    /// - Parameter instanceType: such as `g5.xlarge`.
    /// - Returns: US dollars an hour; nil for a type that the region does not sell by the hour.
    /// - Throws: `AWSError`, also where there are several prices.
    package func onDemandPrice(_ instanceType: String) async throws(AWSError) -> Decimal? {
        var found = try await getProducts(instanceType: instanceType, tenancy: "Shared")
        // Bare metal is listed as dedicated, since nobody else can be on it.
        if found.isEmpty, instanceType.contains(".metal") {
            found = try await getProducts(instanceType: instanceType, tenancy: "Dedicated")
        }
        let prices = Set(
            found.filter { $0.instanceType == instanceType && $0.dollarsPerHour > 0 }.map(\.dollarsPerHour)
        )
        guard prices.count <= 1 else {
            throw .unreadable(
                operation: "pricing.GetProducts",
                requestID: nil,
                reason: "\(PriceListEntry.Failure.ambiguous(instanceType: instanceType))"
            )
        }
        return prices.first
    }

    /// The on-demand prices of some instance types.
    /// - Parameters:
    ///   - instanceTypes: which; those without a price are left out of the answer.
    ///   - width: how many calls may be under way at one time.
    /// - Returns: US dollars an hour.
    /// - Throws: `AWSError`.
    package func onDemandPrices(_ instanceTypes: [String], atOnce width: Int) async throws -> [String: Decimal] {
        try await withThrowingTaskGroup(of: (String, Decimal?).self) { group in
            var result: [String: Decimal] = [:]
            for (index, type) in instanceTypes.enumerated() {
                if index >= width, let (known, price) = try await group.next() { result[known] = price }
                group.addTask { (type, try await onDemandPrice(type)) }
            }
            for try await (type, price) in group { result[type] = price }
            return result
        }
    }
}
