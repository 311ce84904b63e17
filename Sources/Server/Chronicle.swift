import Model

/// Decisions, interruptions and counts, folded from the journal's entries alone. Bounded: the oldest are forgotten.
struct Chronicle: Sendable {
    private struct Running: Sendable {
        var attempt: Attempt
        var end: AttemptEnd?
    }

    /// How many decisions are kept; the journal has them all.
    static let decisionLimit = 2000
    static let interruptionLimit = 1000

    /// The oldest first.
    private(set) var decisions: [DecisionRecord] = []
    /// The oldest first.
    private(set) var interruptions: [InterruptionRecord] = []
    private(set) var counters = Counters()
    private(set) var firstEntryAt: Timestamp?
    private(set) var lastSequence: Int64 = 0

    private var requests: [LaunchID: LaunchRequest] = [:]
    private var offerings: [ClaimID: Offering] = [:]
    /// The latest attempt of every workload that is not finished.
    private var latest: [WorkloadID: Running] = [:]

    mutating func record(_ entry: JournalEntry) {
        lastSequence = entry.sequence
        firstEntryAt = firstEntryAt ?? entry.at
        counters.journalEntries += 1
        count(entry.fact)
        if let decision = decision(in: entry) {
            decisions.append(decision)
            // Cut in lumps, so that each costs little.
            if decisions.count > Self.decisionLimit * 2 { decisions.removeFirst(decisions.count - Self.decisionLimit) }
        }
        follow(entry)
    }

    // MARK: Interruptions

    private mutating func follow(_ entry: JournalEntry) {
        switch entry.fact {
        case .launchIntended(let request, _):
            requests[request.id] = request
            for claim in request.claims { offerings[claim] = request.offering }
        case .launchEnded(let launch, let outcome):
            if case .failed(let failure, _) = outcome, failure != .unanswered {
                for claim in requests[launch]?.claims ?? [] { offerings[claim] = nil }
                requests[launch] = nil
            } else if case .launched = outcome {
                requests[launch] = nil
            }
        case .attemptStarted(let attempt):
            latest[attempt.workload] = Running(attempt: attempt)
        case .attemptEnded(let end):
            latest[end.workload]?.end = end
            for index in interruptions.indices.suffix(200) {
                for effect in interruptions[index].effects.indices
                where interruptions[index].effects[effect].workload == end.workload
                    && interruptions[index].effects[effect].end == nil
                {
                    interruptions[index].effects[effect].end = end
                }
            }
        case .workloadEnded(let workload, _):
            latest[workload] = nil
        case .noticeReceived(let notice, let claim) where notice.kind == .interruption:
            open(claim, notice.instance, at: notice.at, wasAnnounced: true)
        case .instanceObserved(let observation):
            guard observation.state == .shuttingDown || observation.state == .terminated else { return }
            if observation.reason == Instance.spotReclaimed {
                open(observation.claim, observation.instance, at: observation.at, wasAnnounced: false)
            }
            if let index = interruptions.lastIndex(where: { $0.claim == observation.claim }) {
                interruptions[index].reclaimedAt = interruptions[index].reclaimedAt ?? observation.at
            }
            if observation.state == .terminated { offerings[observation.claim] = nil }
        default:
            break
        }
    }

    private mutating func open(_ claim: ClaimID, _ instance: InstanceID, at: Timestamp, wasAnnounced: Bool) {
        guard !interruptions.contains(where: { $0.claim == claim }) else { return }
        counters.interruptions += 1
        let effects = latest.values
            .filter { running in
                // One that ended as interrupted before the cloud told why.
                let isAffected = running.end.map { $0.outcome == .interrupted && $0.at >= at - .seconds(300) } ?? true
                return isAffected && running.attempt.claims.contains(claim)
            }
            .map { InterruptionRecord.Effect(workload: $0.attempt.workload, end: $0.end) }
            .sorted { $0.workload < $1.workload }
        interruptions.append(
            InterruptionRecord(
                at: at,
                claim: claim,
                instance: instance,
                offering: offerings[claim],
                wasAnnounced: wasAnnounced,
                effects: effects
            )
        )
        if interruptions.count > Self.interruptionLimit { interruptions.removeFirst() }
    }

