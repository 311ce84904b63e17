import Model

/// Where pods run, when a workload's attempts begin and end, and what of them was kept.
extension Autoscaler {
    /// Takes up the ends of attempts that an earlier run saw and had not written down yet.
    mutating func resumeEndings() {
        for (id, record) in state.records {
            guard let attempt = record.running, let departure = record.departure else { continue }
            let at = max(attempt.startedAt, departure.at)
            progress.endings[id] = AttemptEnding(
                at: at,
                stoppedAt: max(attempt.startedAt, min(departure.evictedAt ?? at, at)),
                outcome: record.interruptedAt != nil
                    ? .interrupted : departure.evictedAt != nil ? .drained : .failed,
                seenAt: departure.at,
                wasTold: departure.evictedAt != nil
            )
        }
    }

    /// How long an attempt's end waits for word of a checkpoint that would turn lost work into kept work.
    static let checkpointPatience: Duration = .seconds(30)

    /// Writes down which pods hold which part of our nodes, and sees members of attempts end.
    mutating func trackPods(at now: Timestamp) {
        guard cluster.isSynced else { return }
        var unknown: [(pod: Pod, claim: Claim)] = []
        for claim in liveClaims {
            guard let node = node(of: claim) else { continue }
            for pod in cluster.pods(on: node.name) where !pod.isNodeBound && state.uses[pod.uid] == nil {
                unknown.append((pod, claim))
            }
        }
        for (pod, claim) in unknown.sorted(by: { $0.pod.id < $1.pod.id }) {
            guard let workload = workloadID(of: pod) else { continue }
            let use = PodUse(
                uid: pod.uid,
                pod: pod.id,
                workload: workload,
                claim: claim.id,
                accelerators: pod.requests.accelerators,
                shareMillionths: Self.shareMillionths(of: pod.requests, in: claim.shape.allocatable)
            )
            record(.podAssigned(use), at: now)
        }
        let departed = Dictionary(cluster.departed.map { ($0.uid, $0) }) { _, last in last }
        cluster.departed = []
        let over = state.uses.values.filter { use in
            cluster.pods[use.pod].map { $0.uid != use.uid || $0.isFinished } ?? true
        }
        for use in over.sorted(by: { ($0.pod, $0.uid) < ($1.pod, $1.uid) }) {
            let present = cluster.pods[use.pod].flatMap { $0.uid == use.uid ? $0 : nil }
            noteEnd(of: use, last: present ?? departed[use.uid], at: now)
            record(.podReleased(uid: use.uid, use.claim), at: now)
        }
        // Also those of pods that no workload of ours claims.
        progress.evictions = progress.evictions.filter { uid, eviction in
            cluster.pods[eviction.pod].map { $0.uid == uid && !$0.isFinished } ?? false
        }
    }

    /// The largest part of any resource but the pod count that a request takes of a node, in millionths.
    static func shareMillionths(of requests: Resources, in allocatable: Resources) -> Int64 {
        var share: Int64 = 0
        for (name, amount) in requests.amounts where name != Resources.pods {
            let whole = allocatable[name].thousandths
            guard whole > 0 else { continue }
            let part = Double(amount.thousandths) / Double(whole) * 1e6
            share = max(share, Int64(part.rounded()))
        }
        return min(share, 1_000_000)
    }

