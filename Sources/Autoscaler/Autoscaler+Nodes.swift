import Model

/// From a booting instance to an initialised node, and from there to an empty one.
extension Autoscaler {
    /// How long a cordoned node is watched before it counts as empty: a pod may have been bound just before, and pods
    /// and nodes are told of by watches of their own, neither of which waits for the other.
    static let cordonSettling: Duration = .seconds(5)

    /// Connects claims with the nodes that registered, and sees which are initialised.
    mutating func matchNodes(at now: Timestamp) {
        progress.nextNodeUpdate = progress.nextNodeUpdate.filter { $0.value > now || cluster.nodes[$0.key.node] != nil }
        for claim in liveClaims where claim.phase == .booting {
            guard let node = node(of: claim), isInitialised(node, shape: claim.shape) else { continue }
            record(.claimInitialised(claim.id, node: node.name), at: now)
            progress.failedStarts[claim.offering] = nil
        }
    }

    /// Claims whose instance is not gone, sorted.
    var liveClaims: [Claim] { state.claimOrder.compactMap { state.claims[$0] } }

    func node(of claim: Claim) -> Node? {
        claim.instance.flatMap { cluster.nodeOfInstance[$0] }.flatMap { cluster.nodes[$0] }
    }

    /// Ready, no start-up taint but ours left, and every accelerator and other extended resource of the shape allocatable:
    /// device plugins register after the node is Ready, and a planner that trusts Ready alone buys twice.
    private func isInitialised(_ node: Node, shape: Shape) -> Bool {
        guard node.isReady else { return false }
        guard !node.taints.contains(where: { isOfStart($0) && $0.key != Taint.starting.key }) else { return false }
        return shape.allocatable.amounts.allSatisfy { name, amount in
            !name.contains("/") || amount <= node.allocatable[name]
        }
    }

    /// Whether a taint says no more than that a node is not ready for pods yet: our own, Kubernetes' or the cloud's, or
    /// that of a daemon that must run first, such as `node.cilium.io/agent-not-ready` and `ebs.csi.aws.com/agent-not-ready`.
    func isOfStart(_ taint: Taint) -> Bool {
        let startup = ["node.kubernetes.io/", "node.cloudprovider.kubernetes.io/"]
        return taint.key == Taint.starting.key || startup.contains { taint.key.hasPrefix($0) }
            || taint.key.hasSuffix("/agent-not-ready")
    }

    /// Puts back what is missing on a node: an image may not pass labels on to its kubelet; and until a node is opened the
    /// node controller may take its taint away, which writes all taints as it last saw them.
    mutating func keepNodesStarting(at now: Timestamp) {
        for claim in liveClaims where claim.phase == .booting || claim.phase == .initialised {
            guard let node = node(of: claim) else { continue }
            let isOpen = !node.taints.contains { $0.key == Taint.starting.key } && isClosedYet(claim)
            let labels = claim.shape.ownLabels(pool: claim.pool, offering: claim.offering)
                .filter { node.labels[$0.key] == nil }
            guard isOpen || !labels.isEmpty else { continue }
            update(NodeUpdate(node: node.name, addTaints: isOpen ? [.starting] : [], addLabels: labels), at: now)
        }
    }

    /// Whether a node cannot have been opened by us: it is not initialised, or was not alone in that ever since.
    private func isClosedYet(_ claim: Claim) -> Bool {
        guard claim.phase == .initialised else { return true }
        guard let gang = claim.gang, let since = claim.initialisedAt else { return false }
        return state.claims.values.contains {
            $0.gang == gang && $0.intendedAt < since && ($0.phase == .launching || $0.phase == .booting)
        }
    }

    /// Takes the starting taint off initialised nodes; off a gang's only when all that is claimed for it stands.
    mutating func openInitialisedNodes(at now: Timestamp) {
        for claim in liveClaims where claim.phase == .initialised {
            guard let node = node(of: claim), node.taints.contains(where: { $0.key == Taint.starting.key }) else {
                continue
            }
            if let gang = claim.gang {
                let siblings = liveClaims.filter {
                    $0.gang == gang && $0.phase != .draining && $0.phase != .terminating
                }
                guard siblings.allSatisfy({ $0.phase == .initialised }), !isSuspended(gang), !isShort(gang) else {
                    continue
                }
            }
            update(NodeUpdate(node: node.name, removeTaintKeys: [Taint.starting.key]), at: now)
        }
    }

