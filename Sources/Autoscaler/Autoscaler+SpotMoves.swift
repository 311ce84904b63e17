import Model
import Planning

/// Running workloads that the spot policy wants on other capacity: that is bought first, then all of the workload saves,
/// stops, and is queued again.
extension Autoscaler {
    /// Asks for capacity for urgent moves at this distance.
    static let urgentInterval: Duration = .seconds(10)
    /// After a move that was given up none that only saves money is tried for so long.
    private static let restAfterGivingUp: Duration = .seconds(3600)

    // MARK: - What is asked

    /// Moves that are wanted now, the urgent ones first.
    func wantedMoves(at now: Timestamp) -> [ConsolidationInput.Move] {
        guard isFresh(at: now) else { return [] }
        var result: [ConsolidationInput.Move] = []
        for (id, looked) in progress.spot.looks {
            guard let look = looked.look, let wanted = look.move, let record = state.records[id] else { continue }
            if let move = move(of: record, wanted, look, at: now) { result.append(move) }
        }
        return result.sorted { left, right in
            if left.isUrgent != right.isUrgent { return left.isUrgent }
            return left.demand.workload.id < right.demand.workload.id
        }
    }

    private func move(
        of record: State.Record,
        _ wanted: SpotLook.Move,
        _ look: SpotLook,
        at now: Timestamp
    ) -> ConsolidationInput.Move? {
        let id = record.workload.id
        guard let running = record.running, progress.endings[id] == nil, record.interruptedAt == nil,
            !isMoving(record), mayBeTried(wanted, record, at: now)
        else { return nil }
        let leaving = running.claims.compactMap { state.claims[$0] }.filter { claim in
            switch claim.offering.capacityType {
            case .reserved: false
            case .onDemand: !wanted.isToOnDemand
            case .spot: wanted.isToOnDemand || look.avoided.contains(claim.offering)
            }
        }
        guard !leaving.isEmpty, leaving.allSatisfy({ mayLeave($0, id) }) else {
            return nil
        }
        let nodes = Set(leaving.compactMap { node(of: $0)?.name })
        let present = members(of: id).filter(\.occupiesNode)
        let going = present.filter { nodes.contains($0.nodeName ?? "") }
        guard !going.isEmpty, going.allSatisfy({ $0.owner != nil && $0.phase == .running && $0.deletedAt == nil })
        else {
            return nil
        }
        let staying = present.filter { !nodes.contains($0.nodeName ?? "") }
        var pods = going.map(Self.waitingAgain)
        if record.workload.gang?.topology == .zone, let node = staying.first?.nodeName {
            pods = pods.map { $0.anchored(to: cluster.nodes[node]?.labels ?? [:]) }
        }
        let own = record.workload.capacityTypes
        let types: [CapacityType] = wanted.isToOnDemand ? [.reserved, .onDemand] : [.reserved, .spot]
        return ConsolidationInput.Move(
            demand: PlanInput.Demand(
                workload: record.workload,
                pods: pods,
                capacityTypes: own.isEmpty ? types : types.filter(own.contains),
                remainingSeconds: remainingSeconds(of: record, at: now),
                checkpoints: checkpoints(of: record),
                dataset: dataset(of: record),
                running: staying.map(\.id),
                avoided: wanted.isToOnDemand ? [] : look.avoided
            ),
            claims: leaving.map(\.id).sorted(),
            pods: Set(going.map(\.uid)),
            savingSeconds: record.savingSeconds ?? 0,
            isUrgent: wanted.isUrgent,
            mayLeaveFirst: mayLeaveFirst(wanted, record),
            emptied: Set(leaving.filter { $0.phase == .draining }.map(\.id)),
            reason: wanted.reason
        )
    }

    /// Whether a move may be tried now: one that only saves money not soon after another was given up, and one for a
    /// deadline only while it helps.
    private func mayBeTried(_ wanted: SpotLook.Move, _ record: State.Record, at now: Timestamp) -> Bool {
        guard wanted.isUrgent else {
            return record.moveGivenUpAt.map { now - $0 >= Self.restAfterGivingUp } ?? true
        }
        return wanted.spareSeconds.map { $0 >= restartSeconds(of: record) } ?? true
    }

    /// Whether its deadline is kept even when it stops before anything is bought: then the whole of a start follows the
    /// save.
    private func mayLeaveFirst(_ wanted: SpotLook.Move, _ record: State.Record) -> Bool {
        guard wanted.isUrgent, let spare = wanted.spareSeconds else { return false }
        return spare >= Double(configuration.changeover.bootSeconds) + restartSeconds(of: record)
    }

