import Foundation

/// One document of a price list, as far as it is read.
struct PriceListEntry: Decodable {
    struct Product: Decodable {
        let attributes: [String: String]
    }

    struct Terms: Decodable {
        let OnDemand: [String: Offer]?
    }

    struct Offer: Decodable {
        let priceDimensions: [String: Dimension]
    }

    struct Dimension: Decodable {
        let unit: String
        let pricePerUnit: [String: String]
    }

    let product: Product
    let terms: Terms

    /// What is wrong with a document.
    enum Failure: Error, Equatable, CustomStringConvertible {
        case ambiguous(instanceType: String)
        case unreadablePrice(instanceType: String, String)

        var description: String {
            switch self {
            case .ambiguous(let type): "\(type) has several on-demand prices an hour"
            case .unreadablePrice(let type, let text): "the price of \(type) cannot be \"\(text.prefix(40))\""
            }
        }
    }

    /// The on-demand price an hour.
    /// - Parameter document: JSON.
    /// - Returns: nil for what is not sold by the hour in dollars, or is no instance type.
    /// - Throws: `DecodingError` or `Failure`.
    static func price(_ document: String) throws -> OnDemandPrice? {
        let entry = try JSONDecoder().decode(PriceListEntry.self, from: Data(document.utf8))
        guard let type = entry.product.attributes["instanceType"] else { return nil }
        let dimensions = (entry.terms.OnDemand ?? [:]).values.flatMap(\.priceDimensions.values)
        let texts = dimensions.filter { $0.unit == "Hrs" }.compactMap { $0.pricePerUnit["USD"] }
        // Amounts, not texts: 0.5260000000 is 0.526.
        var prices: Set<Decimal> = []
        for text in texts {
            guard let price = DecimalText.parse(text) else { throw Failure.unreadablePrice(instanceType: type, text) }
            prices.insert(price)
        }
        guard let price = prices.first else { return nil }
        guard prices.count == 1 else { throw Failure.ambiguous(instanceType: type) }
        return OnDemandPrice(instanceType: type, dollarsPerHour: price)
    }
}
