import Model

/// Decisions, interruptions and counts, folded from the journal's entries alone. Bounded: the oldest are forgotten.
struct Chronicle: Sendable {
    /// How many decisions are kept; the journal has them all.
    static let decisionLimit = 2000

    /// The oldest first.
    private(set) var decisions: [DecisionRecord] = []
    private var interruptionLog = InterruptionLog()
    private(set) var counters = Counters()
    private(set) var firstEntryAt: Timestamp?
    private(set) var lastSequence: Int64 = 0

    private var requests: [LaunchID: LaunchRequest] = [:]

    /// The oldest first.
    var interruptions: [InterruptionRecord] { interruptionLog.records }

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
        interruptionLog.record(entry)
        counters.interruptions = interruptionLog.count
    }

    private mutating func follow(_ entry: JournalEntry) {
        switch entry.fact {
        case .launchIntended(let request, _):
            requests[request.id] = request
        case .launchEnded(let launch, let outcome):
            if case .failed(.unanswered, _) = outcome { return }
            requests[launch] = nil
        default:
            break
        }
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
        case .regularCheckpoint(_, .completed): counters.regularCheckpoints[true, default: 0] += 1
        case .regularCheckpoint(_, .failed): counters.regularCheckpoints[false, default: 0] += 1
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
        case .checkpointFailed(let failure):
            return made(.checkpoint, "\(failure.pod) has not saved: \(failure.reason)", [failure.workload])
        case .checkpointVerified(let proof):
            let text =
                proof.uri.map { "\(proof.workload) has saved its work: \($0)" }
                ?? "No proof that \(proof.workload) has saved its work under \(proof.prefix): \(proof.reason ?? "")"
            return made(.checkpoint, text, [proof.workload])
        case .regularCheckpoint(let workload, .failed(_, let reason, _)):
            return made(.checkpoint, "\(workload) has not saved when it was time to: \(reason)", [workload])
        case .interruptionStep(.relocationAbandoned(let claim, let reason)):
            return made(.drain, "Leave \(claim) as it is: \(reason)")
        case .offeringClosed(let offering, let until, _, let reason):
            return made(.closeOffering, "Pass over \(offering) until \(until): \(reason)")
        case .quotaClosed(let quota, let until, _, let reason):
            return made(.closeOffering, "Pass over all that counts against \(quota) until \(until): \(reason)")
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
