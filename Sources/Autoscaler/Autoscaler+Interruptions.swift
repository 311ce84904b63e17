import Model

/// The two minutes after an interruption notice: cordon, checkpoint every rank, requeue.
extension Autoscaler {
    /// What is left unused before a reclaim, so that a save that ends on its last second still counts.
    static let reclaimMargin: Duration = .seconds(5)

    /// Keeps every reclaimed node's pods on their way out, from the notice to the reclaim.
    mutating func moveOffReclaimedNodes(at now: Timestamp) {
        let reclaimed = liveClaims.filter { $0.reclaimAt != nil && $0.phase != .gone }
        guard !reclaimed.isEmpty else { return }
        for claim in reclaimed {
            guard let reclaim = claim.reclaimAt, reclaim > now, let node = node(of: claim) else { continue }
            if !node.isUnschedulable {
                update(
                    NodeUpdate(node: node.name, unschedulable: true, addTaints: [.draining("interruption")]),
                    at: now
                )
            }
            let onNode = cluster.pods(on: node.name).filter { !$0.isNodeBound }
            for workload in Set(onNode.compactMap(workloadID(of:))).sorted() {
                requestCheckpoint(of: workload, before: reclaim, at: now)
            }
            // A pod that has not begun has nothing to save, and its eviction would count as a failure of its Job: the
            // reclaim takes it along, which does not.
            for pod in onNode where pod.phase != .pending {
                moveOff(pod, before: reclaim, onReclaimedNode: true, at: now)
            }
            // One lost rank stops all: the others save as well, on nodes that stay. Not those that are not ready yet, and
            // not their successors, which would be evicted again and again until the reclaim.
            let warned = reclaim - Notice.interruptionLead
            for gang in Set(onNode.compactMap { gangWorkload(of: $0) }).sorted() {
                for pod in members(of: gang)
                where pod.nodeName != node.name && pod.occupiesNode && pod.isReady && pod.createdAt <= warned {
                    moveOff(pod, before: reclaim, onReclaimedNode: false, at: now)
                }
            }
        }
    }

    private mutating func requestCheckpoint(of workload: WorkloadID, before reclaim: Timestamp, at now: Timestamp) {
        guard let record = state.records[workload], let attempt = record.running,
            record.checkpointRequestedAt == nil, record.workload.checkpoint != .none
        else { return }
        self.record(.checkpointRequested(workload, attempt: attempt.number, deadline: reclaim), at: now)
    }

    private mutating func moveOff(_ pod: Pod, before reclaim: Timestamp, onReclaimedNode: Bool, at now: Timestamp) {
        guard pod.deletedAt == nil, !pod.isFinished else { return }
        let left = max(1, (reclaim - now - Self.reclaimMargin).components.seconds)
        let saves = workloadID(of: pod).flatMap { state.records[$0] }.map { $0.workload.checkpoint != .none } ?? false
        // One that saves on SIGTERM has all the time that is left; another no more than it asks for.
        let grace = saves ? left : min(left, max(1, pod.terminationGraceSeconds))
        let lastSafe = reclaim - .seconds(min(pod.terminationGraceSeconds, 115)) - Self.reclaimMargin
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
            overrode: overridesBudget
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
            progress.evictions[uid]?.retryAt = now + .seconds(20)
            wake(at: now + .seconds(20))
        case .blockedByBudget, .failed:
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
