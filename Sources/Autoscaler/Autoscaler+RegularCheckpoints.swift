import Model
import Planning

/// Asking running workloads to save as often as that is worth its cost. Nobody is told to stop: what else asks them to
/// save goes on as if this did not exist.
extension Autoscaler {
    /// How far the requests of one regular save have come.
    struct RegularSaveProgress: Sendable {
        /// By pod uid.
        var asks: [String: RegularAsk] = [:]
    }

    struct RegularAsk: Sendable {
        var tries: Int
        var isInFlight: Bool
        var sentAt: Timestamp
        var retryAt: Timestamp?
        /// How long saving took, once it has answered.
        var seconds: Int64?
    }

    /// How long a regular save may take; nothing waits for it.
    static let regularPatience: Duration = .seconds(1800)
    /// What they save to may be one file server for all: so many workloads save regularly at a time.
    static let mostRegularSaves = 32
    /// One that cannot be asked now is looked at again after this.
    private static let regularRetry: Duration = .seconds(60)
    /// Between tries to reach a pod, times the tries so far.
    private static let regularPause: Duration = .seconds(10)

    /// Asks those whose time has come, and goes on with what is under way.
    mutating func askRegularly(at now: Timestamp) {
        guard cluster.isSynced else { return }
        continueRegularSaves(at: now)
        guard configuration.checkpoints.asksRegularly else { return }
        guard progress.nextRegularLook.map({ $0 <= now }) ?? true else {
            wakeForRegularLook()
            return
        }
        var next = Timestamp.distantFuture
        var hazards: SpellHazardEstimate?
        var waiting: [(due: Timestamp, record: State.Record, attempt: Attempt)] = []
        for id in state.openWorkloads where state.regularSaves[id] == nil {
            guard let record = state.records[id], record.workload.checkpoint == .http, let attempt = record.running
            else { continue }
            let known = hazards ?? spellHazards(at: now)
            hazards = known
            let since = lastSave(of: record, attempt, told: lastCheckpoint(of: id))
            guard let advice = checkpointAdvice(of: record, since: since, known, at: now),
                let due = nextRegularSave(of: record, advice, since: since)
            else { continue }
            if due > now { next = min(next, due) } else { waiting.append((due, record, attempt)) }
        }
        // Those that are most overdue first; the others when one of them is done.
        for (_, record, attempt) in waiting.sorted(by: { $0.due < $1.due }) {
            guard state.regularSaves.count < Self.mostRegularSaves else { break }
            if let ranks = ranksFreeToSave(of: record, attempt) {
                beginRegularSave(of: record, attempt, ranks, at: now)
            }
            if state.regularSaves[record.workload.id] == nil { next = min(next, now + Self.regularRetry) }
        }
        progress.nextRegularLook = next
        wakeForRegularLook()
    }

    private mutating func wakeForRegularLook() {
        if let next = progress.nextRegularLook, next != .distantFuture { wake(at: next) }
    }

    /// Every rank of a workload that nothing else wants to save, move or stop; nil when that is not so. A part of a gang's
    /// state is worth nothing: all or none are asked.
    private func ranksFreeToSave(of record: State.Record, _ attempt: Attempt) -> [Pod]? {
        guard !isDisturbed(record), progress.endings[record.workload.id] == nil, record.departure == nil else {
            return nil
        }
        let isSettled = attempt.claims.allSatisfy { id in
            state.claims[id].map { $0.phase == .initialised && $0.reclaimAt == nil } == true
                && state.relocations[id] == nil
        }
        // Members that an elastic gang may go without, and that have not begun, have nothing to save.
        let ranks = members(of: record.workload.id).filter { !$0.isFinished && $0.phase != .pending }
        guard isSettled, !ranks.isEmpty, ranks.allSatisfy({ isAtWork($0) && state.evictedAt[$0.uid] == nil }) else {
            return nil
        }
        let needed = (record.workload.gang?.minimum ?? 1) - succeededMembers(of: record.workload.id)
        return ranks.count >= needed ? ranks : nil
    }

    /// Whether somebody else asks it to save, or takes its nodes.
    private func isDisturbed(_ record: State.Record) -> Bool {
        !record.asks.isEmpty || record.checkpointRequestedAt != nil || record.interruptedAt != nil
    }

