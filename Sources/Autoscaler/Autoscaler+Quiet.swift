import Model
import Planning

/// Which nodes are quiet, which are empty, and which of those go.
extension Autoscaler {
    /// Remembers since when each initialised node is as it is. Nothing is concluded from old news.
    mutating func watchQuietNodes(at now: Timestamp) {
        guard isFresh(at: now) else { return }
        let wanted = Set(
            progress.placements.filter { cluster.pods[$0.key]?.isWaiting ?? false }.values.compactMap(nodeName)
        ).union(nodesForExpectedPods)
        var quiet: [ClaimID: Quiet] = [:]
        for claim in state.claims.values where claim.phase == .initialised {
            guard let node = node(of: claim) else { continue }
            let residents = Set(cluster.pods(on: node.name).filter { !$0.isNodeBound }.map(\.uid))
            let held = wanted.contains(node.name) ? "pods that wait are to run on it" : holding(claim)
            if let known = progress.quiet[claim.id], known.pods == residents, known.heldBecause == held {
                quiet[claim.id] = known
            } else {
                quiet[claim.id] = Quiet(pods: residents, heldBecause: held, since: now)
            }
        }
        progress.quiet = quiet
    }

    /// What an empty node may be waiting for, beside pods that planning put on it.
    private func holding(_ claim: Claim) -> String? {
        if isHeldForGang(claim) { return "it waits for its gang" }
        if isBooked(claim) { return "it is booked for a ProvisioningRequest" }
        let replaces = state.consolidations.contains { consolidation in
            guard consolidation.intent.launch == claim.launch else { return false }
            if consolidation.intent.reason == .repriced { return isAwaited(consolidation) }
            return consolidation.intent.claims.contains { state.claims[$0].map { $0.phase != .terminating } ?? false }
        }
        return replaces ? "it replaces others" : nil
    }

    /// Whether what was bought for a move still waits for its workload.
    private func isAwaited(_ consolidation: State.Consolidating) -> Bool {
        consolidation.intent.workloads.contains { id in
            guard let record = state.records[id], record.endedAt == nil else { return false }
            guard let running = record.running else { return true }
            return running.claims.contains(where: consolidation.intent.claims.contains)
        }
    }

    /// Drains nodes on which nothing has run, and for which nothing waits, for as long as their pools ask for, within
    /// disruption budgets.
    mutating func drainIdleNodes(at now: Timestamp) {
        guard isFresh(at: now) else { return }
        var isDue = false
        for (id, quiet) in progress.quiet where quiet.pods.isEmpty && quiet.heldBecause == nil {
            guard let claim = state.claims[id] else { continue }
            let delay = progress.replacing[id] == nil ? emptyDelay(of: claim.pool) : .zero
            let due = quiet.since + delay
            if due <= now { isDue = true } else { wake(at: due) }
        }
        guard isDue else { return }
        let surroundings = PlanInput(now: now, demands: [], hosts: [], pools: configuration.pools, choices: [])
        let input = ConsolidationInput(
            surroundings: surroundings,
            nodes: standingNodes(at: now),
            defaultDelay: configuration.idleTimeout
        )
        let going = Planning.removeEmpty(input)
        for removal in going {
            for claim in removal.removals.compactMap({ state.claims[$0.claim] }) {
                drain(claim, reason: removal.summary, at: now)
            }
        }
        // What a budget holds back is looked at again: a window may have passed.
        wake(at: now + .seconds(60))
    }

    private func emptyDelay(of pool: String) -> Duration {
        let disruption = configuration.pools.first { $0.name == pool }?.disruption
        return disruption?.consolidateAfter ?? configuration.idleTimeout
    }

    /// Nodes that are initialised or on their way out: what disruption budgets are about.
    func standingNodes(at now: Timestamp) -> [ConsolidationInput.Standing] {
        let going = Set(state.consolidations.flatMap(\.intent.claims))
        return liveClaims.compactMap { claim in
            guard claim.phase == .initialised || claim.phase == .draining || claim.phase == .terminating else {
                return nil
            }
            let node = node(of: claim)
            let residents = node.map { cluster.pods(on: $0.name) } ?? []
            let quiet = progress.quiet[claim.id]
            return ConsolidationInput.Standing(
                claim: claim.id,
                name: node?.name ?? claim.id.value,
                pool: claim.pool,
                shape: claim.shape,
                offering: claim.offering,
                pricePerHour: state.pricePerHour(of: claim, at: now),
                initialisedAt: claim.initialisedAt ?? now,
                quietSince: quiet?.since ?? now,
                residents: residents.filter { !$0.isNodeBound }.map { pod in
                    ConsolidationInput.Resident(pod: pod, workload: workloadID(of: pod))
                },
                heldBecause: quiet == nil ? "it is not known well enough" : quiet?.heldBecause,
                replacedBecause: progress.replacing[claim.id],
                isDisrupted: claim.phase != .initialised || going.contains(claim.id),
                isReady: node.map { $0.isReady && !$0.isUnschedulable } ?? false
            )
        }
    }
}
