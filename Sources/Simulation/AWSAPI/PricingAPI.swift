import Foundation
import Model

/// The price list's query API, GetProducts, for on-demand prices of EC2.
struct PricingAPI {
    let cloud: CloudModel

    private struct Input: Decodable {
        struct Filter: Decodable {
            var `Type`: String
            var Field: String
            var Value: String
        }

        var ServiceCode: String?
        var Filters: [Filter]?
        var MaxResults: Int?
        var NextToken: String?
    }

    private struct Output: Encodable {
        var FormatVersion = "aws_v1"
        var NextToken: String?
        /// Every product is JSON within a string.
        var PriceList: [String]
    }

    /// - Returns: The answer's JSON.
    /// - Throws: `AWSAPIError`.
    func respond(to operation: String, _ body: [UInt8]) throws -> String {
        guard operation == "GetProducts" else {
            throw AWSAPIError(code: "UnknownOperationException", message: "\(operation) is not an operation")
        }
        let input = try JSONText.decode(Input.self, body)
        guard input.ServiceCode == "AmazonEC2" else {
            throw AWSAPIError(code: "NotFoundException", message: "ServiceCode must be AmazonEC2")
        }
        let size = input.MaxResults ?? 100
        guard (1...100).contains(size) else {
            throw AWSAPIError(code: "InvalidParameterException", message: "MaxResults must be 1 to 100")
        }
        var products = cloud.catalogue.entries.flatMap { entry in
            Product.Status.allCases.map {
                Product(
                    entry: entry,
                    status: $0,
                    region: cloud.configuration.region,
                    effectiveAt: cloud.onDemandEffectiveAt
                )
            }
        }
        for filter in input.Filters ?? [] {
            let matches = try matcher(filter)
            products.removeAll { !matches($0.attributes[filter.Field] ?? "") }
        }
        var start = 0
        if let token = input.NextToken, !token.isEmpty {
            do {
                start = min(products.count, Int(clamping: try Page(token: token).position))
            } catch {
                throw AWSAPIError(code: "InvalidNextTokenException", message: "NextToken is no token of this service")
            }
        }
        let end = min(products.count, start + size)
        return JSONText.encode(
            Output(
                NextToken: end < products.count ? Page(position: Int64(end)).token : nil,
                PriceList: products[start..<end].map(\.json)
            )
        )
    }

    private func matcher(_ filter: Input.Filter) throws -> (String) -> Bool {
        let values = filter.Value.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        switch filter.Type {
        case "TERM_MATCH", "EQUALS": return { $0 == filter.Value }
        case "CONTAINS": return { $0.contains(filter.Value) }
        case "ANY_OF": return { values.contains($0) }
        case "NONE_OF": return { !values.contains($0) }
        default:
            throw AWSAPIError(
                code: "InvalidParameterException",
                message: "Filter type \(filter.Type) is not TERM_MATCH, EQUALS, CONTAINS, ANY_OF or NONE_OF"
            )
        }
    }
}

/// One product of the price list. As in the true list a type has several: what runs, and what a capacity reservation
/// holds at no price of its own.
private struct Product {
    enum Status: String, CaseIterable {
        case used = "Used"
        case reserved = "AllocatedCapacityReservation"
    }

    private struct Document: Encodable {
        struct Description: Encodable {
            var productFamily: String
            var attributes: [String: String]
            var sku: String
        }
        struct Dimension: Encodable {
            var unit = "Hrs"
            var beginRange = "0"
            var endRange = "Inf"
            var description: String
            var appliesTo: [String] = []
            var rateCode: String
            var pricePerUnit: [String: String]
        }
        struct Term: Encodable {
            var priceDimensions: [String: Dimension]
            var sku: String
            var effectiveDate: String
            var offerTermCode: String
            var termAttributes: [String: String] = [:]
        }
        var product: Description
        var serviceCode = "AmazonEC2"
        var terms: [String: [String: Term]]
        var version: String
        var publicationDate: String
    }

    /// AWS's own codes of the on-demand term and of its hourly rate.
    private static let term = "JRTCKXETXF"
    private static let rate = "6YS6EN2CT7"

    let entry: CloudCatalogue.Entry
    let status: Status
    let region: String
    let effectiveAt: Timestamp

    private var family: String { entry.name.hasSuffix(".metal") ? "Compute Instance (bare metal)" : "Compute Instance" }

    var attributes: [String: String] {
        [
            "servicecode": "AmazonEC2",
            "servicename": "Amazon Elastic Compute Cloud",
            "productFamily": family,
            "instanceType": entry.name,
            "location": region == "us-east-1" ? "US East (N. Virginia)" : region,
            "locationType": "AWS Region",
            "regionCode": region,
            "operatingSystem": "Linux",
            "tenancy": "Shared",
            "preInstalledSw": "NA",
            "licenseModel": "No License required",
            "capacitystatus": status.rawValue,
            "marketoption": "OnDemand",
            "currentGeneration": "Yes",
            "operation": "RunInstances",
            "usagetype": "\(status == .used ? "BoxUsage" : "Reservation"):\(entry.name)",
            "vcpu": String(entry.vCPUs),
            "memory": "\(Quantity(thousandths: entry.memoryMiB * 1000 * 1000 / 1024)) GiB",
            "gpu": String(entry.acceleratorCount),
        ]
    }

    var json: String {
        var codes = SeededGenerator(seed: 0, purpose: "sku/\(region)/\(entry.name)/\(status.rawValue)")
        let sku = codes.hexadecimal(digits: 16).uppercased()
        let price = status == .used ? entry.onDemandPricePerHour : .zero
        let rateCode = "\(sku).\(Self.term).\(Self.rate)"
        let what = status == .used ? "On Demand Linux" : "Reservation Linux"
        let dimension = Document.Dimension(
            description: "$\(price) per \(what) \(entry.name) Instance Hour",
            rateCode: rateCode,
            pricePerUnit: ["USD": price.formatted(places: 10)]
        )
        let term = Document.Term(
            priceDimensions: [rateCode: dimension],
            sku: sku,
            effectiveDate: effectiveAt.description,
            offerTermCode: Self.term
        )
        return JSONText.encode(
            Document(
                product: Document.Description(productFamily: family, attributes: attributes, sku: sku),
                terms: ["OnDemand": ["\(sku).\(Self.term)": term]],
                version: effectiveAt.description.filter(\.isNumber),
                publicationDate: effectiveAt.description
            )
        )
    }
}
