import Model
import Planning

/// Moving work together: what is asked of `Planning`, and what becomes of its answer.
extension Autoscaler {
    /// Asks at this distance: what it costs is paid by the hour.
    static let consolidationInterval: Duration = .seconds(60)

    /// What is under way of it; rebuilt by itself after a restart.
    struct ConsolidationProgress: Sendable {
        var generation = 0
        var inFlight: (generation: Int, claimsVersion: Int)?
        var askedAt: Timestamp?
        /// When what would be done was last said, by its words without numbers.
        var explainedAt: [String: Timestamp] = [:]
    }

    /// Asks which nodes may go, when all that waits is served: someone who waits may need the room.
    mutating func askForConsolidation(at now: Timestamp) {
        let moves = progress.epoch == nil ? [] : wantedMoves(at: now)
        let interval = moves.first?.isUrgent == true ? Self.urgentInterval : Self.consolidationInterval
        let isWanted =
            !progress.replacing.isEmpty || !moves.isEmpty
            || configuration.pools.contains { $0.disruption.policy == .whenEmptyOrUnderutilized }
        guard isWanted, progress.epoch != nil, !state.isPaused, !state.claims.isEmpty, progress.pricesObservedAt != nil
        else { return }
        let due = progress.consolidation.askedAt.map { $0 + interval } ?? now
        guard due <= now else {
            wake(at: due)
            return
        }
        // A plan that is still under way for pods that wait no longer changes nothing.
        let isPlanning = progress.planInFlight != nil && !progress.plannedPods.isEmpty
        let isBusy = !isSettledDown
        guard isFresh(at: now), !isPlanning || !moves.isEmpty, !isBusy || mayReplace || !moves.isEmpty,
            progress.consolidation.inFlight?.claimsVersion != state.claimsVersion
        else { return }
        progress.consolidation.askedAt = now
        progress.consolidation.generation += 1
        progress.consolidation.inFlight = (progress.consolidation.generation, state.claimsVersion)
        wake(at: now + interval)
        let input = consolidationInput(isBusy: isBusy || isPlanning, moves, at: now)
        explainReplacing(input.nodes, at: now)
        progress.spot.asked = input.movesTried.filter(\.isUrgent)
        send(.consolidate(generation: progress.consolidation.generation, input))
    }

    /// Whether nodes that must be replaced may be although others come and go: nothing else is being moved, and nobody
    /// waits for an answer of planning, so that new nodes for their pods take nothing from anybody.
    private var mayReplace: Bool {
        !progress.replacing.isEmpty && state.consolidations.isEmpty && progress.evictions.isEmpty
            && everyWaitingPodIsAnswered(placedCount: true)
    }

    /// Whether of every pod that waits it was said that nothing can be done, or else where it is to run.
    private func everyWaitingPodIsAnswered(placedCount: Bool) -> Bool {
        cluster.pods.values.allSatisfy { pod in
            guard pod.isWaiting, !pod.isNodeBound, !pod.isProvisionedElsewhere,
                configuration.serves(namespace: pod.id.namespace)
            else { return true }
            guard progress.placements[pod.id] == nil else { return placedCount }
            return workloadID(of: pod).map { state.explanations[$0] != nil || placedCount && isBought($0) } ?? false
        }
    }

    /// Whether nodes are on their way for a workload.
    private func isBought(_ workload: WorkloadID) -> Bool {
        state.claims.values.contains { claim in
            (claim.phase == .launching || claim.phase == .booting) && claim.workloads.contains(workload)
        }
    }

    /// Whether nothing is on its way in or out, and nothing waits but what has been told that nothing can be done.
    private var isSettledDown: Bool {
        let isMoving = state.consolidations.contains { !($0.hasBegun && $0.intent.reason == .repriced) }
        guard state.openLaunches.isEmpty, !isMoving, progress.evictions.isEmpty,
            state.claims.values.allSatisfy({ $0.phase != .launching && $0.phase != .booting })
        else { return false }
        guard state.provisions.keys.allSatisfy({ !awaitsCapacity($0) || state.explanations[$0] != nil }) else {
            return false
        }
        return everyWaitingPodIsAnswered(placedCount: false)
    }