    /// A member of an attempt is gone: remembers when it stopped computing, and why.
    private mutating func noteEnd(of use: PodUse, last: Pod?, at now: Timestamp) {
        guard let record = state.records[use.workload], let attempt = record.running, last?.phase != .succeeded else {
            return
        }
        let evicted = state.evictedAt[use.uid]
        var end = last?.finishedAt
        if end == nil, let saved = lastCheckpoint(of: use.workload), let evicted, saved >= evicted { end = saved }
        if end == nil { end = state.claims[use.claim]?.reclaimAt ?? record.interruptedAt }
        let at = max(attempt.startedAt, min(end ?? now, now))
        // One that ended without being deleted was refused its eviction, and computed until its end.
        let told = last?.deletedAt ?? (last?.finishedAt == nil ? evicted : nil)
        let stopped = max(attempt.startedAt, min(told ?? at, at))
        let outcome: Attempt.Outcome =
            if record.interruptedAt != nil || state.claims[use.claim]?.reclaimAt != nil {
                .interrupted
            } else if evicted != nil {
                .drained
            } else {
                .failed
            }
        if var known = progress.endings[use.workload] {
            known.at = max(known.at, at)
            known.stoppedAt = min(known.stoppedAt, stopped)
            if outcome == .interrupted { known.outcome = outcome }
            known.wasTold = known.wasTold || evicted != nil
            progress.endings[use.workload] = known
        } else {
            progress.endings[use.workload] = AttemptEnding(
                at: at,
                stoppedAt: stopped,
                outcome: outcome,
                seenAt: now,
                wasTold: evicted != nil
            )
        }
    }

    /// The time until which all of a workload's work is durable, as its job or pods say, or as was answered or found.
    func lastCheckpoint(of workload: WorkloadID) -> Timestamp? {
        var texts = [annotation(.lastCheckpoint, of: workload)]
        texts += members(of: workload).map { $0.annotation(.lastCheckpoint) }
        let told = texts.compactMap { $0 }.compactMap { Timestamp(rfc3339: $0) }
        return (told + [state.records[workload]?.durableUntil].compactMap { $0 }).max()
    }

    mutating func trackAttempts(at now: Timestamp) {
        guard cluster.isSynced else { return }
        endFinishedWorkloads(at: now)
        endVanishedWorkloads(at: now)
        let members = readyMembers()
        for (id, ending) in progress.endings.sorted(by: { $0.key < $1.key }) {
            endAttempt(of: id, ending, hasSuccessor: members[id] != nil, at: now)
        }
        let starting = members.filter { state.records[$0.key]?.running == nil }
        for (id, pods) in starting.sorted(by: { $0.key < $1.key }) {
            startAttempt(of: id, pods, at: now)
        }
        continueSearches(at: now)
        noteRequeues(at: now)
    }

    /// Ready members that are not on their way out, by workload.
    private func readyMembers() -> [WorkloadID: [Pod]] {
        var result: [WorkloadID: [Pod]] = [:]
        for use in state.uses.values {
            // Of one that runs nobody asks.
            guard state.records[use.workload]?.running == nil || progress.endings[use.workload] != nil else { continue }
            guard let pod = cluster.pods[use.pod], pod.uid == use.uid, pod.phase == .running, pod.isReady,
                pod.deletedAt == nil
            else { continue }
            result[use.workload, default: []].append(pod)
        }
        return result.filter { id, pods in
            guard let record = state.records[id], record.endedAt == nil else { return false }
            let minimum = record.workload.gang?.minimum ?? 1
            return pods.count >= minimum || pods.count + succeededMembers(of: id) >= minimum
        }.mapValues { $0.sorted { $0.id < $1.id } }
    }

    private mutating func startAttempt(of id: WorkloadID, _ pods: [Pod], at now: Timestamp) {
        guard let record = state.records[id], record.running == nil, progress.endings[id] == nil else { return }
        let ready = pods.compactMap { $0.readyAt ?? $0.startedAt }.max() ?? now
        let claims = Set(pods.compactMap { state.uses[$0.uid]?.claim }).sorted()
        let attempt = Attempt(
            workload: id,
            number: record.attempts + 1,
            startedAt: max(min(ready, now), record.stoppedAt ?? ready),
            claims: claims,
            accelerators: pods.reduce(0) { $0 + $1.requests.accelerators }
        )
        self.record(.attemptStarted(attempt), at: now)
    }

