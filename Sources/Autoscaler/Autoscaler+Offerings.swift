import Model

/// What the configured pools can buy, as it is known now.
extension Autoscaler {
    func offeringStatuses(at now: Timestamp) -> [Status.OfferingStatus] {
        var byType: [String: [PricePoint]] = [:]
        for point in state.prices.values { byType[point.offering.instanceType, default: []].append(point) }
        let reserved = Dictionary(grouping: reservations(at: now), by: \.instanceType)
        let economics = economics(at: now)
        return poolShapes.flatMap { entry -> [Status.OfferingStatus] in
            let types = entry.shape.instanceTypes
            let sold = types.flatMap { byType[$0] ?? [] }
                .filter { entry.pool.offers($0.offering) && $0.offering.capacityType != .reserved }
                .sorted { $0.offering < $1.offering }
            let kept = types.flatMap { reserved[$0] ?? [] }.filter { entry.pool.offers($0.offering) }
            return sold.map { status(of: $0, in: entry, economics, at: now) }
                + kept.map { status(of: $0, in: entry, economics, at: now) }
        }
    }

    private func status(
        of point: PricePoint,
        in entry: PoolShape,
        _ economics: Economics,
        at now: Timestamp
    ) -> Status.OfferingStatus {
        let offering = point.offering
        let closures = [state.closures[offering], offering.quota.flatMap { state.quotaClosures[$0] }]
        let closure = closures.compactMap(\.self).first { $0.until > now }
        let isSpot = offering.capacityType == .spot
        return Status.OfferingStatus(
            offering: offering,
            shape: entry.shape.name,
            pool: entry.pool.name,
            accelerator: entry.shape.accelerator,
            accelerators: entry.shape.accelerators,
            pricePerHour: point.pricePerHour,
            priceEffectiveAt: point.effectiveAt,
            closedUntil: closure?.until,
            closedReason: closure?.reason ?? self.closure(of: offering, at: now),
            allocatable: entry.shape.allocatable,
            labels: entry.shape.labels,
            taints: entry.shape.taints,
            interruptionsPerHour: isSpot
                ? economics.interruptionsPerHour[offering] ?? economics.priorInterruptionsPerHour : nil,
            priceSeenAt: progress.market.pricesSeenAt[offering],
            placementScore: isSpot ? progress.market.placementScore(of: offering, at: now) : nil
        )
    }

    private func status(
        of reservation: Reservation,
        in entry: PoolShape,
        _ economics: Economics,
        at now: Timestamp
    ) -> Status.OfferingStatus {
        let seen = progress.market.reservationsAt ?? now
        var result = status(
            of: PricePoint(offering: reservation.offering, pricePerHour: .zero, effectiveAt: seen),
            in: entry,
            economics,
            at: now
        )
        result.priceSeenAt = seen
        result.reservation = reservation
        if reservation.available == 0, result.closedReason == nil { result.closedReason = "no instance left" }
        return result
    }
}
