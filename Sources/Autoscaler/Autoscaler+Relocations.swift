import Foundation
import Model
import Planning

/// Nodes of which the cloud says that they are at risk: a rebalance recommendation, or maintenance at a time. Their work
/// moves only when saving it and starting again is cheaper than what is expected of staying.
extension Autoscaler {
    /// Sums change while a workload computes.
    private static let riskInterval: Duration = .seconds(60)
    /// Between the begin of a move and a maintenance at the least: longer when saving and stopping take longer.
    private static let maintenanceLead: Duration = .seconds(600)
    /// A warning of two minutes leaves so many seconds to save.
    private static let noticeSeconds = Notice.interruptionLead.components.seconds - 5

    /// What a node's work costs where it is and elsewhere.
    private struct Weighing {
        var workloads: [WorkloadID] = []
        var moving = Money.zero
        var staying = Money.zero
        var terms: [String] = []
        /// Why nothing can be moved, whatever it costs.
        var obstacle: String?
    }

    /// Looks at every node at risk, and begins the moves that pay.
    mutating func weighRisks(at now: Timestamp) {
        reopenNodes(at: now)
        guard cluster.isSynced, !state.isPaused else { return }
        for (id, risk) in state.risks.sorted(by: { $0.key < $1.key }) where !risk.isSettled {
            guard let claim = state.claims[id], claim.phase == .initialised, claim.reclaimAt == nil,
                state.relocations[id] == nil, let node = node(of: claim)
            else { continue }
            // What is over is no risk.
            if let end = risk.maintenanceEndsAt, end < now { continue }
            let due = max(progress.nextRiskLook[id] ?? now, beginning(of: risk, on: node) ?? now)
            guard due <= now else {
                wake(at: due)
                continue
            }
            progress.nextRiskLook[id] = now + Self.riskInterval
            wake(at: now + Self.riskInterval)
            weigh(claim, node, risk, at: now)
        }
    }

    /// When a move must begin to be done before a maintenance; nil for another risk.
    private func beginning(of risk: State.Risk, on node: Node) -> Timestamp? {
        risk.maintenanceAt.map { start in
            let longest = cluster.pods(on: node.name).compactMap { pod in
                workloadID(of: pod).flatMap { state.records[$0] }.map {
                    ($0.savingSeconds ?? 0) + min(pod.terminationGraceSeconds, 3600)
                }
            }.max()
            return start - max(Self.maintenanceLead, .seconds(2 * (longest ?? 0)) + Self.voluntaryPatience)
        }
    }

    private mutating func weigh(_ claim: Claim, _ node: Node, _ risk: State.Risk, at now: Timestamp) {
        let residents = cluster.pods(on: node.name).filter { !$0.isNodeBound }
        let what =
            risk.maintenanceAt.map { "maintenance of \(node.name) at \($0)" }
            ?? "rebalance recommendation for \(node.name)"
        // An empty node goes by itself when it is idle; before a maintenance it must not fill again.
        guard !residents.isEmpty else {
            if risk.maintenanceAt != nil { relocate(claim, Weighing(), risk, "\(what): nothing runs there", at: now) }
            return
        }
        let weighing = weigh(residents, of: claim, risk, at: now)
        if let obstacle = weighing.obstacle {
            explain("\(what): its work stays, \(obstacle)", at: now)
            return
        }
        let sums =
            "moving costs \(weighing.moving.formatted()) $, staying \(weighing.staying.formatted()) $ "
            + "(\(weighing.terms.joined(separator: "; ")))"
        guard weighing.moving < weighing.staying else {
            explain("\(what): its work stays, since \(sums)", at: now)
            return
        }
        relocate(claim, weighing, risk, "\(what): \(sums)", at: now)
    }

    private mutating func relocate(
        _ claim: Claim,
        _ weighing: Weighing,
        _ risk: State.Risk,
        _ summary: String,
        at now: Timestamp
    ) {
        let relocation = Relocation(
            claim: claim.id,
            workloads: weighing.workloads,
            // What may have begun ends at no time that is known: then work has as long as before one.
            deadline: risk.maintenanceAt.map { $0 > now ? $0 : now + Self.maintenanceLead },
            summary: summary
        )
        record(.interruptionStep(.relocationIntended(relocation)), at: now)
        record(.claimDraining(claim.id, reason: summary), at: now)
        progress.planDueAt = now
    }