    private mutating func endAttempt(of id: WorkloadID, _ ending: AttemptEnding, hasSuccessor: Bool, at now: Timestamp)
    {
        guard let record = state.records[id], let attempt = record.running else {
            progress.endings[id] = nil
            return
        }
        let saved = max(attempt.startedAt, min(lastCheckpoint(of: id) ?? attempt.startedAt, ending.at))
        // What it computed after it was asked to save is part of what saving takes.
        let stopped = record.savedUntil.map { max(attempt.startedAt, min($0, ending.stoppedAt)) } ?? ending.stoppedAt
        let lost = max(0, (stopped - saved).components.seconds)
        let patience = ending.seenAt + Self.checkpointPatience
        let mayBeOver = ending.outcome == .failed && mayBeOver(id)
        let mayBeSaved = lost > 0 && record.workload.checkpoint != .none
        if mayBeSaved || mayBeOver, !hasSuccessor, now < patience {
            if mayBeSaved, ending.wasTold { search(for: id, since: stopped, at: now) }
            wake(at: patience)
            return
        }
        noteMissingProof(of: record, wasTold: ending.wasTold, since: stopped, at: now)
        progress.endings[id] = nil
        for uid in record.asks.keys { progress.asks[uid] = nil }
        let end = AttemptEnd(
            workload: id,
            number: attempt.number,
            at: ending.at,
            outcome: ending.outcome,
            lostWork: LostWork(seconds: lost, accelerators: attempt.accelerators),
            checkpointSeconds: max(0, (ending.at - stopped).components.seconds)
        )
        self.record(.attemptEnded(end), at: now)
    }

    /// Ends workloads that are complete or have failed.
    private mutating func endFinishedWorkloads(at now: Timestamp) {
        for (id, record) in openRecords {
            guard let end = end(of: id, since: record.workload.createdAt) else { continue }
            self.end(id, succeeded: end.succeeded, stoppedAt: end.at ?? now, at: now)
        }
    }

    /// How long a workload whose owner is not watched may be without pods before it counts as removed: whoever owns
    /// it makes a new pod some time after the old one went.
    static let absencePatience: Duration = .seconds(300)

    /// Ends workloads whose object is not there any more: someone removed it, finished or not.
    private mutating func endVanishedWorkloads(at now: Timestamp) {
        guard progress.looksForVanished else { return }
        progress.looksForVanished = false
        for (id, _) in openRecords where !isRequestOpen(id) {
            guard !isKnown(id), members(of: id).isEmpty else {
                progress.absentSince[id] = nil
                continue
            }
            let since = progress.absentSince[id] ?? now
            let isRemoved = id.kind == "Pod" || id.kind == "Job" || cluster.removedOwners.contains(id.uid)
            guard isRemoved || since + Self.absencePatience <= now else {
                progress.absentSince[id] = since
                progress.looksForVanished = true
                wake(at: since + Self.absencePatience)
                continue
            }
            end(id, succeeded: false, stoppedAt: now, at: now)
        }
        cluster.removedOwners = []
    }

    /// Workloads that have not ended, sorted.
    private var openRecords: [(key: WorkloadID, value: State.Record)] {
        state.openWorkloads.compactMap { id in state.records[id].map { (id, $0) } }
    }

    mutating func end(_ id: WorkloadID, succeeded: Bool, stoppedAt: Timestamp, at now: Timestamp) {
        let ending = progress.endings.removeValue(forKey: id)
        progress.absentSince[id] = nil
        progress.explainedAt[id] = nil
        if let ending, !succeeded {
            // What ended it came before its object went.
            endAttempt(of: id, ending, hasSuccessor: true, at: now)
        }
        if let attempt = state.records[id]?.running {
            let end = AttemptEnd(
                workload: id,
                number: attempt.number,
                at: max(attempt.startedAt, min(stoppedAt, now)),
                outcome: succeeded ? .completed : .failed,
                lostWork: .none,
                checkpointSeconds: 0
            )
            record(.attemptEnded(end), at: now)
        }
        record(.workloadEnded(id, succeeded: succeeded), at: now)
    }
}