    private mutating func beginRegularSave(
        of record: State.Record,
        _ attempt: Attempt,
        _ ranks: [Pod],
        at now: Timestamp
    ) {
        let workload = record.workload
        var requests: [CheckpointRequest] = []
        for pod in ranks {
            do throws(CheckpointRefusal) {
                guard let endpoint = workload.checkpointURL else { throw .noURL }
                var request = CheckpointRequest(
                    workload: workload.id,
                    attempt: attempt.number,
                    pod: pod.id,
                    uid: pod.uid,
                    url: try endpoint.url(of: pod),
                    deadline: now + Self.regularPatience,
                    timeoutSeconds: workload.checkpointTimeoutSeconds
                )
                request.isRegular = true
                requests.append(request)
            } catch {
                let reason = "\(pod.id): \(error)"
                self.record(.regularCheckpoint(workload.id, .failed(attempt: attempt.number, reason: reason)), at: now)
                return
            }
        }
        self.record(.regularCheckpoint(workload.id, .requested(attempt: attempt.number, requests)), at: now)
        progress.regularSaves[workload.id] = RegularSaveProgress()
        for request in requests { sendRegular(request, at: now) }
        wake(at: now + Self.regularPatience)
    }

    private mutating func sendRegular(_ request: CheckpointRequest, at now: Timestamp) {
        let tries = progress.regularSaves[request.workload]?.asks[request.uid]?.tries ?? 0
        progress.regularSaves[request.workload, default: RegularSaveProgress()].asks[request.uid] = RegularAsk(
            tries: tries + 1,
            isInFlight: true,
            sentAt: now
        )
        send(.requestCheckpoint(request))
    }

    /// Sends again what failed and may not fail again, and what an earlier run has sent; ends what takes too long.
    private mutating func continueRegularSaves(at now: Timestamp) {
        if progress.regularSaves.count != state.regularSaves.count {
            progress.regularSaves = progress.regularSaves.filter { state.regularSaves[$0.key] != nil }
        }
        for (id, save) in state.regularSaves.sorted(by: { $0.key < $1.key }) {
            let deadline = save.askedAt + Self.regularPatience
            guard now < deadline else {
                let asks = progress.regularSaves[id]?.asks ?? [:]
                let silent = save.requests.filter { asks[$0.uid]?.seconds == nil }.map(\.pod.description)
                let reason = "no answer from \(silent.joined(separator: ", ")) within \(Self.regularPatience)"
                record(.regularCheckpoint(id, .failed(attempt: save.attempt, reason: reason)), at: now)
                continue
            }
            wake(at: deadline)
            // Whoever asks for another reason is not kept waiting by tries for this one.
            guard let record = state.records[id], !isDisturbed(record) else { continue }
            for request in save.requests {
                guard let ask = progress.regularSaves[id]?.asks[request.uid] else {
                    sendRegular(request, at: now)
                    continue
                }
                guard !ask.isInFlight, ask.seconds == nil, let retry = ask.retryAt else { continue }
                if retry <= now { sendRegular(request, at: now) } else { wake(at: retry) }
            }
        }
    }

    mutating func absorbRegular(_ answer: CheckpointAnswer, to request: CheckpointRequest, at now: Timestamp) {
        let id = request.workload
        guard let save = state.regularSaves[id], save.requests.contains(request),
            var ask = progress.regularSaves[id]?.asks[request.uid], ask.isInFlight
        else { return }
        ask.isInFlight = false
        switch answer {
        case .acknowledged:
            ask.seconds = max(0, (now - ask.sentAt).components.seconds)
            progress.regularSaves[id]?.asks[request.uid] = ask
            let asks = progress.regularSaves[id]?.asks ?? [:]
            let seconds = save.requests.compactMap { asks[$0.uid]?.seconds }
            guard seconds.count == save.requests.count, let longest = seconds.max() else { return }
            let step = RegularCheckpointStep.completed(
                attempt: save.attempt,
                requestedAt: save.askedAt,
                seconds: longest
            )
            record(.regularCheckpoint(id, step), at: now)
            search(for: id, since: save.askedAt, until: now + Self.voluntaryPatience, at: now)
        case .failed(let reason):
            guard ask.tries < Self.mostTries else {
                let reason = "\(request.pod): \(reason)"
                record(.regularCheckpoint(id, .failed(attempt: save.attempt, reason: reason)), at: now)
                return
            }
            ask.retryAt = now + Self.regularPause * ask.tries
            progress.regularSaves[id]?.asks[request.uid] = ask
        }
    }
}

extension Fact {
    /// Whether another workload than before, or the same earlier, may have to save next.
    var mayChangeRegularSaves: Bool {
        switch self {
        case .attemptStarted, .workloadAdmitted, .noticeReceived, .instanceObserved, .launchEnded, .regularCheckpoint:
            true
        default: false
        }
    }
}