    /// What a start takes once its node stands, as is configured or as the workload's own have shown, and its data's way
    /// to where it has no copy.
    func restartSeconds(of record: State.Record) -> Double {
        let changeover = configuration.changeover
        let seen = record.starts.longestSeconds - changeover.bootSeconds
        let load = dataset(of: record)?.loadSeconds ?? 0
        return Double(max(changeover.pullSeconds + changeover.restoreSeconds, seen) + load)
    }

    /// Whether a workload may leave a claim's node: it stands, or is emptied for another's move, which left this one.
    private func mayLeave(_ claim: Claim, _ id: WorkloadID) -> Bool {
        guard claim.reclaimAt == nil else { return false }
        if claim.phase == .initialised { return true }
        guard claim.phase == .draining, let relocation = state.relocations[claim.id] else { return false }
        return relocation.cause == .repriced && !relocation.workloads.contains(id)
    }

    /// The pod that will take this one's place.
    private static func waitingAgain(_ pod: Pod) -> Pod {
        var result = pod
        result.nodeName = nil
        result.phase = .pending
        result.isUnschedulable = true
        result.isReady = false
        result.startedAt = nil
        result.readyAt = nil
        return result
    }

    /// The move of a workload that is under way: until it runs elsewhere, or its move was given up.
    func isMoving(_ record: State.Record) -> Bool {
        state.consolidations.contains { consolidation in
            guard consolidation.intent.reason == .repriced, consolidation.intent.workloads == [record.workload.id]
            else {
                return false
            }
            guard let running = record.running else { return consolidation.hasBegun }
            return running.claims.contains(where: consolidation.intent.claims.contains)
        }
    }

    // MARK: - What becomes of it

    /// Why a move cannot be made as was decided; nil when it can.
    func refusal(ofMoving id: WorkloadID, _ removals: [Consolidation.Removal]) -> String? {
        guard let record = state.records[id], record.endedAt == nil, let running = record.running,
            progress.endings[id] == nil
        else { return "\(id) does not run any more" }
        for removal in removals {
            guard let claim = state.claims[removal.claim], mayLeave(claim, id),
                running.claims.contains(claim.id), let node = node(of: claim), node.name == removal.node
            else { return "\(removal.node) does not stand as it did" }
            let own = cluster.pods(on: node.name).filter { workloadID(of: $0) == id && !$0.isFinished }
            guard Set(own.map(\.uid)).isSubset(of: removal.pods) else {
                return "other pods of \(id) run on \(node.name)"
            }
        }
        return nil
    }

    /// Says of workloads that should leave spot for their deadlines that nothing takes them in.
    mutating func explainUnserved(by answer: [Consolidation], at now: Timestamp) {
        let served = Set(answer.flatMap(\.workloads))
        // Those whose nodes others take are looked at again without them.
        let taken = Set(answer.flatMap { $0.removals.map(\.claim) })
        for move in progress.spot.asked
        where !served.contains(move.demand.workload.id) && taken.isDisjoint(with: move.claims) {
            let id = move.demand.workload.id
            let what = move.mayLeaveFirst ? "no on-demand node is" : "no on-demand node beside what it runs on is"
            explain("\(id) stays on spot: \(what) to be had, \(move.reason)", at: now)
        }
        progress.spot.asked = []
    }

    /// Buys what a workload moves to, or lets it go at once where nothing can be bought before.
    mutating func carryOutMove(_ consolidation: Consolidation, at now: Timestamp) {
        guard let id = consolidation.workloads.first, let record = state.records[id], !isMoving(record),
            let wanted = look(of: record)?.move, wanted.isUrgent == consolidation.isUrgent,
            refusal(ofMoving: id, consolidation.removals) == nil
        else { return }
        guard isActing else {
            explain("dry run: would \(consolidation.summary)", at: now)
            return
        }
        let claims = Set(consolidation.removals.map(\.claim))
        guard let purchase = consolidation.purchase else {
            guard let later = consolidation.laterPurchase else { return }
            if let refusal = purchaseRefusal(of: later, leaving: Leaving(claims: claims, isFirst: true), at: now) {
                explain("\(id) cannot move to \(later.offering): \(refusal)", at: now)
                return
            }
            leave(consolidation, at: now)
            return
        }
        let leaving = consolidation.isUrgent ? Leaving(claims: claims) : nil
        if let refusal = purchaseRefusal(of: purchase, leaving: leaving, at: now) {
            // The cap of what may run at a time forbids both side by side, but not one after the other.
            if mayLeaveFirst(wanted, record),
                purchaseRefusal(of: purchase, leaving: Leaving(claims: claims, isFirst: true), at: now) == nil
            {
                var first = consolidation
                first.purchase = nil
                first.summary += "; what it moves to is bought once it has left, within the spend cap"
                leave(first, at: now)
                return
            }
            explain("\(id) cannot move to \(purchase.offering): \(refusal)", at: now)
            return
        }
        let launch = launch(purchase, at: now)
        self.record(.consolidationIntended(ConsolidationIntent(consolidation, launch: launch)), at: now)
    }

