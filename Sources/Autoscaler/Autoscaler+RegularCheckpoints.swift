import Model
import Planning

/// Asking running workloads to save as often as that is worth its cost. Nobody is told to stop: what else asks them to
/// save goes on as if this did not exist.
extension Autoscaler {
    /// How far the requests of one regular save have come.
    struct RegularSaveProgress: Sendable {
        /// By pod uid.
        var asks: [String: RegularAsk] = [:]
        /// Why it cannot succeed any more; it ends when nobody has a request before him.
        var failure: String?
    }

    struct RegularAsk: Sendable {
        var tries: Int
        var isInFlight: Bool
        var sentAt: Timestamp
        var retryAt: Timestamp?
        /// How long saving took, once it has answered.
        var seconds: Int64?
    }

    /// How long a regular save may take: nothing waits for it, but it holds a place that others wait for.
    private static let shortestRegularPatience: Duration = .seconds(300)
    private static let longestRegularPatience: Duration = .seconds(1800)
    private static let patiencePerSaving: Int64 = 4
    /// What they save to may be one file server for all: so many workloads save regularly at a time.
    static let mostRegularSaves = 32
    /// And so many ranks of them, each with a connection of its own; one gang that is larger saves alone.
    static let mostRegularRanks = 512
    /// A reason names so many ranks.
    private static let mostNamedRanks = 3
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
        for id in beginRegularSaves(of: waiting.sorted { $0.due < $1.due }.map { ($0.record, $0.attempt) }, at: now)
        where state.regularSaves[id] == nil {
            next = min(next, now + Self.regularRetry)
        }
        progress.nextRegularLook = next
        wakeForRegularLook()
    }

    /// Asks those that are most overdue first; the others when one of them is done. No namespace has more than half of
    /// the places while another waits.
    ///
    /// - Returns: Those whose turn it was; what they save may not have begun all the same.
    private mutating func beginRegularSaves(
        of waiting: [(record: State.Record, attempt: Attempt)],
        at now: Timestamp
    ) -> Set<WorkloadID> {
        var tried: Set<WorkloadID> = []
        var held: [String: Int] = [:]
        for id in state.regularSaves.keys { held[id.namespace, default: 0] += 1 }
        var asked = state.regularSaves.values.reduce(0) { $0 + $1.requests.count }
        for mostOfNamespace in [Self.mostRegularSaves / 2, Self.mostRegularSaves] {
            for (record, attempt) in waiting where !tried.contains(record.workload.id) {
                let id = record.workload.id
                guard state.regularSaves.count < Self.mostRegularSaves else { return tried }
                guard held[id.namespace, default: 0] < mostOfNamespace else { continue }
                if let ranks = ranksFreeToSave(of: record, attempt) {
                    // Smaller ones do not overtake a large gang, or it would wait for ever.
                    guard asked == 0 || asked + ranks.count <= Self.mostRegularRanks else { return tried }
                    beginRegularSave(of: record, attempt, ranks, at: now)
                }
                tried.insert(id)
                guard let save = state.regularSaves[id] else { continue }
                held[id.namespace, default: 0] += 1
                asked += save.requests.count
            }
        }
        return tried
    }

    /// How long a workload may take to save: as long as it says, or some times as long as it has taken before.
    private func regularPatience(of record: State.Record) -> Duration {
        let known = max(record.savingSeconds ?? 0, record.failedSavingSeconds ?? 0)
        let own = record.workload.checkpointTimeoutSeconds ?? 0
        let longest = Self.longestRegularPatience.components.seconds
        let wanted = max(min(known, longest) * Self.patiencePerSaving, min(own, longest))
        return min(max(Self.shortestRegularPatience, .seconds(wanted)), Self.longestRegularPatience)
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
        let deadline = now + regularPatience(of: record)
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
                    deadline: deadline,
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
        wake(at: deadline)
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
            if let reason = failure(of: save, id, at: now) {
                let seconds = max(0, (min(now, save.deadline) - save.askedAt).components.seconds)
                let step = RegularCheckpointStep.failed(attempt: save.attempt, reason: reason, seconds: seconds)
                record(.regularCheckpoint(id, step), at: now)
                continue
            }
            wake(at: save.deadline)
            // Whoever asks for another reason is not kept waiting by tries for this one, and what has failed needs none.
            guard let record = state.records[id], !isDisturbed(record), progress.regularSaves[id]?.failure == nil else {
                continue
            }
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

    /// Why a save that is under way ends; nil while it may succeed, and while somebody still has its request before him,
    /// who would else get the next one besides.
    private func failure(of save: State.RegularSave, _ id: WorkloadID, at now: Timestamp) -> String? {
        guard configuration.checkpoints.asksRegularly else { return "switched off" }
        guard let record = state.records[id], progress.endings[id] == nil else { return "its attempt is ending" }
        let asks = progress.regularSaves[id]?.asks ?? [:]
        let pending = save.requests.filter { asks[$0.uid]?.seconds == nil }
        for request in pending where !isStillThere(request) {
            return "\(request.pod) is not at work any more at the address where it was asked"
        }
        let known = progress.regularSaves[id]?.failure
        guard now < save.deadline else {
            let minutes = Int((Double((save.deadline - save.askedAt).components.seconds) / 60).rounded(.up))
            return known ?? "no answer from \(Self.names(of: pending)) within \(minutes) min"
        }
        guard !pending.contains(where: { asks[$0.uid]?.isInFlight == true }) else { return nil }
        return known ?? (isDisturbed(record) ? "it is asked to save for another reason" : nil)
    }

    /// Whether a request would reach the pod that it was made for: its address may be another tenant's by now, and what
    /// that one answers proves nothing.
    private func isStillThere(_ request: CheckpointRequest) -> Bool {
        guard let pod = cluster.pods[request.pod], pod.uid == request.uid, isAtWork(pod),
            let endpoint = state.records[request.workload]?.workload.checkpointURL
        else { return false }
        do throws(CheckpointRefusal) {
            return try endpoint.url(of: pod) == request.url
        } catch {
            return false
        }
    }

    private static func names(of requests: [CheckpointRequest]) -> String {
        let names = requests.prefix(mostNamedRanks).map(\.pod.description).joined(separator: ", ")
        let more = requests.count - mostNamedRanks
        return more > 0 ? "\(names) and \(more) more" : names
    }

    mutating func absorbRegular(_ answer: CheckpointAnswer, to request: CheckpointRequest, at now: Timestamp) {
        let id = request.workload
        guard let save = state.regularSaves[id], save.requests.contains(request), progress.endings[id] == nil,
            isStillThere(request), var ask = progress.regularSaves[id]?.asks[request.uid], ask.isInFlight
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
            // Whoever needs longer than it says that it may will not be faster the next time. Its time is measured
            // elsewhere, and may be a little shorter here.
            let hasRunOut = request.timeoutSeconds.map { now - ask.sentAt + .seconds(1) >= .seconds($0) } ?? false
            if hasRunOut || ask.tries >= Self.mostTries {
                let known = progress.regularSaves[id]?.failure
                progress.regularSaves[id]?.failure = known ?? "\(request.pod): \(reason)"
            } else {
                ask.retryAt = now + Self.regularPause * ask.tries
            }
            progress.regularSaves[id]?.asks[request.uid] = ask
        }
    }
}

extension Fact {
    /// Whether another workload than before, or the same earlier, may have to save next.
    var mayChangeRegularSaves: Bool {
        switch self {
        case .attemptStarted, .attemptEnded, .workloadAdmitted, .noticeReceived, .instanceObserved, .launchEnded,
            .regularCheckpoint:
            true
        default: false
        }
    }
}