    // MARK: Counts

    private mutating func count(_ fact: Fact) {
        switch fact {
        case .launchEnded(let launch, let outcome):
            guard let request = requests[launch] else { return }
            let name =
                switch outcome {
                case .launched: "launched"
                case .failed(let failure, _): failure.rawValue
                }
            let key = Counters.Launch(capacityType: request.offering.capacityType, outcome: name)
            counters.launches[key, default: 0] += 1
        case .terminationIntended, .strayTerminationIntended: counters.terminations += 1
        case .evictionIntended: counters.evictions += 1
        case .checkpointRequested: counters.checkpointRequests += 1
        case .attemptEnded(let end):
            counters.attempts[end.outcome, default: 0] += 1
            counters.lostWorkSeconds += end.lostWork.acceleratorSeconds
        default: break
        }
    }

    // MARK: Decisions

    private func decision(in entry: JournalEntry) -> DecisionRecord? {
        func made(
            _ kind: DecisionRecord.Kind,
            _ text: String,
            _ workloads: [WorkloadID] = [],
            _ explanation: Explanation? = nil
        ) -> DecisionRecord {
            DecisionRecord(
                sequence: entry.sequence,
                at: entry.at,
                kind: kind,
                text: text,
                workloads: workloads,
                explanation: explanation
            )
        }
        switch entry.fact {
        case .launchIntended(let request, let explanation):
            return made(.launch, explanation.summary, request.workloads, explanation)
        case .launchEnded(let launch, .failed(let failure, let message)):
            let request = requests[launch]
            let what = request.map { "\($0.count) × \($0.offering)" } ?? "Launch \(launch)"
            return made(
                .launchFailed,
                "\(what) was refused (\(failure.rawValue)): \(message)",
                request?.workloads ?? []
            )
        case .claimDraining(let claim, let reason): return made(.drain, "Drain \(claim): \(reason)")
        case .consolidationIntended(let intent): return made(.consolidate, intent.summary, intent.workloads)
        case .consolidationAbandoned(let claims, let reason):
            let names = claims.map(\.description).joined(separator: ", ")
            return made(.consolidate, "Leave \(names) as they are: \(reason)")
        case .terminationIntended(let claim, let instance, let reason):
            return made(.terminate, "Terminate \(instance) of \(claim): \(reason)")
        case .strayTerminationIntended(let instance, let reason):
            return made(.terminate, "Terminate \(instance), which no claim owns: \(reason)")
        case .evictionIntended(let pod, _, let grace, let reason):
            var record = made(.evict, "Evict \(pod) with \(grace) s to save and stop: \(reason)")
            record.namespaces = [pod.namespace]
            return record
        case .checkpointRequested(let workload, let attempt, let deadline):
            return made(.checkpoint, "Ask \(workload) (attempt \(attempt)) to save its work by \(deadline)", [workload])
        case .offeringClosed(let offering, let until, _, let reason):
            return made(.closeOffering, "Pass over \(offering) until \(until): \(reason)")
        case .pauseChanged(let paused, let by):
            return made(paused ? .pause : .resume, paused ? "Launches paused by \(by)" : "Launches resumed by \(by)")
        case .explained(let explanation):
            return made(.wait, explanation.summary, explanation.workloads, explanation)
        case .provisioning(let workload, .condition(let condition)):
            let what = "\(condition.isTrue ? "" : "not yet ")\(condition.kind.rawValue)"
            return made(.provision, "ProvisioningRequest \(workload) is \(what): \(condition.message)", [workload])
        case .provisioning(let workload, .released(let places, let reason)):
            return made(.provision, "Give back \(places.count) places of \(workload): \(reason)", [workload])
        default:
            return nil
        }
    }
}
