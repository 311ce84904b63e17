import Model

/// Asking pods to save over HTTP before they are told to stop, and looking for the proof that they have.
extension Autoscaler {
    /// How far the request to one pod has come; what was asked and answered is in `state`.
    struct AskProgress: Sendable {
        var tries: Int
        var isInFlight: Bool
        var retryAt: Timestamp?
    }

    /// A look into object storage that is under way, or comes again.
    struct SearchProgress: Sendable {
        var since: Timestamp
        var isInFlight = false
        var nextAt: Timestamp?
        /// What the last look said.
        var reason: String?
        /// When it is given up; nil while somebody who is to stop waits for the proof.
        var until: Timestamp?
    }

    /// How often one pod is asked at most.
    static let mostTries = 3
    /// Between two looks for a proof.
    static let searchInterval: Duration = .seconds(3)
    /// How long a move of our own choice waits for answers.
    static let voluntaryPatience: Duration = .seconds(300)

    /// Whoever was asked and then not told to stop, as a budget may have it, computes on: what it saved grows old. Then it
    /// is asked again, after a minute at the earliest, and seldom enough that saving takes a tenth of its time at most.
    private static let shortestLifeOfAnswer: Duration = .seconds(60)
    private static let lifeOfAnswerPerSaving = 10

    /// Asks pods of a workload that saves on a POST, all at once, and again where that helps.
    ///
    /// - Parameters:
    ///   - id: of the workload.
    ///   - ranks: its pods that are at work; others have nothing to save.
    ///   - deadline: of the answers.
    ///   - oldest: answers from before this time do not count any more; nil where their age alone matters.
    ///   - now: the time.
    /// - Returns: Whether there is nothing left to wait for: all have answered, or it saves in another way.
    mutating func askToSave(
        _ id: WorkloadID,
        _ ranks: [Pod],
        by deadline: Timestamp,
        notBefore oldest: Timestamp? = nil,
        at now: Timestamp
    ) -> Bool {
        guard let record = state.records[id], record.workload.checkpoint == .http, let attempt = record.running else {
            return true
        }
        let mustAnswerAnew =
            now < deadline && ranks.contains { isStale(record.asks[$0.uid], notBefore: oldest, at: now) }
        for pod in ranks {
            let ask = record.asks[pod.uid]
            // One that is old makes all old: the state of a gang is of one moment.
            guard ask == nil || (mustAnswerAnew && ask?.acknowledgedAt != nil) else { continue }
            guard now < deadline else { return false }
            self.ask(pod, of: record.workload, attempt: attempt.number, by: deadline, at: now)
        }
        for pod in ranks {
            guard let ask = record.asks[pod.uid], ask.isOpen, let request = ask.request else { continue }
            askAgain(request, at: now)
        }
        let asks = state.records[id]?.asks ?? [:]
        return ranks.allSatisfy { asks[$0.uid]?.acknowledgedAt != nil }
    }

    /// Whether a pod may have work that is not saved: it runs, was not told to stop, and is ready, or was when its
    /// workload began. A probe that fails for a moment, as under the load of a save, says nothing of the work.
    func isAtWork(_ pod: Pod) -> Bool {
        guard pod.phase == .running, pod.deletedAt == nil else { return false }
        if pod.isReady { return true }
        guard let attempt = workloadID(of: pod).flatMap({ state.records[$0]?.running }) else { return false }
        return pod.createdAt <= attempt.startedAt
    }

    private func isStale(_ ask: State.Ask?, notBefore oldest: Timestamp?, at now: Timestamp) -> Bool {
        guard let ask, let answered = ask.acknowledgedAt else { return false }
        if let oldest, answered < oldest { return true }
        return answered + max(Self.shortestLifeOfAnswer, (answered - ask.askedAt) * Self.lifeOfAnswerPerSaving) <= now
    }

    /// Until when a move of our own choice waits for the answers of pods.
    func patienceLimit(of id: WorkloadID, _ ranks: [Pod], at now: Timestamp) -> Timestamp {
        let asks = state.records[id]?.asks ?? [:]
        let open = ranks.compactMap { asks[$0.uid] }.filter { $0.acknowledgedAt == nil }
        return (open.map(\.askedAt).max() ?? now) + Self.voluntaryPatience
    }

