import HTTPTransport
import Logging
package import Model

/// What EC2 says of its market beside prices.
extension AWSCloud {
    /// Placement scores move slowly, and EC2 limits how often they are asked for.
    private static let scoreInterval: Duration = .seconds(3600)

    /// What is asked of the market, from the configuration.
    struct MarketQuestions: Sendable {
        /// Instance types of shapes that may be bought as reserved.
        var reserved: [String] = []
        /// Sets of instance types that count as equal, of shapes that may be bought as spot.
        var spot: [[String]] = []
        var datasets: [String] = []

        init(_ configuration: GleanerConfiguration) {
            func types(_ paid: CapacityType) -> [[String]] {
                configuration.pools.filter { $0.capacityTypes.contains(paid) }
                    .flatMap { $0.shapes.map { $0.instanceTypes.sorted() } }
            }
            reserved = Set(types(.reserved).flatMap { $0 }).sorted()
            spot = Set(types(.spot)).sorted { $0.lexicographicallyPrecedes($1) }
            datasets = configuration.datasets.map(\.name).sorted()
        }
    }

    package func market() async -> MarketReport {
        MarketReport(
            reservations: await part("capacity reservations") { try await reservations() },
            placementScores: await part("spot placement scores") { try await placementScores() },
            datasetZones: await part("copies of datasets") { try await datasetZones() }
        )
    }

    /// One part of the report. What cannot be had is said, and what was known of it stands.
    private func part<Value>(_ name: String, _ ask: () async throws -> Value?) async -> Value? {
        do {
            return try await ask()
        } catch {
            logger.warning("\(name) not read", metadata: ["error": "\(error)"])
            return nil
        }
    }

    /// Active reservations of Linux on shared hardware that carry the configured tags. Those that their owner may take
    /// back at any time are left out.
    private func reservations() async throws -> [Reservation]? {
        guard !questions.reserved.isEmpty else { return nil }
        let tags = settings.reservationTags.sorted { $0.key < $1.key }.map { EC2Filter("tag:\($0.key)", [$0.value]) }
        let found = try await ec2.describeCapacityReservations(filters: [EC2Filter("state", ["active"])] + tags)
        return found.compactMap { reservation in
            guard questions.reserved.contains(reservation.instanceType), reservation.state == "active",
                reservation.platform.hasPrefix("Linux/UNIX"), reservation.tenancy == "default",
                !reservation.isInterruptible
            else { return nil }
            return Reservation(
                id: reservation.id,
                kind: reservation.isCapacityBlock ? .capacityBlock : .capacityReservation,
                instanceType: reservation.instanceType,
                zone: reservation.zone,
                count: reservation.totalCount,
                available: reservation.availableCount,
                endsAt: reservation.endMilliseconds.map { Timestamp(milliseconds: $0) }
            )
        }.sorted { $0.id < $1.id }
    }

    /// The score of each spot offering: that of its set of equal types in its zone, the best where it is in several.
    private func placementScores() async throws -> [Offering: Int]? {
        guard let wanted = settings.placementScores, !questions.spot.isEmpty else { return nil }
        if let askedAt = memory.withLock({ $0.scoresAskedAt }), now - askedAt < Self.scoreInterval { return nil }
        let names: [String: String]
        if let known = memory.withLock({ $0.zoneNames }) {
            names = known
        } else {
            names = try await ec2.zoneNames()
            memory.withLock { $0.zoneNames = names }
        }
        var result: [Offering: Int] = [:]
        for types in questions.spot {
            let scores = try await ec2.spotPlacementScores(
                instanceTypes: types,
                count: wanted.nodes,
                region: settings.region
            )
            for score in scores {
                guard let zone = names[score.zoneID] else { continue }
                for type in types {
                    let offering = Offering(instanceType: type, zone: zone, capacityType: .spot)
                    result[offering] = max(result[offering] ?? 0, score.score)
                }
            }
        }
        memory.withLock { $0.scoresAskedAt = now }
        return result
    }

    /// Zones in which a volume of EBS with a copy of a dataset waits to be attached.
    private func datasetZones() async throws -> [String: [String]]? {
        guard !questions.datasets.isEmpty else { return nil }
        let volumes = try await ec2.describeVolumes(filters: [EC2Filter("tag:\(Tag.dataset)", questions.datasets)])
        var zones: [String: Set<String>] = [:]
        for volume in volumes where volume.isReady {
            guard let name = volume.tags[Tag.dataset] else { continue }
            zones[name, default: []].insert(volume.zone)
        }
        return zones.mapValues { $0.sorted() }
    }
}
