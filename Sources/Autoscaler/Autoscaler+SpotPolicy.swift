import Model
import Planning

/// Where each workload runs that may use both spot and on-demand capacity: what the policy is asked, and when.
extension Autoscaler {
    /// What is known of it; asked for anew after a restart.
    struct SpotProgress: Sendable {
        let tables: ActionTables
        /// One for all workloads: it has tables, which they share, and remembers nothing of any of them.
        var policy: DeadlineShield
        /// Of all that are decided by it.
        var looks: [WorkloadID: Looked] = [:]
        var fits: [WorkloadID: Fitted] = [:]
        /// The urgent moves that planning was last asked for.
        var asked: [ConsolidationInput.Move] = []
        /// Counts what opens and closes, so that whoever waits is looked at again.
        var marketVersion = 0

        init() {
            tables = ActionTables()
            policy = DeadlineShield(RoundedSpotPolicy(SpotRule.standard.policy(sharing: tables)))
        }

        struct Looked: Sendable {
            /// Nil where there is nothing to decide.
            var look: SpotLook?
            var basis: Basis
            var marketVersion: Int
            var nextAt: Timestamp
        }

        struct Fitted: Sendable {
            var fit: SpotFit
            var pods: Int
            var madeAt: Timestamp
        }

        /// A look holds no longer than this does.
        struct Basis: Equatable, Sendable {
            var attempt: Int?
            var place: SpotCase.Place?
            var workload: Workload
        }
    }

    /// How long what takes in a workload is remembered: what is sold changes seldom, and pods of one workload less.
    private static let fitLasts: Duration = .seconds(600)
    /// A younger attempt is not moved to save money.
    private static let shortestAttempt: Duration = .seconds(900)
    /// A save that ends within a notice, which leaves so many seconds.
    private static let noticeSeconds = Notice.interruptionLead.components.seconds - 5

    /// So many tables are reckoned in a step at most, and those of one more workload: about a third of a second. Whoever
    /// is not looked at then goes by its last look until the next second.
    private static let mostTables = 4

    /// Asks the policy about every workload whose last answer is old, or was about another situation.
    mutating func lookAtSpot(at now: Timestamp) {
        guard cluster.isSynced, progress.pricesObservedAt != nil, !poolShapes.isEmpty else { return }
        let starting = startingClaims
        var due: [(id: WorkloadID, basis: SpotProgress.Basis)] = []
        var decided: Set<WorkloadID> = []
        for id in state.openWorkloads {
            guard let record = state.records[id], record.workload.isForSpotPolicy else { continue }
            decided.insert(id)
            let basis = SpotProgress.Basis(
                attempt: record.running?.number,
                place: place(of: record, starting[id] ?? []),
                workload: record.workload
            )
            if let known = progress.spot.looks[id], known.nextAt > now, known.basis == basis,
                record.running != nil || known.marketVersion == progress.spot.marketVersion
            {
                continue
            }
            due.append((id, basis))
        }
        if progress.spot.looks.count > decided.count {
            progress.spot.looks = progress.spot.looks.filter { decided.contains($0.key) }
            progress.spot.fits = progress.spot.fits.filter { decided.contains($0.key) }
        }
        if !due.isEmpty {
            let choices = choices(at: now)
            let market = SpotMarket(choices)
            // Those that have waited longest for a look come first, and those without any before them.
            func isBefore(_ one: WorkloadID, _ other: WorkloadID) -> Bool {
                let times = [one, other].map { progress.spot.looks[$0]?.nextAt ?? Timestamp(seconds: 0) }
                return (times[0], one) < (times[1], other)
            }
            let reckoned = progress.spot.tables.reckoned
            for (id, basis) in due.sorted(by: { isBefore($0.id, $1.id) }) {
                guard progress.spot.tables.reckoned - reckoned <= Self.mostTables else {
                    wake(at: now + .seconds(1))
                    break
                }
                look(at: id, basis, starting[id] ?? [], choices, market, at: now)
            }
        }
        if let next = progress.spot.looks.values.lazy.map(\.nextAt).filter({ $0 > now }).min() { wake(at: next) }
    }