    private func weigh(_ residents: [Pod], of claim: Claim, _ risk: State.Risk, at now: Timestamp) -> Weighing {
        var result = Weighing()
        let economics = economics(at: now)
        let perHour = economics.interruptionsPerHour[claim.offering] ?? economics.priorInterruptionsPerHour
        for pod in residents {
            guard let id = workloadID(of: pod), let record = state.records[id], record.endedAt == nil else {
                result.obstacle = "\(pod.id) belongs to no workload that is known"
                return result
            }
            if let obstacle = obstacle(to: pod, of: record, risk, at: now) {
                result.obstacle = obstacle
                return result
            }
            guard !result.workloads.contains(id) else { continue }
            result.workloads.append(id)
            let price = pricePerHour(of: id)
            let remaining = remainingSeconds(of: record, at: now)
            let unsaved = unsavedSeconds(of: id, record, at: now)
            let saves = record.workload.checkpoint != .none
            let saving = saves ? record.savingSeconds ?? 0 : unsaved
            var chance = 1.0
            var time = remaining
            var savesInTime = false
            if let start = risk.maintenanceAt {
                time = max(0, (start - now).components.seconds)
                if remaining <= time { chance = 0 }
            } else {
                let raised = perHour * configuration.checkpoints.rebalanceRiskFactor / 3600
                chance = claim.offering.capacityType == .spot ? -expm1(-raised * Double(remaining)) : 0
                savesInTime = saves && saving <= Self.noticeSeconds
            }
            let lost =
                savesInTime ? saving : record.workload.checkpointIntervalSeconds.map { $0 / 2 } ?? unsaved + time / 2
            let changeover = configuration.changeover.totalSeconds
            result.moving += price.costing(seconds: changeover + saving)
            let millionths = Int((chance * 1e6).rounded())
            result.staying += price.costing(seconds: changeover + lost) * millionths / 1_000_000
            result.terms.append(
                "\(id): \(price.formatted()) $/h x (\(changeover) s start + \(saving) s \(saves ? "saving" : "lost")) "
                    + "against \(Int((chance * 100).rounded()))% x (\(changeover) s start + \(lost) s "
                    + "\(savesInTime ? "saving" : "lost"))"
            )
        }
        result.workloads.sort()
        return result
    }

    /// Why a pod stays whatever it costs; nil when it may move.
    private func obstacle(to pod: Pod, of record: State.Record, _ risk: State.Risk, at now: Timestamp) -> String? {
        if pod.owner == nil { return "nothing would make \(pod.id) again" }
        if record.workload.doNotDisrupt { return "\(record.workload.id) must not be disrupted" }
        guard record.running != nil, pod.isComputing else { return "\(record.workload.id) does not compute yet" }
        if record.workload.gang != nil, record.workload.checkpoint == .none {
            return "gang \(record.workload.id) cannot save its work"
        }
        guard risk.maintenanceAt == nil, let deadline = record.workload.deadline else { return nil }
        let slack = (deadline - now).components.seconds - remainingSeconds(of: record, at: now)
        return slack < 3 * configuration.changeover.totalSeconds
            ? "the deadline of \(record.workload.id) leaves no room for it" : nil
    }

    /// What all that a workload holds costs: a stop stops all of it.
    func pricePerHour(of id: WorkloadID) -> Money {
        members(of: id).reduce(.zero) { sum, pod in
            guard let use = state.uses[pod.uid], let claim = state.claims[use.claim] else { return sum }
            return sum + worthPerHour(of: claim) * Int(use.shareMillionths) / 1_000_000
        }
    }

    func unsavedSeconds(of id: WorkloadID, _ record: State.Record, at now: Timestamp) -> Int64 {
        let started = record.running?.startedAt ?? now
        return max(0, (now - max(started, lastCheckpoint(of: id) ?? started)).components.seconds)
    }