    /// Whether a gang that is to start lacks room for a member: the node that was to hold it is gone again, or nothing
    /// is to be had for it. Opened, its nodes would only be taken by others.
    private func isShort(_ gang: WorkloadID) -> Bool {
        guard let record = state.records[gang], record.endedAt == nil, record.running == nil else { return false }
        return members(of: gang).contains { pod in
            guard pod.isWaiting else { return false }
            guard let host = progress.placements[pod.id] else { return state.explanations[gang] != nil }
            return !stands(host)
        }
    }

    /// Whether what planning knows by a name is there and stays, or is on its way.
    private func stands(_ host: String) -> Bool {
        let node = cluster.nodes[host]
        let known = node?.instanceID.flatMap { state.claimOfInstance[$0] }
        guard let claim = state.claims[known ?? ClaimID(host)] else { return node != nil && known == nil }
        return claim.phase != .draining && claim.phase != .terminating
    }

    /// Sends a change to a node unless the same is under way.
    mutating func update(_ change: NodeUpdate, at now: Timestamp) {
        if let next = progress.nextNodeUpdate[change], next > now {
            wake(at: next)
            return
        }
        progress.nextNodeUpdate[change] = now + .seconds(30)
        wake(at: now + .seconds(30))
        send(.updateNode(change))
    }

    /// Gives up nodes that do not register in time, or that did and are not initialised in time.
    mutating func giveUpUnregistered(at now: Timestamp) {
        guard isFresh(at: now) else { return }
        for claim in liveClaims where claim.phase == .booting {
            guard let instance = claim.instance, let launched = claim.launchedAt else { continue }
            let node = node(of: claim)
            let timeout = node == nil ? configuration.registrationTimeout : configuration.readinessTimeout
            let limit = max(node?.createdAt ?? launched, launched) + timeout
            guard limit <= now else {
                wake(at: limit)
                continue
            }
            let seconds = timeout.components.seconds
            let reason =
                node == nil
                ? "its node did not register within \(seconds) s"
                : "its node was not initialised within \(seconds) s of registering"
            terminate(claim.id, instance, reason: reason, at: now)
            closeUnstarted(claim, reason, at: now)
            progress.planDueAt = now
        }
    }

    /// Gives up instances whose node is gone, or not ready with no more than leaving pods on it, for as long as a node
    /// may take to become ready: nothing runs there, and it is billed all the same.
    mutating func giveUpLostNodes(at now: Timestamp) {
        guard isFresh(at: now) else { return }
        for claim in liveClaims
        where (claim.phase == .initialised || claim.phase == .draining) && claim.reclaimAt == nil {
            guard let instance = claim.instance else { continue }
            let node = node(of: claim)
            let isLost =
                node.map { node in
                    !node.isReady && cluster.pods(on: node.name).allSatisfy { $0.isNodeBound || $0.deletedAt != nil }
                } ?? true
            guard isLost else {
                progress.lostSince[claim.id] = nil
                continue
            }
            let since = progress.lostSince[claim.id] ?? now
            progress.lostSince[claim.id] = since
            let limit = since + configuration.readinessTimeout
            guard limit <= now else {
                wake(at: limit)
                continue
            }
            let seconds = configuration.readinessTimeout.components.seconds
            let what = node == nil ? "gone" : "not ready"
            terminate(claim.id, instance, reason: "its node has been \(what) for \(seconds) s", at: now)
        }
    }

    /// Releases what stands for a gang when the rest does not come within the hold time.
    mutating func rollBackPartialGangs(at now: Timestamp) {
        let byGang = Dictionary(grouping: liveClaims.filter { $0.gang != nil }) { $0.gang }
        for (gang, claims) in byGang.sorted(by: { ($0.key?.description ?? "") < ($1.key?.description ?? "") }) {
            guard let gang, let record = state.records[gang], record.endedAt == nil, record.running == nil else {
                continue
            }
            let usable = claims.filter { $0.phase != .draining && $0.phase != .terminating }
            // While some boot or are being launched, their own timeout decides.
            guard !usable.isEmpty, usable.allSatisfy({ $0.phase == .initialised }),
                hasUnplacedMembers(gang), isFresh(at: now)
            else { continue }
            let since = (usable.compactMap(\.initialisedAt) + [record.stoppedAt].compactMap { $0 }).max() ?? now
            let limit = since + configuration.gangHoldTimeout
            guard limit <= now else {
                wake(at: limit)
                continue
            }
            for claim in usable {
                drain(claim, reason: "the rest of gang \(gang) did not come in time", at: now)
            }
        }
    }

    /// Whether the scheduler finds no node for some member.
    private func hasUnplacedMembers(_ gang: WorkloadID) -> Bool {
        awaitsCapacity(gang) || members(of: gang).contains(where: \.isWaiting) || isSuspended(gang)
    }