    private mutating func look(
        at id: WorkloadID,
        _ basis: SpotProgress.Basis,
        _ starting: [Claim],
        _ choices: [PlanInput.Choice],
        _ market: SpotMarket,
        at now: Timestamp
    ) {
        var looked = SpotProgress.Looked(
            look: nil,
            basis: basis,
            marketVersion: progress.spot.marketVersion,
            nextAt: now + .seconds(60)
        )
        if let record = state.records[id], let place = basis.place, let fit = fit(of: id, choices, at: now) {
            let spotCase = spotCase(record, place, starting, fit, market, at: now)
            looked.look = spotCase.look(&progress.spot.policy)
            let step = Int64(looked.look?.step ?? SpotCase.shortStep)
            // All at the same moments, so that what is sold is looked through once for all of them.
            looked.nextAt = Timestamp(seconds: (now.seconds / step + 1) * step)
            // A pool that opens by itself is tried at once.
            let reopenings = fit.spot.compactMap { state.closures[$0.offering]?.until }.filter { $0 > now }
            if record.running == nil, let next = reopenings.min() { looked.nextAt = min(looked.nextAt, next) }
            if progress.epoch != nil, let stays = looked.look?.stays { explain("\(id) \(stays)", at: now) }
        }
        progress.spot.looks[id] = looked
    }

    // MARK: - Where it stands

    /// Nodes that were bought for workloads that do not run yet. What was bought for an earlier attempt, such as the nodes
    /// that a gang has left, is no start of theirs.
    private var startingClaims: [WorkloadID: [Claim]] {
        var result: [WorkloadID: [Claim]] = [:]
        for claim in state.claims.values where claim.reclaimAt == nil {
            guard claim.phase == .launching || claim.phase == .booting || claim.phase == .initialised else { continue }
            for id in claim.workloads {
                guard let record = state.records[id] else { continue }
                let stopped = [record.stoppedAt, record.interruptedAt].compactMap(\.self).min()
                let isForNext = record.running == nil && stopped.map { claim.intendedAt >= $0 } ?? true
                if isForNext || isMoving(record) { result[id, default: []].append(claim) }
            }
        }
        return result
    }

    /// Where a workload runs or starts; nil on reserved capacity, of which nothing is to be decided.
    private func place(of record: State.Record, _ starting: [Claim]) -> SpotCase.Place? {
        var claims = starting
        if let running = record.running, !isMoving(record) {
            claims = running.claims.compactMap { state.claims[$0] }
            let stay = claims.filter { claim in
                claim.reclaimAt == nil && (claim.phase == .initialised || isLeftToEnd(record, on: claim))
            }
            // A gang that loses a node stops as a whole.
            if stay.isEmpty || (record.workload.gang != nil && stay.count < running.claims.count) { return .nowhere }
            claims = stay
        }
        guard !claims.isEmpty else { return .nowhere }
        if claims.allSatisfy({ $0.offering.capacityType == .reserved }) { return nil }
        let spot = claims.map(\.offering).filter { $0.capacityType == .spot }.min()
        return spot.map { .spot($0) } ?? .onDemand
    }

    /// Whether a node is on its way out only because others move off it, and this workload stays to its end.
    private func isLeftToEnd(_ record: State.Record, on claim: Claim) -> Bool {
        guard claim.phase == .draining, let relocation = state.relocations[claim.id] else { return false }
        return relocation.cause == .repriced && !relocation.workloads.contains(record.workload.id)
    }

    // MARK: - The question