    /// Lets a workload go before anything is bought for it.
    private mutating func leave(_ consolidation: Consolidation, at now: Timestamp) {
        let intent = ConsolidationIntent(consolidation, launch: nil)
        record(.consolidationIntended(intent), at: now)
        beginMove(intent, at: now)
    }

    /// Lets a workload go once all that was bought for it stands, or gives its move up.
    mutating func continueMove(_ intent: ConsolidationIntent, at now: Timestamp) {
        guard let id = intent.workloads.first else { return }
        var refusal = refusal(ofMoving: id, intent.removals)
        guard let launch = intent.launch else {
            if refusal == nil { beginMove(intent, at: now) }
            if let refusal { record(.consolidationAbandoned(intent.claims, reason: refusal), at: now) }
            return
        }
        guard !state.openLaunches.contains(where: { $0.id == launch }) else { return }
        let bought = state.claims.values.filter { $0.launch == launch }
        let stand = bought.allSatisfy { $0.phase == .booting || $0.phase == .initialised }
        if bought.count < intent.launched || !stand { refusal = refusal ?? "what it was to move to is not to be had" }
        if bought.contains(where: isOccupied) { refusal = refusal ?? "others run on what it was to move to" }
        if let refusal {
            record(.consolidationAbandoned(intent.claims, reason: refusal), at: now)
            return
        }
        guard bought.allSatisfy(isOpen) else { return }
        beginMove(intent, at: now)
    }

    private mutating func beginMove(_ intent: ConsolidationIntent, at now: Timestamp) {
        for claim in intent.claims {
            // Another may still be on its way off the same node.
            let others = (state.relocations[claim]?.workloads ?? []).filter { id in
                !intent.workloads.contains(id) && (state.records[id]?.running?.claims.contains(claim) ?? false)
            }
            let relocation = Relocation(
                claim: claim,
                workloads: (intent.workloads + others).sorted(),
                deadline: nil,
                summary: intent.summary,
                cause: .repriced
            )
            record(.interruptionStep(.relocationIntended(relocation)), at: now)
            record(.claimDraining(claim, reason: intent.summary), at: now)
        }
        progress.planDueAt = now
        wake(at: now)
    }

    /// What becomes of a move when a rank was asked to save and did not answer: one that nothing forces is given up, and
    /// so is one that would come too late without what was not saved.
    mutating func giveUpUnsaved(_ id: WorkloadID, _ relocation: Relocation, at now: Timestamp) {
        guard
            let intent = state.consolidations.map(\.intent).first(where: {
                $0.claims.contains(relocation.claim) && $0.workloads.contains(id)
            }), let record = state.records[id]
        else { return }
        if intent.isUrgent == true, let deadline = record.workload.deadline {
            let lost = Double(unsavedSeconds(of: id, record, at: now)) * record.speed
            let left = Double(remainingSeconds(of: record, at: now)) + lost
            if left + Double(configuration.changeover.totalSeconds) <= (deadline - now).inSeconds { return }
        }
        let reason = "\(id) was asked to save and did not answer"
        self.record(.consolidationAbandoned(intent.claims, reason: reason), at: now)
        wake(at: now)
    }

    /// Gives up a move that only saves money when a disruption budget has let nobody go for a while: what was bought
    /// would stand empty for as long as the budget holds.
    ///
    /// - Returns: Whether it was given up.
    mutating func giveUpBlocked(_ claim: Claim, at now: Timestamp) -> Bool {
        let moves = state.consolidations.filter { $0.hasBegun && $0.intent.reason == .repriced }.map(\.intent)
        guard let intent = moves.first(where: { $0.claims.contains(claim.id) }), intent.isUrgent != true,
            let id = intent.workloads.first, let since = claim.drainingSince, now - since >= Self.voluntaryPatience,
            let record = state.records[id], record.running != nil, record.departure == nil, progress.endings[id] == nil
        else { return false }
        let ranks = members(of: id).filter(\.occupiesNode)
        let asked = ranks.compactMap { progress.evictions[$0.uid] }
        // One that was told to stop after all takes the others along.
        guard ranks.allSatisfy({ $0.phase == .running && $0.deletedAt == nil }), asked.contains(where: \.wasRefused),
            asked.allSatisfy({ $0.retryAt != nil && !$0.isAccepted })
        else { return false }
        for rank in ranks { progress.evictions[rank.uid] = nil }
        let reason = "a disruption budget has let no pod of \(id) go for \(Self.voluntaryPatience.components.seconds) s"
        self.record(.consolidationAbandoned(intent.claims, reason: reason), at: now)
        wake(at: now)
        return true
    }
}