    /// Empties nodes whose work moves: every rank is asked to save, then told to stop within its disruption budget.
    mutating func continueRelocations(at now: Timestamp) {
        guard cluster.isSynced else { return }
        for (id, relocation) in state.relocations.sorted(by: { $0.key < $1.key }) {
            guard let claim = state.claims[id], claim.phase == .draining, claim.reclaimAt == nil,
                let node = node(of: claim)
            else { continue }
            let isImpaired = relocation.cause == .impaired
            let isMove = relocation.cause == .repriced
            let why =
                isImpaired
                ? "impaired" : isMove ? "move" : relocation.deadline == nil ? "rebalance" : "maintenance"
            if isImpaired { evictIdle(from: node, besides: relocation.workloads, at: now) }
            cordonDeparting(claim, node, because: why, at: now)
            let since = claim.drainingSince ?? now
            if isMove, giveUpBlocked(claim, at: now) { continue }
            for workload in relocation.workloads {
                let known = state.records[workload]
                let isGang = known?.running != nil && known?.workload.gang != nil
                let ranks = members(of: workload).filter {
                    isAtWork($0) && $0.createdAt <= since && (isGang || $0.nodeName == node.name)
                }
                switch prepareToMove(workload, ranks, at: now) {
                case .ready: break
                case .waiting: continue
                case .refusing where isMove: giveUpUnsaved(workload, relocation, at: now)
                case .refusing:
                    // Without a checkpoint a move that nothing forces costs more than was reckoned.
                    guard relocation.deadline == nil else { break }
                    let reason = "\(workload) was asked to save and did not answer"
                    record(.interruptionStep(.relocationAbandoned(id, reason: reason)), at: now)
                    wake(at: now)
                }
                guard state.relocations[id] != nil else { break }
                // Those that must go before those that only stop with them: a budget may let no more than some go.
                let (here, elsewhere) = (
                    ranks.filter { $0.nodeName == node.name }, ranks.filter { $0.nodeName != node.name }
                )
                for pod in here + elsewhere {
                    evict(
                        pod,
                        graceSeconds: grace(of: pod, before: relocation.deadline, at: now),
                        overridesBudget: false,
                        because: why,
                        at: now
                    )
                }
            }
        }
    }

    /// Tells those on an impaired machine to go that have nothing to save there: they have not begun, or came after the
    /// others were asked.
    private mutating func evictIdle(from node: Node, besides workloads: [WorkloadID], at now: Timestamp) {
        for pod in cluster.pods(on: node.name) where !pod.isNodeBound && pod.deletedAt == nil && !pod.isFinished {
            let isAwaited = workloadID(of: pod).map { workloads.contains($0) } ?? false
            // One that nobody would make again, bound just before the cordon, runs to its end.
            guard pod.owner != nil, !isAwaited || !isAtWork(pod) else { continue }
            let grace = grace(of: pod, at: now)
            evict(pod, graceSeconds: grace, overridesBudget: false, because: "impaired", at: now)
        }
    }

    /// The most that a pod is given to stop when nothing presses.
    func mostGrace(of pod: Pod) -> Int64 { max(pod.terminationGraceSeconds, Self.noticeSeconds) }

    /// Nothing presses: one that saves on SIGTERM has the time of a notice at least.
    func grace(of pod: Pod, before deadline: Timestamp? = nil, at now: Timestamp) -> Int64 {
        let saves = workloadID(of: pod).flatMap { state.records[$0]?.workload.checkpoint } == .signal
        let wanted = saves ? mostGrace(of: pod) : pod.terminationGraceSeconds
        let left = deadline.map { ($0 - now - Self.reclaimMargin).components.seconds } ?? .max
        return max(1, min(wanted, left))
    }

    /// Lets pods come again to nodes whose move was given up.
    private mutating func reopenNodes(at now: Timestamp) {
        for id in state.reopening.sorted() {
            guard let claim = state.claims[id], claim.phase == .initialised, let node = node(of: claim) else {
                continue
            }
            let key = Taint.draining("").key
            guard node.taints.contains(where: { $0.key == key }) else { continue }
            update(NodeUpdate(node: node.name, unschedulable: false, removeTaintKeys: [key]), at: now)
        }
    }
}