    private mutating func fit(of id: WorkloadID, _ choices: [PlanInput.Choice], at now: Timestamp) -> SpotFit? {
        guard let record = state.records[id] else { return nil }
        let known = progress.spot.fits[id]
        let isFresh = known.map { now - $0.madeAt < Self.fitLasts } ?? false
        // Those of one that runs are all there: they may be many, and need not be counted.
        if isFresh, record.running != nil, let known { return known.fit }
        var pods = members(of: id).filter { !$0.isFinished && $0.deletedAt == nil }
        if pods.isEmpty { pods = expectedPods.filter { workloadID(of: $0) == id } }
        // Between two attempts there may be none.
        guard !pods.isEmpty else { return known?.fit }
        if isFresh, let known, known.pods == pods.count { return known.fit }
        let fit = SpotFit(
            pods,
            of: record.workload,
            pools: configuration.pools,
            choices: choices,
            volumes: cluster.objects.volumeClaims(of: pods),
            relativeSpeed: configuration.economics.relativeSpeed
        )
        progress.spot.fits[id] = SpotProgress.Fitted(fit: fit, pods: pods.count, madeAt: now)
        return fit
    }

    private func spotCase(
        _ record: State.Record,
        _ place: SpotCase.Place,
        _ starting: [Claim],
        _ fit: SpotFit,
        _ market: SpotMarket,
        at now: Timestamp
    ) -> SpotCase {
        let workload = record.workload
        let configured = configuration.changeover.totalSeconds
        let expected = record.starts.expectedSeconds(prior: configured)
        let load = dataset(of: record)?.loadSeconds ?? 0
        let saving = record.running == nil || workload.checkpoint == .none ? 0 : Double(record.savingSeconds ?? 0)
        let longest = Double(max(configured, record.starts.longestSeconds) + load)
        var result = SpotCase(
            workload: workload,
            fit: fit,
            market: market,
            now: now,
            elapsed: (now - workload.createdAt).inSeconds,
            work: Double(configuration.expectedSeconds(of: workload)),
            remaining: Double(remainingSeconds(of: record, at: now)),
            keepsWork: workload.keepsWork,
            place: place,
            isRunning: record.running != nil && place != .nowhere,
            waitingSince: record.running == nil ? record.stoppedAt ?? workload.createdAt : now,
            changeover: expected,
            largestChangeover: SpotCase.largest(longest, saving: saving) + configuration.planningWindow.inSeconds,
            prior: SpellHazard(interruptionsInFirstDay: configuration.economics.priorInterruptionsPerDay)
        )
        result.waitingPricePerAcceleratorHour = configuration.economics.waitingPricePerAcceleratorHour
        result.savingSeconds = saving
        result.restartSeconds = restartSeconds(of: record)
        if record.running == nil, let intended = starting.map(\.intendedAt).max() {
            result.changeoverLeft = max(0, expected - (now - intended).inSeconds)
        }
        if let running = record.running {
            result.standingSpeed = record.speed
            result.standingPrice = standingPrice(of: record, at: now)
            result.unsaved = unkeptSeconds(of: record, at: now) * record.speed
            result.mayMove =
                workload.checkpoint != .none && record.answers && !workload.servesForEver && !isMoving(record)
                && now - running.startedAt >= max(Self.shortestAttempt, .seconds(Int64(3 * expected)))
        }
        result.spell = { [state, configuration] offering in
            state.spell(of: offering, isOpen: market.open.contains(offering), configuration, at: now)
        }
        return result
    }

    /// What an hour of all that it runs on costs at today's prices, in dollars; nil when it runs on nothing. A gang has its
    /// nodes for itself, others pay for their parts of theirs, as `SpotFit` reckons of what is sold.
    private func standingPrice(of record: State.Record, at now: Timestamp) -> Double? {
        func price(_ claim: Claim) -> Double { state.pricePerHour(of: claim, at: now).inDollars }
        let prices: [Double]
        if record.workload.gang != nil {
            prices = (record.running?.claims ?? []).compactMap { state.claims[$0].map(price) }
        } else {
            prices = members(of: record.workload.id).compactMap { pod in
                guard let use = state.uses[pod.uid], let claim = state.claims[use.claim] else { return nil }
                return price(claim) * Double(use.shareMillionths) / 1e6
            }
        }
        return prices.isEmpty ? nil : prices.reduce(0, +)
    }