    private func consolidationInput(
        isBusy: Bool,
        _ moves: [ConsolidationInput.Move],
        at now: Timestamp
    ) -> ConsolidationInput {
        let nodes = standingNodes(at: now)
        var surroundings = planInput([], at: now)
        surroundings.volumeClaims = cluster.objects.volumeClaims(of: moves.flatMap(\.demand.pods))
        if let observed = progress.pricesObservedAt, now - observed > configuration.maximumPriceAge {
            surroundings.choices = []
        }
        return ConsolidationInput(
            surroundings: surroundings,
            nodes: nodes,
            tenants: tenants(of: nodes, at: now),
            defaultDelay: configuration.idleTimeout,
            isBusy: isBusy,
            moves: moves
        )
    }

    /// What moving means for every workload on these nodes.
    private func tenants(
        of nodes: [ConsolidationInput.Standing],
        at now: Timestamp
    ) -> [WorkloadID: ConsolidationInput.Tenant] {
        var saved: [WorkloadID: Timestamp] = [:]
        for pod in cluster.pods.values {
            guard let text = pod.annotation(.lastCheckpoint), let time = Timestamp(rfc3339: text),
                let workload = workloadID(of: pod)
            else { continue }
            saved[workload] = max(saved[workload] ?? time, time)
        }
        var result: [WorkloadID: ConsolidationInput.Tenant] = [:]
        for resident in nodes.flatMap(\.residents) {
            guard let id = resident.workload, let record = state.records[id], record.endedAt == nil, record.answers
            else { continue }
            let ofJob = annotation(.lastCheckpoint, of: id)
            let started = record.running?.startedAt ?? resident.pod.startedAt ?? now
            let times = [started, saved[id], ofJob.flatMap { Timestamp(rfc3339: $0) }].compactMap { $0 }
            let unsaved = max(0, (now - (times.max() ?? now)).components.seconds)
            let demand = PlanInput.Demand(
                workload: record.workload,
                pods: [],
                capacityTypes: capacityTypes(for: record, at: now),
                remainingSeconds: remainingSeconds(of: record, at: now),
                checkpoints: checkpoints(of: record),
                dataset: dataset(of: record),
                // Those that would move are taken out of these by whoever asks for places for them.
                running: result[id]?.demand.running ?? members(of: id).filter(\.occupiesNode).map(\.id),
                avoided: avoidedPools(of: record)
            )
            let known = result[id]?.unsavedSeconds ?? 0
            result[id] = ConsolidationInput.Tenant(demand: demand, unsavedSeconds: max(known, unsaved))
        }
        return result
    }

    mutating func absorb(_ answer: [Consolidation], generation: Int, at now: Timestamp) {
        guard let asked = progress.consolidation.inFlight, asked.generation == generation else { return }
        progress.consolidation.inFlight = nil
        guard isFresh(at: now), progress.epoch != nil, !state.isPaused else { return }
        // Nodes that came or went meanwhile may have changed who fits where. What a deadline needs is looked at by itself:
        // where nodes always come and go it would else come too late.
        let isCurrent = asked.claimsVersion == state.claimsVersion
        let isSettledDown = isSettledDown
        if isCurrent { explainUnserved(by: answer, at: now) }
        let mayReplace = mayReplace
        for consolidation in answer {
            guard consolidation.reason != .repriced else {
                let stillFits = consolidation.purchase.map { isWithinLimits($0, at: now) } ?? true
                if isCurrent || (consolidation.isUrgent && stillFits) { carryOutMove(consolidation, at: now) }
                continue
            }
            guard isCurrent, isSettledDown || (mayReplace && consolidation.reason.isReplacing),
                refusal(of: consolidation.removals, maySome: false) == nil
            else { continue }
            carryOut(consolidation, at: now)
        }
    }

    private mutating func carryOut(_ consolidation: Consolidation, at now: Timestamp) {
        let nodes = consolidation.removals.map(\.node).joined(separator: ", ")
        guard isActing else {
            let what = consolidation.workloads.isEmpty ? "drain \(nodes): " : ""
            explain("dry run: would \(what)\(consolidation.summary)", at: now)
            return
        }
        if let purchase = consolidation.purchase {
            if let refusal = purchaseRefusal(of: purchase, at: now) {
                explain("\(nodes) cannot be replaced by \(purchase.offering): \(refusal)", at: now)
                return
            }
            let id = launch(purchase, at: now)
            record(.consolidationIntended(ConsolidationIntent(consolidation, launch: id)), at: now)
            return
        }
        if !consolidation.workloads.isEmpty {
            record(.consolidationIntended(ConsolidationIntent(consolidation, launch: nil)), at: now)
        }
        for claim in consolidation.claims(in: state) { drain(claim, reason: consolidation.summary, at: now) }
    }

