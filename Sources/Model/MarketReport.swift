/// What the cloud says of its market beside prices. A part that was not asked for, or that could not be had, is nil: what
/// was known of it stands.
package struct MarketReport: Hashable, Sendable {
    /// All that may be used, those without a free instance too.
    package var reservations: [Reservation]?
    /// How likely spot capacity is to be had, from 1 to 10, by spot offering.
    package var placementScores: [Offering: Int]?
    /// Zones in which a volume with a copy stands ready, by the dataset's name.
    package var datasetZones: [String: [String]]?

    package init(
        reservations: [Reservation]? = nil,
        placementScores: [Offering: Int]? = nil,
        datasetZones: [String: [String]]? = nil
    ) {
        self.reservations = reservations
        self.placementScores = placementScores
        self.datasetZones = datasetZones
    }

    package var isEmpty: Bool { reservations == nil && placementScores == nil && datasetZones == nil }
}