    private mutating func ask(
        _ pod: Pod,
        of workload: Workload,
        attempt: Int,
        by deadline: Timestamp,
        at now: Timestamp
    ) {
        do throws(CheckpointRefusal) {
            guard let endpoint = workload.checkpointURL else { throw .noURL }
            let request = CheckpointRequest(
                workload: workload.id,
                attempt: attempt,
                pod: pod.id,
                uid: pod.uid,
                url: try endpoint.url(of: pod),
                deadline: deadline,
                timeoutSeconds: workload.checkpointTimeoutSeconds
            )
            record(.podCheckpointRequested(request), at: now)
            progress.asks[pod.uid] = AskProgress(tries: 1, isInFlight: true)
            send(.requestCheckpoint(request))
        } catch {
            fail(workload.id, attempt, pod.id, pod.uid, "\(error)", at: now)
        }
    }

    /// Sends a request again: after a failure that may pass, and after a restart, when nobody knows of an answer.
    private mutating func askAgain(_ request: CheckpointRequest, at now: Timestamp) {
        var progress = progress.asks[request.uid] ?? AskProgress(tries: 0, isInFlight: false, retryAt: now)
        guard !progress.isInFlight, let retry = progress.retryAt, now < request.deadline else { return }
        guard retry <= now else {
            wake(at: retry)
            return
        }
        progress.tries += 1
        progress.isInFlight = true
        progress.retryAt = nil
        self.progress.asks[request.uid] = progress
        send(.requestCheckpoint(request))
    }

    mutating func absorb(_ answer: CheckpointAnswer, to request: CheckpointRequest, at now: Timestamp) {
        guard !request.isRegular else {
            absorbRegular(answer, to: request, at: now)
            return
        }
        progress.asks[request.uid]?.isInFlight = false
        guard let record = state.records[request.workload], record.running?.number == request.attempt,
            let ask = record.asks[request.uid], ask.acknowledgedAt == nil
        else { return }
        switch answer {
        case .acknowledged(let receipt):
            self.record(
                .checkpointAcknowledged(
                    CheckpointAcknowledgement(
                        workload: request.workload,
                        attempt: request.attempt,
                        pod: request.pod,
                        uid: request.uid,
                        receipt: receipt
                    )
                ),
                at: now
            )
            if let saved = state.records[request.workload]?.savedUntil {
                search(for: request.workload, since: saved, at: now)
            }
        case .failed(let reason):
            guard !ask.hasFailed else { return }
            let tries = progress.asks[request.uid]?.tries ?? Self.mostTries
            let retry = now + .seconds(Int64(tries))
            if tries < Self.mostTries, retry + .seconds(1) < request.deadline {
                progress.asks[request.uid]?.retryAt = retry
                wake(at: retry)
            } else {
                fail(request.workload, request.attempt, request.pod, request.uid, reason, at: now)
            }
        }
    }

    private mutating func fail(
        _ workload: WorkloadID,
        _ attempt: Int,
        _ pod: PodID,
        _ uid: String,
        _ reason: String,
        at now: Timestamp
    ) {
        record(
            .checkpointFailed(
                CheckpointFailure(workload: workload, attempt: attempt, pod: pod, uid: uid, reason: reason)
            ),
            at: now
        )
    }

    /// What pods that move by our own choice say to it.
    enum Readiness {
        /// They may be told to stop.
        case ready
        case waiting
        /// One does not save: stopping it would throw work away.
        case refusing
    }

    /// Asks pods of a workload to save before they move by our own choice.
    mutating func prepareToMove(_ id: WorkloadID, _ ranks: [Pod], at now: Timestamp) -> Readiness {
        let limit = patienceLimit(of: id, ranks, at: now)
        requestCheckpoint(of: id, before: limit, at: now)
        if askToSave(id, ranks, by: limit, at: now) { return .ready }
        let asks = state.records[id]?.asks ?? [:]
        if now >= limit || ranks.contains(where: { asks[$0.uid]?.hasFailed == true }) { return .refusing }
        wake(at: limit)
        return .waiting
    }

    // MARK: - Proof

    /// Begins to look for an object that proves a workload's checkpoint, where it says under which prefix one must appear.
    ///
    /// - Parameters:
    ///   - id: of the workload.
    ///   - since: an object is proof when it was written then or later; a later time takes an earlier one's place.
    ///   - until: when to give it up; nil to go on for as long as the attempt runs.
    ///   - now: the time.
    mutating func search(for id: WorkloadID, since: Timestamp, until: Timestamp? = nil, at now: Timestamp) {
        guard progress.epoch != nil, let record = state.records[id], record.workload.checkpointPrefix != nil,
            record.running != nil, !record.isDurable(until: since),
            progress.searches[id].map({ $0.since < since }) ?? true
        else { return }
        progress.searches[id] = SearchProgress(since: since, until: until)
        continueSearches(at: now)
    }

