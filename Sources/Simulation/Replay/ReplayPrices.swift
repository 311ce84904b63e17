import Foundation
import Kubernetes
import Model

/// What machines cost: a catalogue with on-demand prices, and spot prices as AWS tells their history.
package struct ReplayPrices: Sendable {
    package private(set) var catalogue: CloudCatalogue
    package private(set) var cataloguePath: String
    /// Oldest first.
    private(set) var history: [Offering: [PricePoint]] = [:]
    /// Prices that were left out, because they are of another system than Linux.
    private(set) var leftOut = 0

    /// Linux, as spot prices name it, in a network of one's own or not.
    private static let products: Set<String> = ["Linux/UNIX", "Linux/UNIX (Amazon VPC)"]
    private static let limitBytes = 512 << 20

    /// - Parameter paths: One CSV file in the form of `config/catalogues`, and any number of JSON files as
    ///   `aws ec2 describe-spot-price-history` prints them.
    /// - Throws: `ReplayError`, `CloudCatalogueError`.
    package init(paths: [String]) throws {
        var found: (path: String, catalogue: CloudCatalogue)?
        var history: [Offering: [Timestamp: Money]] = [:]
        for path in paths {
            guard let data = FileManager.default.contents(atPath: path) else {
                throw ReplayError.unreadable(
                    path: path,
                    expected: "a CSV file of machines, or a spot price history in JSON"
                )
            }
            if data.first(where: { !" \t\r\n".utf8.contains($0) }) == UInt8(ascii: "{") {
                leftOut += try Self.read(data, path: path, into: &history)
                continue
            }
            if let found { throw ReplayError.secondCatalogue(path: path, first: found.path) }
            found = (path, try CloudCatalogue.load(csv: String(decoding: data, as: UTF8.self), name: path))
        }
        guard let found else { throw ReplayError.noCatalogue(paths) }
        catalogue = found.catalogue
        cataloguePath = found.path
        for (offering, prices) in history {
            self.history[offering] = prices.sorted { $0.key < $1.key }.map {
                PricePoint(offering: offering, pricePerHour: $0.value, effectiveAt: $0.key)
            }
        }
    }

    /// - Returns: How many were left out.
    private static func read(
        _ data: Data,
        path: String,
        into history: inout [Offering: [Timestamp: Money]]
    ) throws -> Int {
        let json: JSON
        do {
            json = try JSON(parsing: Array(data), limits: JSON.Limits(bytes: limitBytes, depth: 16))
        } catch {
            throw ReplayError.badSpotPrice(place: path, problem: "\(error)")
        }
        guard let entries = json["SpotPriceHistory"].array else {
            throw ReplayError.badSpotPrice(
                place: path,
                problem: "has no list SpotPriceHistory; `aws ec2 describe-spot-price-history --output json` prints one"
            )
        }
        var leftOut = 0
        for (index, entry) in entries.enumerated() {
            func bad(_ field: String, _ expected: String) -> ReplayError {
                .badSpotPrice(
                    place: "\(path): SpotPriceHistory[\(index)].\(field)",
                    problem: "\"\(entry[field].string ?? entry[field].description)\" is not \(expected)"
                )
            }
            if let product = entry["ProductDescription"].string, !products.contains(product) {
                leftOut += 1
                continue
            }
            guard let type = entry["InstanceType"].string, type.contains(".") else {
                throw bad("InstanceType", "a name such as g5.xlarge")
            }
            guard let zone = entry["AvailabilityZone"].string, !zone.isEmpty else {
                throw bad("AvailabilityZone", "a zone such as us-east-1a")
            }
            guard let time = entry["Timestamp"].string.flatMap({ Timestamp(rfc3339: $0) }) else {
                throw bad("Timestamp", "a time such as 2026-10-01T12:00:00Z")
            }
            guard let price = entry["SpotPrice"].string.flatMap({ Money($0) }), price > .zero,
                price.rounded(places: 6) == price, price.amount < 1_000_000
            else { throw bad("SpotPrice", "a price above 0 with at most 6 decimals, in quotes, such as \"0.412300\"") }
            let offering = Offering(instanceType: type, zone: zone, capacityType: .spot)
            history[offering, default: [:]][time] = price
        }
        return leftOut
    }

    /// Spot prices of an offering: its history, or the catalogue's average saving where there is none.
    /// - Returns: Oldest first; empty where nobody says a price.
    func spotPrices(of offering: Offering, from start: Timestamp) -> [PricePoint] {
        if let known = history[offering] { return known }
        guard let entry = catalogue[offering.instanceType], let saving = entry.spotSavingPercent else { return [] }
        let price = Money(entry.onDemandPricePerHour.amount * Decimal(100 - saving) / 100).rounded(places: 6)
        return [PricePoint(offering: offering, pricePerHour: price, effectiveAt: start)]
    }

    /// Whether an offering's prices are recorded ones.
    func isRecorded(_ offering: Offering) -> Bool { history[offering] != nil }
}
