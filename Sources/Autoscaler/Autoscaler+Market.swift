import Model

/// What can be bought, and what must not be bought on: old prices, zones with a low score, reservations that are used up.
extension Autoscaler {
    /// Everything that the pools offer, bought or closed. Spot that is not cheaper than on-demand is left out.
    func choices(at now: Timestamp) -> [PlanInput.Choice] {
        PlanInput.Choice.all(
            of: poolShapes.map { ($0.pool, $0.shape) },
            prices: state.prices.mapValues(\.pricePerHour),
            reservations: reservations(at: now),
            closure: { closure(of: $0, at: now) }
        ).map { choice in
            var result = choice
            result.vCPUs = vCPUs[choice.offering.instanceType] ?? 0
            if let obstacle = blueprintObstacle(pool: choice.pool, shape: choice.shape, offering: choice.offering) {
                result.closedBecause = obstacle
            }
            return result
        }
    }

    /// Reservations that have not ended, with what is left of them: launches since they were last looked at are ours to
    /// count, and those that have ended meanwhile count as well until the cloud has been asked again. A launch that is not
    /// answered yet may not have been there when the cloud was asked, whenever it was intended.
    func reservations(at now: Timestamp) -> [Reservation] {
        guard let seen = progress.market.reservationsAt else { return [] }
        return progress.market.reservations.compactMap { known in
            if let end = known.usableUntil, end <= now { return nil }
            var reservation = known
            let later = state.claims.values.count {
                $0.reservation?.id == known.id && ($0.intendedAt >= seen || $0.phase == .launching)
            }
            reservation.available = max(0, known.available - later)
            return reservation
        }
    }

    /// Why an offering may not be bought now; nil when it may.
    func closure(of offering: Offering, at now: Timestamp) -> String? {
        if let refusal = rememberedRefusal(of: offering, at: now) { return refusal }
        if let old = oldWord(of: offering, at: now) { return old }
        if offering.capacityType == .spot, let least = configuration.aws.placementScores?.minimum,
            let score = progress.market.placementScore(of: offering, at: now), score < least
        {
            return "spot placement score \(score) of 10, below \(least)"
        }
        return nil
    }

    /// What is wrong with the age of what is known of an offering; nil when it is fresh enough to plan on.
    private func oldWord(of offering: Offering, at now: Timestamp) -> String? {
        let seen =
            offering.capacityType == .reserved
            ? progress.market.reservationsAt : progress.market.pricesSeenAt[offering]
        let what = offering.capacityType == .reserved ? "reservations" : "price"
        guard let seen else { return "\(what) not seen since the start" }
        guard now - seen > configuration.maximumPriceAge else { return nil }
        return "\(what) last seen \(seen), older than maximumPriceAge"
    }

    /// Why a reservation cannot take a purchase any more; nil when it can.
    func reservationRefusal(of purchase: Plan.Purchase, at now: Timestamp) -> String? {
        guard let wanted = purchase.reservation else { return nil }
        guard let known = reservations(at: now).first(where: { $0.id == wanted.id }) else {
            return "reservation \(wanted.id) is over"
        }
        return known.available >= purchase.count ? nil : "reservation \(wanted.id): \(known.available) nodes left"
    }

    /// The data of a name, with every zone in which a copy is known to be: those configured, and those seen.
    func dataset(named name: String) -> Dataset? {
        guard var dataset = configuration.datasets.first(where: { $0.name == name }) else { return nil }
        dataset.zones = Set(dataset.zones).union(progress.market.datasetZones[name] ?? []).sorted()
        return dataset
    }

    /// Tells of the end of reservations as of any other maintenance that ends instances: the work moves before. What still
    /// runs in a capacity block when its end is near is taken, as spot is; in another reservation it goes on at the price
    /// of on-demand, and nothing forces it.
    mutating func watchReservationEnds(at now: Timestamp) {
        for claim in liveClaims {
            guard let reservation = claim.reservation, let instance = claim.instance, claim.phase != .terminating else {
                continue
            }
            let id = reservation.endID
            let told = state.risks[claim.id]?.maintenances[id]?.start
            let end = end(of: reservation, toldAs: told, for: claim, at: now)
            // An end that is put off or taken back is news of the same end.
            let news = "\(id)-\(end.milliseconds)"
            if told != end, told != nil || end != .distantFuture {
                let isOld = state.seenNotices[claim.id]?.contains(news) ?? false
                let maintenance = Maintenance(id: id, code: "instance-retirement", notBefore: end)
                let notice = Notice(
                    id: isOld ? "\(news)-\(now.milliseconds)" : news,
                    kind: .maintenance(maintenance),
                    instance: instance,
                    at: now
                )
                record(.noticeReceived(notice, claim.id), at: now)
            }
            guard end != .distantFuture, reservation.kind == .capacityBlock, claim.reclaimAt == nil else { continue }
            let lastCall = end - Notice.interruptionLead
            guard lastCall <= now else {
                wake(at: lastCall)
                continue
            }
            let notice = Notice(id: "\(news)-now", kind: .interruption, instance: instance, at: max(lastCall, now))
            record(.noticeReceived(notice, claim.id), at: now)
            progress.planDueAt = now
        }
    }

    /// When a reservation ends for an instance in it; far away when nothing ends it. One that is no longer active was
    /// cancelled, and ends now at the latest. A capacity block cannot be cancelled.
    private func end(of reservation: Reservation, toldAs told: Timestamp?, for claim: Claim, at now: Timestamp)
        -> Timestamp
    {
        if let known = progress.market.reservations.first(where: { $0.id == reservation.id }) {
            return known.usableUntil ?? .distantFuture
        }
        let last = told ?? reservation.usableUntil ?? .distantFuture
        // Where the pool takes none any more, the cloud is not asked for them.
        let isAskedFor = configuration.pools.contains { $0.name == claim.pool && $0.capacityTypes.contains(.reserved) }
        guard reservation.kind == .capacityReservation, isAskedFor, let seen = progress.market.reservationsAt,
            seen > claim.intendedAt
        else { return last }
        return min(last, now)
    }

    /// What a node's hour is worth: that of reserved capacity costs nothing more, but work that is lost on it costs what
    /// doing it again takes elsewhere.
    func worthPerHour(of claim: Claim) -> Money {
        claim.reservation == nil ? claim.pricePerHour : state.onDemandPricePerHour(of: claim)
    }
}