    /// Takes up the searches of an earlier run.
    mutating func resumeSearches() {
        for (id, record) in state.records {
            guard record.running != nil, record.workload.checkpointPrefix != nil else { continue }
            if let saved = record.savedUntil, !record.isDurable(until: saved) {
                progress.searches[id] = SearchProgress(since: saved)
            } else if let regular = record.regularProof, !record.isDurable(until: regular.start) {
                progress.searches[id] = SearchProgress(since: regular.start, until: regular.end)
            }
        }
    }

    mutating func continueSearches(at now: Timestamp) {
        guard progress.epoch != nil else { return }
        for (id, search) in progress.searches.sorted(by: { $0.key < $1.key }) {
            guard let record = state.records[id], let attempt = record.running,
                let prefix = record.workload.checkpointPrefix, !record.isDurable(until: search.since)
            else {
                progress.searches[id] = nil
                continue
            }
            guard !search.isInFlight else { continue }
            if let until = search.until, until <= now {
                progress.searches[id] = nil
                continue
            }
            if let next = search.nextAt, next > now {
                wake(at: next)
                continue
            }
            progress.searches[id]?.isInFlight = true
            send(
                .searchCheckpoint(
                    CheckpointSearch(workload: id, attempt: attempt.number, prefix: prefix, since: search.since)
                )
            )
        }
    }

    mutating func absorb(_ finding: CheckpointFinding, of search: CheckpointSearch, at now: Timestamp) {
        guard let record = state.records[search.workload], record.running?.number == search.attempt else { return }
        let isCurrent = progress.searches[search.workload]?.since == search.since
        switch finding {
        case .found(let uri, let writtenAt):
            // What a later look has taken the place of proves its own save all the same, and no more than that.
            guard record.workload.checkpointPrefix == search.prefix, !record.isDurable(until: search.since) else {
                if isCurrent { progress.searches[search.workload]?.isInFlight = false }
                return
            }
            var proof = CheckpointProof(workload: search.workload, attempt: search.attempt, prefix: search.prefix)
            proof.uri = uri
            proof.writtenAt = writtenAt
            proof.durableUntil = search.since
            if isCurrent { progress.searches[search.workload] = nil }
            self.record(.checkpointVerified(proof), at: now)
            return
        case .absent where !isCurrent, .failed where !isCurrent:
            return
        case .absent:
            progress.searches[search.workload]?.reason = "no object there was written at \(search.since) or later"
        case .failed(let reason):
            progress.searches[search.workload]?.reason = reason
        }
        progress.searches[search.workload]?.isInFlight = false
        progress.searches[search.workload]?.nextAt = now + Self.searchInterval
        wake(at: now + Self.searchInterval)
    }

    /// Says that the proof which was promised did not come, before the attempt's loss is written down.
    mutating func noteMissingProof(of record: State.Record, wasTold: Bool, since: Timestamp, at now: Timestamp) {
        let id = record.workload.id
        let reason = progress.searches.removeValue(forKey: id)?.reason
        guard let attempt = record.running, let prefix = record.workload.checkpointPrefix,
            wasTold || record.savedUntil != nil
        else { return }
        // What it says of itself may have come in time; then there is nothing to prove any more.
        guard (lastCheckpoint(of: id) ?? attempt.startedAt) < since else { return }
        var proof = CheckpointProof(workload: id, attempt: attempt.number, prefix: prefix)
        proof.reason = reason ?? "object storage has not answered"
        self.record(.checkpointVerified(proof), at: now)
    }

    // MARK: - Requeue

    /// Sees workloads that were stopped come back.
    mutating func noteRequeues(at now: Timestamp) {
        for id in state.requeueing.sorted() {
            guard let record = state.records[id], record.endedAt == nil, let stopped = record.stoppedAt else {
                continue
            }
            let back = members(of: id).filter { pod in
                pod.deletedAt == nil && !pod.isFinished && state.evictedAt[pod.uid] == nil
                    && (pod.isWaiting || pod.createdAt + .seconds(1) > stopped)
            }
            guard !back.isEmpty, back.count >= record.workload.gang?.minimum ?? 1 else { continue }
            self.record(.interruptionStep(.requeued(id, pods: back.count)), at: now)
        }
    }
}

extension Pod {
    /// Whether it may have work that is not saved: it runs, is ready, and was not told to stop.
    var isComputing: Bool { phase == .running && isReady && deletedAt == nil }
}