    mutating func drain(_ claim: Claim, reason: String, at now: Timestamp) {
        record(.claimDraining(claim.id, reason: reason), at: now)
        cordon(claim, reason: "drain", at: now)
    }

    private mutating func cordon(_ claim: Claim, reason: String, at now: Timestamp) {
        guard let node = node(of: claim), !node.isUnschedulable else { return }
        update(NodeUpdate(node: node.name, unschedulable: true, addTaints: [.draining(reason)]), at: now)
    }

    /// A gang's node waits for its gang, as long as that is to run: the hold timeout, not the idle timeout, ends this.
    func isHeldForGang(_ claim: Claim) -> Bool {
        guard let gang = claim.gang, let record = state.records[gang] else { return false }
        return record.endedAt == nil && hasUnplacedMembers(gang)
    }

    /// Terminates drained nodes once they are empty. A spot instance that the cloud is about to take back within its
    /// first hour is left to it: then that hour is free.
    mutating func terminateEmptyNodes(at now: Timestamp) {
        guard isFresh(at: now) else { return }
        for claim in liveClaims where claim.phase == .draining {
            guard let instance = claim.instance, let running = claim.runningAt ?? claim.launchedAt else { continue }
            if let reclaim = claim.reclaimAt {
                // The cloud acts on its own word; only when it does not, long after, is the instance ours to end.
                guard now >= reclaim + .seconds(300) || reclaim - running >= .seconds(3600) else {
                    wake(at: reclaim + .seconds(300))
                    continue
                }
            }
            if let node = node(of: claim) {
                guard cluster.pods(on: node.name).allSatisfy(\.isNodeBound) else { continue }
                guard node.isUnschedulable else {
                    cordon(claim, reason: claim.reclaimAt == nil ? "drain" : "interruption", at: now)
                    continue
                }
                let since = progress.cordonedSince[claim.id] ?? now
                progress.cordonedSince[claim.id] = since
                guard since + Self.cordonSettling <= now else {
                    wake(at: since + Self.cordonSettling)
                    continue
                }
            }
            let reason = claim.reclaimAt == nil ? "drained and empty" : "empty before its reclaim"
            terminate(claim.id, instance, reason: reason, at: now)
        }
    }

    /// Empties nodes that are drained by our own choice, within disruption budgets.
    mutating func evictFromDrainingNodes(at now: Timestamp) {
        guard cluster.isSynced else { return }
        for claim in liveClaims
        where claim.phase == .draining && claim.reclaimAt == nil && state.relocations[claim.id] == nil {
            // Another of the same consolidation may have been given up just now.
            guard let node = node(of: claim), state.claims[claim.id]?.phase == .draining else { continue }
            cordon(claim, reason: "drain", at: now)
            let going = cluster.pods(on: node.name).filter { mustGo($0, from: claim, node) }
            // Those that save go first. The others lose what they have done, so they go once it is certain that nobody
            // keeps the node, such as a budget.
            let saving = going.filter(saves)
            let isConsolidated = isConsolidated(claim)
            for pod in saving.isEmpty ? going : saving where pod.deletedAt == nil {
                if isConsolidated, let id = workloadID(of: pod), isAtWork(pod) {
                    let readiness = prepareToMove(id, [pod], at: now)
                    guard readiness != .refusing else {
                        // Nothing forces the move, and what it would throw away was not reckoned with.
                        abandonConsolidation(of: claim, "\(pod.id) was asked to save and did not answer", at: now)
                        break
                    }
                    guard readiness == .ready else { continue }
                }
                evict(
                    pod,
                    graceSeconds: grace(of: pod, at: now),
                    overridesBudget: false,
                    because: isConsolidated ? "consolidation" : "drain",
                    at: now
                )
            }
        }
    }

    /// Whether a pod is moved off a node that drains by our own choice. One that was bound between the decision and the
    /// cordon runs on, and so does one that nobody would make again.
    private func mustGo(_ pod: Pod, from claim: Claim, _ node: Node) -> Bool {
        if pod.isNodeBound { return false }
        if isConsolidated(claim), node.isUnschedulable, pod.deletedAt != nil || isMovable(pod) { return true }
        // A gang that is held in part goes; one that runs does not.
        guard let gang = claim.gang, gang == workloadID(of: pod) else { return false }
        return state.records[gang]?.running == nil
    }

    /// Whether a pod saves its work when it is told to stop.
    func saves(_ pod: Pod) -> Bool {
        workloadID(of: pod).flatMap { state.records[$0] }.map { $0.workload.checkpoint != .none } ?? false
    }
}
