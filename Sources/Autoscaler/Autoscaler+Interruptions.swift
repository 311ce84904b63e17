import Model

/// The two minutes after an interruption notice: cordon, checkpoint every rank, requeue.
extension Autoscaler {
    /// What is left unused before a reclaim, so that a save that ends on its last second still counts.
    static let reclaimMargin: Duration = .seconds(5)

    /// What is left, at the most, for one that saves on a POST to stop after it has answered.
    private static let mostSecondsToStop: Int64 = 30
    /// How long before a budget is overridden one that has not answered is told to stop all the same.
    private static let leadOfOverride: Duration = .seconds(4)

    /// What was saved so shortly before a notice is not saved again because of it.
    private static let freshAnswer: Duration = .seconds(30)

    /// Claims whose nodes are about to go, by the cloud's word or because of its warning.
    var departingClaims: [Claim] {
        liveClaims.filter { $0.phase != .gone && ($0.reclaimAt != nil || state.relocations[$0.id] != nil) }
    }

    /// Keeps every reclaimed node's pods on their way out, from the notice to the reclaim: the node takes no new pods,
    /// every rank is asked to save, and is told to stop when all have, or at the last safe moment.
    mutating func moveOffReclaimedNodes(at now: Timestamp) {
        for claim in liveClaims where claim.phase != .gone {
            guard let reclaim = claim.reclaimAt, reclaim > now, let node = node(of: claim) else { continue }
            cordonDeparting(claim, node, because: "interruption", at: now)
            let onNode = cluster.pods(on: node.name).filter { !$0.isNodeBound }
            // Not those of a gang that are not ready yet, and not their successors, which would be evicted again and
            // again until the reclaim.
            let warned = reclaim - Notice.interruptionLead
            var hasAnswered: [WorkloadID: Bool] = [:]
            for workload in Set(onNode.compactMap(workloadID(of:))).sorted() {
                requestCheckpoint(of: workload, before: reclaim, at: now)
                let isGang = state.records[workload]?.workload.gang != nil
                let ranks = (isGang ? members(of: workload) : onNode.filter { workloadID(of: $0) == workload })
                    .filter { isAtWork($0) && (!isGang || $0.createdAt <= warned) }
                let limits = ranks.map { lastSafeMoment(for: $0, before: reclaim) - Self.leadOfOverride }
                hasAnswered[workload] = askToSave(
                    workload,
                    ranks,
                    by: limits.min() ?? reclaim,
                    notBefore: (claim.drainingSince ?? now) - Self.freshAnswer,
                    at: now
                )
            }
            // A pod that has not begun has nothing to save, and its eviction would count as a failure of its Job: the
            // reclaim takes it along, which does not.
            for pod in onNode where pod.phase != .pending {
                let waits = workloadID(of: pod).flatMap { hasAnswered[$0] } == false
                moveOff(pod, before: reclaim, onReclaimedNode: true, waits: waits, at: now)
            }
            // One lost rank stops all: the others save as well, on nodes that stay.
            for gang in Set(onNode.compactMap { gangWorkload(of: $0) }).sorted() {
                for pod in members(of: gang)
                where pod.nodeName != node.name && pod.occupiesNode && pod.isReady && pod.createdAt <= warned {
                    let waits = hasAnswered[gang] == false
                    moveOff(pod, before: reclaim, onReclaimedNode: false, waits: waits, at: now)
                }
            }
        }
    }

    /// Sees that a node which is about to go takes no new pods.
    mutating func cordonDeparting(_ claim: Claim, _ node: Node, because reason: String, at now: Timestamp) {
        if !state.cordoned.contains(claim.id) {
            record(.interruptionStep(.cordoned(claim.id, node: node.name)), at: now)
        }
        guard !node.isUnschedulable else { return }
        update(NodeUpdate(node: node.name, unschedulable: true, addTaints: [.draining(reason)]), at: now)
    }

    mutating func requestCheckpoint(of workload: WorkloadID, before reclaim: Timestamp, at now: Timestamp) {
        guard let record = state.records[workload], let attempt = record.running,
            record.checkpointRequestedAt == nil, record.workload.checkpoint != .none
        else { return }
        self.record(.checkpointRequested(workload, attempt: attempt.number, deadline: reclaim), at: now)
    }

