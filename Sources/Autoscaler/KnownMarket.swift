import Model

/// The last good word of each part of what the cloud says of its market, and when it came.
struct KnownMarket: Sendable {
    /// When each offering's price was last said, whenever it began to hold.
    private(set) var pricesSeenAt: [Offering: Timestamp] = [:]
    private(set) var reservations: [Reservation] = []
    private(set) var reservationsAt: Timestamp?
    private var placementScores: [Offering: Int] = [:]
    private var scoresAt: Timestamp?
    private(set) var datasetZones: [String: [String]] = [:]

    /// Scores are asked for once an hour. One that some answers since have not renewed says nothing of now.
    private static let scoresLast: Duration = .seconds(6 * 3600)

    /// How likely a spot request is served, from 1 to 10; nil when that was not said lately.
    func placementScore(of offering: Offering, at now: Timestamp) -> Int? {
        guard let seen = scoresAt, now - seen <= Self.scoresLast else { return nil }
        return placementScores[offering]
    }

    mutating func take(_ points: [PricePoint], at now: Timestamp) {
        for point in points { pricesSeenAt[point.offering] = now }
    }

    /// Takes in a report; what it does not speak of stands.
    mutating func take(_ report: MarketReport, at now: Timestamp) {
        if let observed = report.reservations {
            reservations = observed.sorted { $0.id < $1.id }
            reservationsAt = now
        }
        if let observed = report.placementScores {
            placementScores = observed
            scoresAt = now
        }
        if let observed = report.datasetZones { datasetZones = observed }
    }
}
