package import Model

/// The books: fed with the journal's entries in order, asked for costs at any time. Everything in it follows from the
/// facts alone; a price or a state change that comes late corrects what was reckoned before.
///
/// Times are cut to whole seconds and prices counted in integers, so that every total is exact before it is rounded.
package struct Ledger: Sendable {
    /// What nodes have in common when costs are broken down.
    struct Group: Hashable, Sendable {
        var pool: String
        var shape: String
        var capacityType: String
    }

    let configuration: GleanerConfiguration
    private(set) var claims: [ClaimID: ClaimAccount] = [:]
    /// In the order in which they were first heard of.
    private(set) var claimOrder: [ClaimID] = []
    private(set) var workloads: [WorkloadAccount] = []
    private(set) var groups: [Group] = []
    private(set) var histories: [PriceHistory] = []
    /// Indices of the price histories of an instance type's on-demand offerings.
    private(set) var onDemandHistories: [String: [Int]] = [:]
    /// The shapes that pools offer, by pool, once the catalogue is known.
    private(set) var poolShapes: [(pool: Pool, shape: Shape)] = []
    private var workloadIndices: [WorkloadID: Int] = [:]
    private var groupIndices: [Group: Int] = [:]
    private var historyIndices: [Offering: Int] = [:]
    private var launches: [LaunchID: [ClaimID]] = [:]
    /// Pods on nodes, by workload: which claim and which of its uses.
    private var openUses: [Int: [(claim: ClaimID, use: Int)]] = [:]
    var bookings: [WorkloadID: Booking] = [:]

    /// - Parameter configuration: Its pools and changeover decide the on-demand equivalent, nothing else.
    package init(configuration: GleanerConfiguration) {
        self.configuration = configuration
    }

    /// Makes known what the pools' shapes offer, for the on-demand equivalent. Without it a workload is compared with
    /// the shapes it ran on alone.
    package mutating func record(_ catalogue: Catalogue) {
        poolShapes = configuration.pools.flatMap { pool in
            pool.shapes.compactMap { catalogue.shape($0, of: pool) }.map { (pool, $0) }
        }
    }

    /// Takes in one entry; entries of the journal, each once, in order.
    package mutating func record(_ entry: JournalEntry) {
        let at = entry.at.seconds
        switch entry.fact {
        case .priceObserved(let point):
            histories[history(of: point.offering)]
                .observe(ExactPrice(point.pricePerHour), effectiveAt: point.effectiveAt)
        case .workloadAdmitted(let workload):
            workloads[index(of: workload.id)].workload = workload
        case .launchIntended(let request, let explanation):
            open(request, explanation)
        case .launchEnded(let launch, .launched(let instances)):
            for (claim, instance) in zip(launches[launch] ?? [], instances) {
                account(claim) { $0.launchedAt = $0.launchedAt ?? instance.launchedAt.seconds }
            }
        case .instanceObserved(let observation):
            account(observation.claim) { $0.observe(observation) }
        case .claimInitialised(let claim, _):
            account(claim) { $0.initialisedAt = $0.initialisedAt ?? at }
        case .claimDraining(let claim, _):
            account(claim) { $0.drainingAt = $0.drainingAt ?? at }
        case .podAssigned(let use):
            assign(use, at: at)
        case .podReleased(let uid, let claim):
            release(uid: uid, of: claim, at: at)
        case .attemptStarted(let attempt):
            start(attempt)
        case .attemptEnded(let end):
            workloads[index(of: end.workload)].end(end)
        case .regularCheckpoint(let workload, .completed(let attempt, let asked, let seconds)):
            workloads[index(of: workload)].save(attempt: attempt, from: asked.seconds, seconds: seconds)
        case .regularCheckpoint(let workload, .failed(let attempt, _, .some(let seconds))):
            workloads[index(of: workload)].save(attempt: attempt, from: at - seconds, seconds: seconds)
        case .workloadEnded(let workload, let succeeded):
            workloads[index(of: workload)].succeeded = succeeded
        case .interruptionStep(.relocationAbandoned(let claim, _)):
            account(claim) { $0.drainingAt = nil }
        case .consolidationAbandoned(let claims, _):
            for claim in claims { account(claim) { $0.drainingAt = nil } }
        case .launchEnded(_, .failed), .consolidationIntended, .terminationIntended,
            .strayTerminationIntended,
            .checkpointRequested, .evictionIntended, .offeringClosed, .offeringOpened, .quotaClosed, .quotaOpened,
            .pauseChanged, .explained,
            .interruptionStep, .podCheckpointRequested, .checkpointAcknowledged, .checkpointFailed, .checkpointVerified,
            .regularCheckpoint(_, .requested), .regularCheckpoint(_, .failed):
            break
        case .noticeReceived(let notice, let claim):
            record(notice, of: claim)
        case .provisioning(let workload, let step):
            record(step, of: workload, at: at)
        }
    }

    // MARK: Taking in

    private mutating func open(_ request: LaunchRequest, _ explanation: Explanation) {
        for option in [explanation.chosen].compactMap(\.self) + explanation.rejected {
            histories[history(of: option.offering)].reckon(ExactPrice(option.pricePerHour))
        }
        let prices = history(of: request.offering)
        histories[prices].reckon(ExactPrice(request.pricePerHour))
        let terms = ClaimAccount.Terms(
            reserved: reserved(request),
            shape: request.shape,
            capacityType: request.offering.capacityType,
            prices: prices,
            launchPrice: ExactPrice(request.pricePerHour),
            workloads: request.workloads.map { index(of: $0) },
            group: index(
                of: Group(
                    pool: request.pool,
                    shape: request.shape.name,
                    capacityType: request.offering.capacityType.rawValue
                )
            )
        )
        launches[request.id] = request.claims
        for claim in request.claims { account(claim) { $0.terms = $0.terms ?? terms } }
    }

    private mutating func reserved(_ request: LaunchRequest) -> ClaimAccount.Terms.Reserved? {
        guard let reservation = request.reservation, reservation.kind == .capacityReservation else { return nil }
        var sold = request.offering
        sold.capacityType = .onDemand
        return .init(id: reservation.id, lapsesAt: reservation.endsAt?.seconds, prices: history(of: sold))
    }

    /// The end of a reservation may have been moved, or set at all, after the launch.
    private mutating func record(_ notice: Notice, of claim: ClaimID) {
        guard case .maintenance(let maintenance) = notice.kind, let id = claims[claim]?.terms?.reserved?.id,
            maintenance.id.hasPrefix("\(id)-")
        else { return }
        account(claim) { $0.terms?.reserved?.lapsesAt = maintenance.notBefore.seconds }
    }

    mutating func assign(_ use: PodUse, at: Int64) {
        let workload = index(of: use.workload)
        var position: Int?
        account(use.claim) { claim in
            guard !claim.uses.contains(where: { $0.uid == use.uid && $0.to == nil }) else { return }
            position = claim.uses.count
            claim.uses.append(
                ClaimAccount.Use(
                    uid: use.uid,
                    workload: workload,
                    accelerators: use.accelerators,
                    millionths: min(max(use.shareMillionths, 0), 1_000_000),
                    from: at
                )
            )
        }
        if let position { openUses[workload, default: []].append((use.claim, position)) }
    }

    mutating func release(uid: String, of claim: ClaimID, at: Int64) {
        guard let position = claims[claim]?.uses.lastIndex(where: { $0.uid == uid && $0.to == nil }) else { return }
        account(claim) { $0.uses[position].to = max(at, $0.uses[position].from) }
        guard let workload = claims[claim]?.uses[position].workload else { return }
        openUses[workload]?.removeAll { $0.claim == claim && $0.use == position }
        if openUses[workload]?.isEmpty == true { openUses[workload] = nil }
    }

    private mutating func start(_ attempt: Attempt) {
        let workload = index(of: attempt.workload)
        let isFirst = workloads[workload].attempts.isEmpty
        workloads[workload].start(attempt)
        guard isFirst else { return }
        workloads[workload].members = (openUses[workload] ?? []).compactMap { claim, position in
            guard let account = claims[claim], let shape = account.terms?.shape else { return nil }
            let use = account.uses[position]
            return .init(shape: shape, accelerators: use.accelerators, millionths: use.millionths)
        }
        guard workloads[workload].members.isEmpty else { return }
        workloads[workload].members = attempt.claims.compactMap { claim in
            guard let shape = claims[claim]?.terms?.shape else { return nil }
            return .init(shape: shape, accelerators: shape.accelerators, millionths: 1_000_000)
        }
    }

    // MARK: Indices

    private mutating func account(_ claim: ClaimID, _ change: (inout ClaimAccount) -> Void) {
        if claims[claim] == nil { claimOrder.append(claim) }
        change(&claims[claim, default: ClaimAccount()])
    }

    private mutating func index(of workload: WorkloadID) -> Int {
        if let index = workloadIndices[workload] { return index }
        workloads.append(WorkloadAccount(id: workload))
        workloadIndices[workload] = workloads.count - 1
        return workloads.count - 1
    }

    private mutating func index(of group: Group) -> Int {
        if let index = groupIndices[group] { return index }
        groups.append(group)
        groupIndices[group] = groups.count - 1
        return groups.count - 1
    }

    private mutating func history(of offering: Offering) -> Int {
        if let index = historyIndices[offering] { return index }
        histories.append(PriceHistory())
        historyIndices[offering] = histories.count - 1
        if offering.capacityType == .onDemand {
            onDemandHistories[offering.instanceType, default: []].append(histories.count - 1)
        }
        return histories.count - 1
    }
}
