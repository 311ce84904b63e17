import Model
import Planning

/// Machines that fail the cloud's own checks, which no event announces: their work moves within disruption budgets.
extension Autoscaler {
    /// How long the pods of an impaired machine may take, beyond their grace, to be gone before it is ended with them on
    /// it: a kubelet that does not answer never reports them gone.
    private static let impairedPatience: Duration = .seconds(60)
    /// Within this work must be off an impaired machine, saved or not.
    private static let impairedMoveTime: Duration = .seconds(600)

    /// Whether what is known of the machines' checks is new enough to take one away because of it.
    private func knowsStatuses(at now: Timestamp) -> Bool {
        guard isFresh(at: now), let observed = progress.inquiries.statusesAt else { return false }
        return now - observed <= configuration.statusRefreshInterval * 3 + .seconds(60)
    }

    /// Begins to empty nodes whose machines have been impaired for too long.
    mutating func replaceImpaired(at now: Timestamp) {
        guard !progress.inquiries.impairedSince.isEmpty, !state.isPaused, knowsStatuses(at: now) else { return }
        for claim in liveClaims where claim.phase == .initialised && claim.reclaimAt == nil {
            guard let instance = claim.instance, let since = progress.inquiries.impairedSince[instance],
                state.relocations[claim.id] == nil, let node = node(of: claim)
            else { continue }
            let due = since + configuration.impairedTimeout
            guard due <= now else {
                wake(at: due)
                continue
            }
            let checks = progress.inquiries.statuses[instance]?.impairments.joined(separator: ", ") ?? ""
            let what = "\(node.name) (\(instance)) fails the cloud's checks (\(checks)) since \(since)"
            replace(claim, node, what, at: now)
            // A budget, or whoever must not be disrupted, may let it go later.
            wake(at: now + .seconds(60))
        }
    }

    private mutating func replace(_ claim: Claim, _ node: Node, _ what: String, at now: Timestamp) {
        let surroundings = PlanInput(now: now, demands: [], hosts: [], pools: configuration.pools, choices: [])
        let input = ConsolidationInput(
            surroundings: surroundings,
            nodes: standingNodes(at: now),
            defaultDelay: configuration.idleTimeout
        )
        guard Planning.mayDisrupt(claim.id, for: .impaired, in: input) else {
            explain("\(what): it stays, a disruption budget of pool \(claim.pool) allows no more nodes to go", at: now)
            return
        }
        let residents = cluster.pods(on: node.name).filter { !$0.isNodeBound }
        guard !residents.isEmpty else {
            drain(claim, reason: what, at: now)
            return
        }
        if let bare = residents.filter({ $0.owner == nil && !$0.isFinished }).min(by: { $0.id < $1.id }) {
            explain("\(what): it stays, nothing would make \(bare.id) again", at: now)
            return
        }
        let workloads = Set(residents.compactMap(workloadID(of:))).sorted()
        if let held = workloads.first(where: { state.records[$0]?.workload.doNotDisrupt ?? false }) {
            explain("\(what): it stays, \(held) must not be disrupted", at: now)
            return
        }
        let relocation = Relocation(
            claim: claim.id,
            workloads: workloads,
            deadline: now + Self.impairedMoveTime,
            summary: "\(what): its work moves",
            cause: .impaired
        )
        record(.interruptionStep(.relocationIntended(relocation)), at: now)
        record(.claimDraining(claim.id, reason: relocation.summary), at: now)
        progress.planDueAt = now
    }

    /// Ends impaired machines whose pods were told to stop, and do not report that they have.
    mutating func endSilentMachines(at now: Timestamp) {
        guard knowsStatuses(at: now) else { return }
        for claim in liveClaims where claim.phase == .draining && claim.reclaimAt == nil {
            guard let instance = claim.instance, progress.inquiries.impairedSince[instance] != nil,
                let node = node(of: claim), node.isUnschedulable
            else { continue }
            let residents = cluster.pods(on: node.name).filter { !$0.isNodeBound }
            let stops = residents.compactMap { pod in pod.deletedAt.map { $0 + .seconds(mostGrace(of: pod)) } }
            guard let last = stops.max(), stops.count == residents.count else { continue }
            let limit = last + Self.impairedPatience
            guard limit <= now else {
                wake(at: limit)
                continue
            }
            let seconds = Self.impairedPatience.components.seconds
            let reason = "it is impaired, and its pods have not stopped \(seconds) s after their time"
            terminate(claim.id, instance, reason: reason, at: now)
        }
    }
}
