package import Foundation

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

    /// On-demand prices of Linux on shared hardware (GetProducts), in the client's region.
    /// - Parameter instanceType: nil for every type of the region.
    /// - Returns: prices sorted by type.
    /// - Throws: `AWSError`.
    package func getProducts(instanceType: String? = nil) async throws(AWSError) -> [OnDemandPrice] {
        var fields = [
            "regionCode": client.configuration.region, "operatingSystem": "Linux", "tenancy": "Shared",
            "preInstalledSw": "NA", "capacitystatus": "Used", "licenseModel": "No License required",
        ]
        if let instanceType { fields["instanceType"] = instanceType }
        let filters = fields.sorted { $0.key < $1.key }.map { Filter(Field: $0.key, Value: $0.value) }
        let documents = try await Pages.all(of: "pricing.GetProducts") { token throws(AWSError) in
            let page: Output = try await client.call(
                .pricing,
                target: "AWSPriceListService.GetProducts",
                version: "1.1",
                Input(Filters: filters, NextToken: token)
            )
            return (page.PriceList ?? [], page.NextToken)
        }
        var prices: [OnDemandPrice] = []
        for document in documents {
            do {
                if let price = try PriceListEntry.price(document) { prices.append(price) }
            } catch {
                throw .unreadable(operation: "pricing.GetProducts", requestID: nil, reason: "\(error)")
            }
        }
        return prices.sorted { $0.instanceType < $1.instanceType }
    }
}
