import Model

/// The last good word of each part of what the cloud says of its market, and when it came.
struct KnownMarket: Sendable {
    /// When each offering's price was last said, whenever it began to hold.
    private(set) var pricesSeenAt: [Offering: Timestamp] = [:]
    private(set) var reservations: [Reservation] = []
    private(set) var reservationsAt: Timestamp?
    private(set) var placementScores: [Offering: Int] = [:]
    private(set) var datasetZones: [String: [String]] = [:]

    mutating func take(_ points: [PricePoint], at now: Timestamp) {
        for point in points { pricesSeenAt[point.offering] = now }
    }

    /// Takes in a report; what it does not speak of stands.
    mutating func take(_ report: MarketReport, at now: Timestamp) {
        if let observed = report.reservations {
            reservations = observed.sorted { $0.id < $1.id }
            reservationsAt = now
        }
        if let observed = report.placementScores { placementScores = observed }
        if let observed = report.datasetZones { datasetZones = observed }
    }
}