    /// Work of the running attempt that an interruption would throw away: none where all of it is saved within the
    /// notice.
    private func unkeptSeconds(of record: State.Record, at now: Timestamp) -> Double {
        let workload = record.workload
        if workload.checkpoint != .none, record.answers, (record.savingSeconds ?? 0) <= Self.noticeSeconds { return 0 }
        let unsaved = unsavedSeconds(of: workload.id, record, at: now)
        guard let interval = workload.checkpointIntervalSeconds else { return Double(unsaved) }
        return Double(min(unsaved, interval + (record.savingSeconds ?? 0)))
    }

    // MARK: - What it means for planning

    /// What a workload may be bought at this moment.
    func capacityTypes(for record: State.Record, at now: Timestamp) -> [CapacityType] {
        if let look = look(of: record) { return look.types }
        return configuration.capacityTypes(
            for: record.workload,
            remainingSeconds: remainingSeconds(of: record, at: now),
            waitingSince: record.stoppedAt ?? record.workload.createdAt,
            at: now
        )
    }

    /// Spot pools that a workload is kept off at this moment.
    func avoidedPools(of record: State.Record) -> Set<Offering> {
        guard record.running == nil || isMoving(record) else { return [] }
        return look(of: record)?.avoided ?? []
    }

    func look(of record: State.Record) -> SpotLook? { progress.spot.looks[record.workload.id]?.look }

    /// What is said of a workload that waits because the policy has it wait: why, before what planning found closed.
    func explained(_ explanation: Explanation) -> Explanation {
        guard explanation.workloads.count == 1, let id = explanation.workloads.first, let record = state.records[id],
            let waiting = look(of: record)?.waiting
        else { return explanation }
        var result = explanation
        result.summary = "\(waiting) (\(explanation.summary))"
        return result
    }
}

extension State {
    /// What was seen of a pool: since when it has been as it is, and how it was before.
    fileprivate func spell(
        of offering: Offering,
        isOpen: Bool,
        _ configuration: GleanerConfiguration,
        at now: Timestamp
    ) -> SpotCase.Spell {
        let halfLife = configuration.economics.hazardHalfLife
        var result = SpotCase.Spell(age: 0, seen: SpellRecord())
        if let exposure = exposures[offering] {
            let spells = exposure.spells(at: now, halfLife: halfLife)
            result.seen.ends = spells.interruptions
            result.seen.logAges = spells.logAges
            if let began = exposure.spellBeganAt { result.age = max(0, (now - began).inSeconds) }
        }
        if let absence = absences[offering] {
            let counts = absence.counts(at: now, halfLife: halfLife)
            (result.seen.returns, result.seen.logAbsences) = (counts.returns, counts.logAges)
        }
        if let closure = closures[offering], closure.until > now {
            result.seen.logAbsences += PoolAbsence.logAge(from: closure.since, to: now)
            if !isOpen { result.age = max(0, (now - closure.since).inSeconds) }
        } else if !isOpen {
            result.age = 0
        }
        return result
    }
}

extension Workload {
    /// Whether a policy decides where it runs: it may use both spot and on-demand, and waits or moves for what is cheaper.
    /// Without a deadline only what computes towards an end, and does not lose it, gains from waiting.
    var isForSpotPolicy: Bool {
        guard accelerators > 0, !doNotDisrupt, id.kind != WorkloadID.provisioningRequest,
            capacityTypes.isEmpty || (capacityTypes.contains(.spot) && capacityTypes.contains(.onDemand))
        else { return false }
        return deadline != nil || (keepsWork && !servesForEver)
    }

    /// Whether what it does is kept when it is interrupted: it saves when it is asked, or by itself.
    var keepsWork: Bool { checkpoint != .none || checkpointIntervalSeconds != nil }
}
