import Model

/// What facts say of work that was asked to be saved, and of nodes at risk.
extension State {
    /// A pod that was asked to save.
    struct Ask: Equatable, Sendable {
        var request: CheckpointRequest?
        var askedAt: Timestamp
        var acknowledgedAt: Timestamp?
        var hasFailed = false

        var isOpen: Bool { acknowledgedAt == nil && !hasFailed }
    }

    /// From when until when at the latest.
    struct Span: Equatable, Sendable {
        var start: Timestamp
        var end: Timestamp
    }

    /// What the cloud has said of a node that it does not take yet.
    struct Risk: Equatable, Sendable {
        /// When the machine is to be stopped; nil when it is only likelier to be taken back.
        var maintenanceAt: Timestamp?
        /// When that is over at the latest, as far as the cloud says; a new one may be announced after it.
        var maintenanceEndsAt: Timestamp?
        /// All that was announced, by the cloud's id of it: announced again, it may have another time, and one that was
        /// taken back is far away.
        var maintenances: [String: Span] = [:]
        /// A move was tried and given up.
        var isSettled = false
    }

    /// How long a maintenance may take to begin where the cloud does not say.
    private static let maintenanceLength: Duration = .seconds(3600)

    mutating func apply(_ step: InterruptionStep) {
        switch step {
        case .cordoned(let claim, _):
            if claims[claim] != nil { cordoned.insert(claim) }
        case .replacementPlanned(let claim):
            if claims[claim] != nil { replacementPlanned.insert(claim) }
        case .requeued(let workload, _):
            requeueing.remove(workload)
        case .relocationIntended(let relocation):
            claimsVersion += 1
            relocations[relocation.claim] = relocation
        case .relocationAbandoned(let id, _):
            claimsVersion += 1
            risks[id]?.isSettled = true
            for workload in relocations.removeValue(forKey: id)?.workloads ?? [] { forgetAsks(of: workload) }
            reopen(id)
        }
    }

    /// Takes back that a node is emptied, unless the cloud takes it.
    mutating func reopen(_ id: ClaimID) {
        guard claims[id]?.phase == .draining, claims[id]?.reclaimAt == nil, relocations[id] == nil else { return }
        claims[id]?.phase = .initialised
        claims[id]?.drainingSince = nil
        cordoned.remove(id)
        reopening.insert(id)
        for workload in runningOn[id] ?? [] { forgetAsks(of: workload) }
    }

    /// They go on computing: what they have saved by now will be old when it matters again.
    private mutating func forgetAsks(of workload: WorkloadID) {
        records[workload]?.asks = [:]
        records[workload]?.checkpointRequestedAt = nil
    }

    mutating func apply(_ request: CheckpointRequest, at now: Timestamp) {
        records[request.workload]?.asks[request.uid] = Ask(request: request, askedAt: now)
    }

    mutating func apply(_ acknowledgement: CheckpointAcknowledgement, at now: Timestamp) {
        let id = acknowledgement.workload
        guard records[id]?.asks[acknowledgement.uid] != nil else { return }
        records[id]?.asks[acknowledgement.uid]?.acknowledgedAt = now
        records[id]?.asks[acknowledgement.uid]?.hasFailed = false
        // Where proof was promised, an answer alone is none.
        guard records[id]?.workload.checkpointPrefix == nil, let saved = records[id]?.savedUntil else { return }
        noteDurable(id, until: saved)
    }

    mutating func apply(_ failure: CheckpointFailure, at now: Timestamp) {
        var ask = records[failure.workload]?.asks[failure.uid] ?? Ask(request: nil, askedAt: now)
        ask.hasFailed = true
        records[failure.workload]?.asks[failure.uid] = ask
        records[failure.workload]?.unansweredAttempt = failure.attempt
    }

    mutating func apply(_ proof: CheckpointProof) {
        guard let durable = proof.durableUntil else { return }
        noteDurable(proof.workload, until: durable)
    }

    mutating func noteDurable(_ workload: WorkloadID, until time: Timestamp) {
        guard var record = records[workload] else { return }
        let durable = max(record.durableUntil ?? time, time)
        record.durableUntil = durable
        record.recentSaves.removeAll { $0.end <= durable }
        records[workload] = record
    }

    /// Takes in that a node is at risk.
    mutating func applyRisk(_ notice: Notice, of id: ClaimID, at now: Timestamp) {
        guard claims[id] != nil else { return }
        var risk = risks[id] ?? Risk()
        switch notice.kind {
        case .rebalance: break
        case .maintenance(let maintenance):
            let start = maintenance.notBefore
            let end = maintenance.notAfter ?? start + Self.maintenanceLength
            risk.maintenances[maintenance.id] = Span(start: start, end: end)
            let coming = risk.maintenances.filter { id, span in
                span.start != .distantFuture && (span.end >= now || id == maintenance.id)
            }
            risk.maintenanceAt = coming.values.map(\.start).min()
            risk.maintenanceEndsAt = coming.values.map(\.end).max()
            risk.isSettled = coming.isEmpty
        case .interruption, .stateChange: return
        }
        risks[id] = risk
    }

    /// Whoever did not answer is asked again when it matters anew.
    mutating func forgetFailedAsks(of workload: WorkloadID) {
        guard let asks = records[workload]?.asks, !asks.isEmpty else { return }
        records[workload]?.asks = asks.filter { !$0.value.hasFailed }
    }

    /// Nothing that was said of a claim matters when it is gone.
    mutating func forgetRisks(of id: ClaimID) {
        cordoned.remove(id)
        replacementPlanned.remove(id)
        reopening.remove(id)
        risks[id] = nil
        relocations[id] = nil
    }
}

extension State.Record {
    /// All that was computed before the first rank was asked is saved, once every rank that was asked has answered: a
    /// part of the state is worth nothing.
    var savedUntil: Timestamp? {
        guard !asks.isEmpty, asks.values.allSatisfy({ $0.acknowledgedAt != nil }) else { return nil }
        return asks.values.map(\.askedAt).min()
    }
}