    /// Says what is not done, and why, when it says something new.
    mutating func explain(_ summary: String, at now: Timestamp) {
        let key = summary.filter { !$0.isNumber }
        let last = progress.consolidation.explainedAt[key]
        guard last.map({ now - $0 >= Self.explanationInterval }) ?? true else { return }
        progress.consolidation.explainedAt = progress.consolidation.explainedAt.filter {
            now - $0.value < Self.explanationInterval
        }
        progress.consolidation.explainedAt[key] = now
        record(.explained(Explanation(workloads: [], summary: summary)), at: now)
    }

    /// Drains what is to be replaced once all that was bought for it stands, or gives it up.
    mutating func continueConsolidations(at now: Timestamp) {
        guard isFresh(at: now) else { return }
        for consolidation in state.consolidations where !consolidation.hasBegun {
            let intent = consolidation.intent
            guard intent.reason != .repriced else {
                continueMove(intent, at: now)
                continue
            }
            guard let launch = intent.launch, !state.openLaunches.contains(where: { $0.id == launch }) else { continue }
            let bought = state.claims.values.filter { $0.launch == launch }
            let stand = bought.allSatisfy { $0.phase == .booting || $0.phase == .initialised }
            var refusal = refusal(of: intent.removals, maySome: true)
            if bought.count < intent.launched || !stand { refusal = "what was to replace it is not to be had" }
            if bought.contains(where: isOccupied) { refusal = "others run on what was to replace it" }
            if let refusal {
                record(.consolidationAbandoned(intent.claims, reason: refusal), at: now)
                continue
            }
            guard bought.allSatisfy(isOpen) else { continue }
            for id in intent.claims {
                guard let claim = state.claims[id] else { continue }
                drain(claim, reason: intent.summary, at: now)
            }
        }
    }

    /// Gives up emptying a node, and whatever goes with it: those that still run stay, and pods may come again.
    mutating func abandonConsolidation(of claim: Claim, _ reason: String, at now: Timestamp) {
        for consolidation in state.consolidations where consolidation.intent.claims.contains(claim.id) {
            record(.consolidationAbandoned(consolidation.intent.claims, reason: reason), at: now)
        }
        wake(at: now)
    }

    func isOccupied(_ claim: Claim) -> Bool {
        guard let node = node(of: claim) else { return false }
        return cluster.pods.values.contains { $0.nodeName == node.name && $0.occupiesNode && !$0.isNodeBound }
    }

    /// Whether pods can be bound to its node.
    func isOpen(_ claim: Claim) -> Bool {
        guard claim.phase == .initialised, let node = node(of: claim) else { return false }
        return node.isReady && !node.isUnschedulable && !node.taints.contains { $0.key == Taint.starting.key }
    }

    /// Why nodes can no longer be taken away as was decided; nil when they can. `maySome` says whether pods may have gone
    /// meanwhile; others may never have come.
    private func refusal(of removals: [Consolidation.Removal], maySome: Bool) -> String? {
        for removal in removals {
            guard let claim = state.claims[removal.claim], claim.phase == .initialised, claim.reclaimAt == nil,
                let node = node(of: claim), node.name == removal.node, node.isReady, !node.isUnschedulable
            else { return "\(removal.node) does not stand as it did" }
            let residents = cluster.pods(on: node.name).filter { !$0.isNodeBound }
            let uids = Set(residents.map(\.uid))
            let known = Set(removal.pods)
            guard maySome ? uids.isSubset(of: known) : uids == known else {
                return "other pods run on \(removal.node) by now"
            }
            guard residents.allSatisfy(isMovable) else { return "a pod on \(removal.node) must not be moved" }
        }
        return nil
    }

    /// Whether a pod may be moved at all: something makes it again, it has begun, and nobody forbids it.
    func isMovable(_ pod: Pod) -> Bool {
        guard pod.owner != nil, pod.phase == .running, pod.deletedAt == nil,
            let record = workloadID(of: pod).flatMap({ state.records[$0] })
        else { return false }
        return record.workload.gang == nil && !record.workload.doNotDisrupt
    }

    /// Whether a claim drains because its pods run elsewhere from now on.
    func isConsolidated(_ claim: Claim) -> Bool {
        state.consolidations.contains { $0.hasBegun && $0.intent.claims.contains(claim.id) }
    }
}

extension Consolidation {
    fileprivate func claims(in state: State) -> [Claim] { removals.compactMap { state.claims[$0.claim] } }
}