    private func contract(of pod: Pod) -> CheckpointContract {
        workloadID(of: pod).flatMap { state.records[$0]?.workload.checkpoint } ?? .none
    }

    /// After which a pod on a node that is taken back could not stop in time.
    private func lastSafeMoment(for pod: Pod, before reclaim: Timestamp) -> Timestamp {
        let most = contract(of: pod) == .http ? Self.mostSecondsToStop : 115
        return reclaim - .seconds(min(pod.terminationGraceSeconds, most)) - Self.reclaimMargin
    }

    /// Tells a pod to stop. `waits` says that it, or another rank, was asked to save and has not answered.
    private mutating func moveOff(
        _ pod: Pod,
        before reclaim: Timestamp,
        onReclaimedNode: Bool,
        waits: Bool,
        at now: Timestamp
    ) {
        guard pod.deletedAt == nil, !pod.isFinished else { return }
        let lastSafe = lastSafeMoment(for: pod, before: reclaim)
        if waits, now < lastSafe - Self.leadOfOverride {
            wake(at: lastSafe - Self.leadOfOverride)
            return
        }
        let left = max(1, (reclaim - now - Self.reclaimMargin).components.seconds)
        let hasAnswered = contract(of: pod) == .http && !waits
        // One that saves on SIGTERM has all the time that is left, and one that did not answer may; another no more than
        // it asks for.
        let saves = contract(of: pod) != .none && !hasAnswered
        let grace = saves ? left : min(left, max(1, pod.terminationGraceSeconds))
        let overrides = onReclaimedNode && now >= lastSafe
        evict(pod, graceSeconds: grace, overridesBudget: overrides, because: "interruption", at: now)
        if onReclaimedNode, !overrides { wake(at: lastSafe) }
    }

    /// Sends an eviction unless one is under way; a budget's refusal is tried again after two seconds.
    mutating func evict(
        _ pod: Pod,
        graceSeconds: Int64,
        overridesBudget: Bool,
        because reason: String,
        at now: Timestamp
    ) {
        let earlier = progress.evictions[pod.uid]
        if let earlier {
            let mayOverride = overridesBudget && !earlier.overrode
            if !mayOverride {
                guard let retry = earlier.retryAt else { return }
                guard retry <= now else {
                    wake(at: retry)
                    return
                }
            }
        }
        // Once, and once more when it no longer asks; not with every try.
        let isFirst = state.evictedAt[pod.uid] == nil && earlier == nil
        if isFirst || (overridesBudget && earlier?.overrode != true) {
            record(.evictionIntended(pod.id, uid: pod.uid, graceSeconds: graceSeconds, reason: reason), at: now)
        }
        progress.evictions[pod.uid] = EvictionProgress(
            pod: pod.id,
            retryAt: nil,
            overrode: overridesBudget,
            wasRefused: earlier?.wasRefused ?? false
        )
        send(
            .evict(
                Eviction(
                    pod: pod.id,
                    uid: pod.uid,
                    graceSeconds: graceSeconds,
                    overridesBudget: overridesBudget,
                    reason: reason
                )
            )
        )
    }

    mutating func absorb(_ outcome: EvictionOutcome, ofEvictionOf uid: String, at now: Timestamp) {
        guard progress.evictions[uid] != nil else { return }
        switch outcome {
        case .accepted, .gone:
            // The watch will show it; should it not, the eviction is asked for once more.
            progress.evictions[uid]?.isAccepted = true
            progress.evictions[uid]?.retryAt = now + .seconds(20)
            wake(at: now + .seconds(20))
        case .blockedByBudget, .failed:
            if case .blockedByBudget = outcome { progress.evictions[uid]?.wasRefused = true }
            progress.evictions[uid]?.retryAt = now + .seconds(2)
            wake(at: now + .seconds(2))
        }
    }

    /// The gang that a pod belongs to, when it belongs to one.
    func gangWorkload(of pod: Pod) -> WorkloadID? {
        workloadID(of: pod).flatMap { state.records[$0]?.workload.gang == nil ? nil : $0 }
    }

    /// Present pods of a workload, sorted.
    func members(of workload: WorkloadID) -> [Pod] {
        cluster.candidates(of: workload).filter { workloadID(of: $0) == workload }
    }
}
