import Model

/// Adds up the books over one or more steps of time. What a row is, is for the caller to say.
struct Tallying {
    /// What a cost belongs to: a workload, or nil for what none used, and a group of nodes, or nil where none is known.
    struct Owner: Hashable {
        var workload: Int?
        var group: Int?
    }

    let ledger: Ledger
    /// Boundaries of the steps in whole seconds, one more than there are steps, ascending.
    let bounds: [Int64]
    let now: Int64
    let sharesIdle: Bool
    private(set) var steps: [[Owner: Tally]]
    private(set) var isEstimated = false

    init(ledger: Ledger, bounds: [Int64], now: Int64, sharesIdle: Bool) {
        self.ledger = ledger
        self.bounds = bounds
        self.now = now
        self.sharesIdle = sharesIdle
        steps = Array(repeating: [:], count: bounds.count - 1)
        for id in ledger.claimOrder {
            if let claim = ledger.claims[id] { add(claim) }
        }
        for index in ledger.workloads.indices { add(workload: index) }
    }

    // MARK: Nodes

    private mutating func add(_ claim: ClaimAccount) {
        guard let billed = claim.billedTime(now: now), billed.upperBound > bounds[0],
            billed.lowerBound < bounds[bounds.count - 1]
        else { return }
        guard let terms = claim.terms else {
            isEstimated = true
            return
        }
        if claim.isEstimated { isEstimated = true }
        let slices = claim.timeline(billed: billed, workloads: ledger.workloads, sharesIdle: sharesIdle)
        var price = HourlyPrice(claim: claim, terms: terms, start: billed.lowerBound, ledger: ledger)
        let accelerators = Int128(terms.shape.accelerators)
        for slice in slices {
            var from = max(slice.time.lowerBound, bounds[0])
            let end = min(slice.time.upperBound, bounds[bounds.count - 1])
            guard from < end else { continue }
            var step = self.step(containing: from)
            while from < end {
                price.move(to: from)
                let to = min(end, price.validUntil, bounds[step + 1])
                for share in slice.shares {
                    let owner = Owner(workload: share.workload, group: terms.group)
                    steps[step][owner, default: Tally()].add(
                        price.current.costing(seconds: to - from, millionths: share.millionths),
                        acceleratorUnits: accelerators * Int128(to - from) * Int128(share.millionths),
                        to: share.part
                    )
                }
                from = to
                if from >= bounds[step + 1] { step += 1 }
            }
        }
        if price.isReckoned { isEstimated = true }
    }

    // MARK: Workloads

    private mutating func add(workload index: Int) {
        let account = ledger.workloads[index]
        let rates = ledger.onDemandRates(of: account)
        for (position, attempt) in account.attempts.enumerated() {
            let owner = owner(index, attempt)
            if let step = existingStep(containing: attempt.from) {
                steps[step][owner, default: Tally()].attempts += 1
                if position == 0 {
                    let changeover = ledger.configuration.changeover.totalSeconds
                    addOnDemand(seconds: changeover, at: rates, to: owner, in: step)
                }
            }
            guard let end = attempt.to, let step = existingStep(containing: end) else { continue }
            if attempt.outcome == .interrupted { steps[step][owner, default: Tally()].interruptions += 1 }
            if attempt.lostAcceleratorSeconds > 0 {
                steps[step][owner, default: Tally()].lostAcceleratorSeconds += attempt.lostAcceleratorSeconds
            }
        }
        for phase in account.phases where phase.part == .workload {
            let owner = owner(index, account.attempts[phase.attempt])
            let end = min(phase.time.upperBound, now, bounds[bounds.count - 1])
            var from = max(phase.time.lowerBound, bounds[0])
            guard from < end else { continue }
            var step = self.step(containing: from)
            while from < end {
                let to = min(end, bounds[step + 1])
                addOnDemand(seconds: to - from, at: rates, to: owner, in: step)
                from = to
                step += 1
            }
        }
    }

    private mutating func addOnDemand(seconds: Int64, at rates: [Ledger.Rate], to owner: Owner, in step: Int) {
        for rate in rates {
            steps[step][owner, default: Tally()].onDemandEquivalent +=
                rate.price.costing(seconds: seconds, millionths: rate.millionths)
        }
    }

    private func owner(_ workload: Int, _ attempt: WorkloadAccount.AttemptAccount) -> Owner {
        Owner(workload: workload, group: attempt.claim.flatMap { ledger.claims[$0]?.terms?.group })
    }

    // MARK: Steps

    /// Index of the last step that begins at a moment or before it.
    private func step(containing time: Int64) -> Int {
        var low = 0
        var high = bounds.count - 1
        while low + 1 < high {
            let middle = (low + high) / 2
            if bounds[middle] <= time { low = middle } else { high = middle }
        }
        return low
    }

    private func existingStep(containing time: Int64) -> Int? {
        guard time >= bounds[0], time < bounds[bounds.count - 1] else { return nil }
        return step(containing: time)
    }
}

/// The price of a claim's node as its billed time goes on.
private struct HourlyPrice {
    private(set) var current = ExactPrice.zero
    private(set) var validUntil = Int64.min
    /// Whether a spot hour had no observed price, so that the one reckoned at the launch was used.
    private(set) var isReckoned = false
    private let start: Int64
    private let isSpot: Bool
    private let isFree: Bool
    private let history: PriceHistory
    private let launchPrice: ExactPrice
    /// When a reservation ends, and what its instances cost from then on.
    private let lapse: (at: Int64, history: PriceHistory)?

    init(claim: ClaimAccount, terms: ClaimAccount.Terms, start: Int64, ledger: Ledger) {
        self.start = start
        isSpot = terms.capacityType == .spot
        isFree = claim.isFree
        history = ledger.histories[terms.prices]
        launchPrice = terms.launchPrice
        lapse = terms.reserved.flatMap { reserved in
            reserved.lapsesAt.map { ($0, ledger.histories[reserved.prices]) }
        }
    }

    /// A spot hour, counted from the start, costs the price in force at its own start; everything else costs what was in
    /// force when it started, for all of its life.
    mutating func move(to time: Int64) {
        guard time >= validUntil else { return }
        guard !isFree else {
            validUntil = .max
            return
        }
        if let lapse, time >= lapse.at {
            validUntil = .max
            current = lapse.history.nearestPrice(to: Timestamp(seconds: lapse.at)) ?? launchPrice
            return
        }
        let hourStart = isSpot ? start + (time - start) / 3600 * 3600 : start
        validUntil = isSpot ? hourStart + 3600 : .max
        let observed = history.price(at: Timestamp(seconds: hourStart))
        if isSpot, observed == nil { isReckoned = true }
        current = observed ?? launchPrice
        if let lapse { validUntil = min(validUntil, lapse.at) }
    }
}
