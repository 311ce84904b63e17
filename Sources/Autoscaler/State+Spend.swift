import Model

/// What claims cost as far as is known here: near enough for caps and budgets, not for books.
extension State {
    /// When an instance in a reservation begins to cost what on-demand does; nil when nothing is known to end that. Those
    /// in a capacity block end with it.
    private func lapse(of claim: Claim) -> Timestamp? {
        guard let reservation = claim.reservation, reservation.kind == .capacityReservation else { return nil }
        return risks[claim.id]?.maintenances[reservation.endID]?.start ?? reservation.endsAt
    }

    /// What on-demand costs where a claim stands, or where it is dearest.
    func onDemandPricePerHour(of claim: Claim) -> Money {
        var sold = claim.offering
        sold.capacityType = .onDemand
        return prices[sold]?.pricePerHour
            ?? prices.values.filter { $0.offering.instanceType == sold.instanceType }.map(\.pricePerHour).max()
            ?? claim.pricePerHour
    }

    /// What an hour of a claim costs that begins now: on spot today's price, else that of its launch, and once its
    /// reservation has ended that of on-demand.
    func pricePerHour(of claim: Claim, at now: Timestamp) -> Money {
        guard let lapse = lapse(of: claim), lapse <= now else { return currentPricePerHour(of: claim) }
        return onDemandPricePerHour(of: claim)
    }

    /// What a claim has cost until a moment.
    func accrued(_ claim: Claim, until now: Timestamp) -> Money {
        guard let start = claim.runningAt ?? claim.launchedAt else { return .zero }
        let seconds = max(60, (now - start).components.seconds)
        guard let lapse = lapse(of: claim), lapse < now else { return claim.pricePerHour.costing(seconds: seconds) }
        let before = min(max(0, (lapse - start).components.seconds), seconds)
        return claim.pricePerHour.costing(seconds: before)
            + onDemandPricePerHour(of: claim).costing(seconds: seconds - before)
    }

    private func currentPricePerHour(of claim: Claim) -> Money {
        guard claim.offering.capacityType == .spot else { return claim.pricePerHour }
        return prices[claim.offering]?.pricePerHour ?? claim.pricePerHour
    }
}
