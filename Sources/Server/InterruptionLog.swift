import Model

/// Nodes taken back and what became of the work on them, folded from the journal's entries. Bounded: the oldest are
/// forgotten.
struct InterruptionLog: Sendable {
    private struct Running: Sendable {
        var attempt: Attempt
        var end: AttemptEnd?
    }

    static let limit = 1000
    /// A gang of thousands has thousands of each step.
    static let stepLimit = 2000

    /// The oldest first.
    private(set) var records: [InterruptionRecord] = []
    private(set) var count = 0

    /// Of the first of `records`, counted from the first that ever was.
    private var firstNumber = 0
    private var numberOfClaim: [ClaimID: Int] = [:]
    /// Interruptions of which a workload's part is not over yet.
    private var open: [WorkloadID: Set<Int>] = [:]
    private var offerings: [ClaimID: Offering] = [:]
    /// Of launches that are not answered yet.
    private var claims: [LaunchID: [ClaimID]] = [:]
    /// The latest attempt of every workload that is not finished.
    private var latest: [WorkloadID: Running] = [:]
    private var runningOn: [ClaimID: Set<WorkloadID>] = [:]
    private var uses: [String: PodUse] = [:]

    mutating func record(_ entry: JournalEntry) {
        switch entry.fact {
        case .launchIntended(let request, _):
            claims[request.id] = request.claims
            for claim in request.claims { offerings[claim] = request.offering }
            for workload in Set(request.workloads) {
                note(.replacementLaunched, request.id, "\(request.count) × \(request.offering)", of: workload, entry.at)
            }
        case .launchEnded(let launch, .failed(let failure, _)) where failure != .unanswered:
            for claim in claims.removeValue(forKey: launch) ?? [] { offerings[claim] = nil }
        case .launchEnded(let launch, .launched):
            claims[launch] = nil
        case .attemptStarted(let attempt):
            forget(attempt.workload)
            latest[attempt.workload] = Running(attempt: attempt)
            for claim in attempt.claims { runningOn[claim, default: []].insert(attempt.workload) }
            open[attempt.workload] = nil
        case .attemptEnded(let end):
            finish(end)
        case .workloadEnded(let workload, _):
            forget(workload)
            latest[workload] = nil
            open[workload] = nil
        case .podAssigned(let use):
            uses[use.uid] = use
        case .noticeReceived(let notice, let claim) where notice.kind == .interruption:
            begin(claim, notice.instance, at: notice.at, wasAnnounced: true)
            note(.notice, notice.instance.value, of: claim, entry.at)
        case .instanceObserved(let observation):
            observe(observation, at: entry.at)
        default:
            follow(entry)
        }
    }

    /// The steps between notice and requeue.
    private mutating func follow(_ entry: JournalEntry) {
        let at = entry.at
        switch entry.fact {
        case .interruptionStep(.cordoned(let claim, let node)): note(.cordon, node, of: claim, at)
        case .interruptionStep(.replacementPlanned(let claim)): note(.replacementPlanned, claim.value, of: claim, at)
        case .interruptionStep(.requeued(let workload, let pods)):
            note(.requeued, "\(workload)", pods == 1 ? "1 pod" : "\(pods) pods", of: workload, at)
        case .checkpointRequested(let workload, _, let deadline):
            note(.checkpointRequested, "\(workload)", "by \(deadline)", of: workload, at)
        case .podCheckpointRequested(let request): note(.podAsked, "\(request.pod)", of: request.workload, at)
        case .checkpointAcknowledged(let answer):
            let said = [answer.receipt.step.map { "step \($0)" }, answer.receipt.uri].compactMap(\.self)
            note(.acknowledged, "\(answer.pod)", said.joined(separator: ", "), of: answer.workload, at)
        case .checkpointFailed(let failure):
            note(.unanswered, "\(failure.pod)", failure.reason, of: failure.workload, at)
        case .checkpointVerified(let proof):
            let kind: InterruptionStepRecord.Kind = proof.uri == nil ? .unverified : .verified
            note(kind, proof.uri ?? proof.prefix, proof.reason, of: proof.workload, at)
        case .evictionIntended(let pod, let uid, let grace, _):
            if let use = uses[uid] { note(.evicted, "\(pod)", "with \(grace) s", of: use.workload, at) }
        case .podReleased(let uid, _):
            if let use = uses.removeValue(forKey: uid) { note(.released, "\(use.pod)", of: use.workload, at) }
        default: break
        }
    }

    private mutating func observe(_ observation: InstanceObservation, at: Timestamp) {
        guard observation.state == .shuttingDown || observation.state == .terminated else { return }
        if observation.reason == Instance.spotReclaimed {
            begin(observation.claim, observation.instance, at: observation.at, wasAnnounced: false)
        }
        if let index = index(of: observation.claim), records[index].reclaimedAt == nil {
            records[index].reclaimedAt = observation.at
            note(.reclaimed, observation.instance.value, of: observation.claim, at)
        }
        if observation.state == .terminated { offerings[observation.claim] = nil }
    }

    private func index(of claim: ClaimID) -> Int? {
        numberOfClaim[claim].map { $0 - firstNumber }
    }

    private mutating func begin(_ claim: ClaimID, _ instance: InstanceID, at: Timestamp, wasAnnounced: Bool) {
        guard numberOfClaim[claim] == nil else { return }
        count += 1
        let affected = (runningOn[claim] ?? []).compactMap { latest[$0] }.filter { running in
            // One that ended as interrupted before the cloud told why.
            running.end.map { $0.outcome == .interrupted && $0.at >= at - .seconds(300) } ?? true
        }
        let effects = affected.map { InterruptionRecord.Effect(workload: $0.attempt.workload, end: $0.end) }
            .sorted { $0.workload < $1.workload }
        let number = firstNumber + records.count
        numberOfClaim[claim] = number
        for effect in effects { open[effect.workload, default: []].insert(number) }
        records.append(
            InterruptionRecord(
                at: at,
                claim: claim,
                instance: instance,
                offering: offerings[claim],
                wasAnnounced: wasAnnounced,
                effects: effects
            )
        )
        if records.count > Self.limit {
            numberOfClaim[records[0].claim] = nil
            records.removeFirst()
            firstNumber += 1
        }
    }

    private mutating func finish(_ end: AttemptEnd) {
        latest[end.workload]?.end = end
        for number in open[end.workload] ?? [] where number >= firstNumber {
            let index = number - firstNumber
            for effect in records[index].effects.indices
            where records[index].effects[effect].workload == end.workload && records[index].effects[effect].end == nil {
                records[index].effects[effect].end = end
            }
            let lost = end.lostWork.acceleratorSeconds
            add(
                InterruptionStepRecord(
                    at: end.at,
                    kind: .stopped,
                    subject: "\(end.workload)",
                    detail: lost > 0 ? "\(lost) accelerator-seconds lost" : nil,
                    namespace: end.workload.namespace
                ),
                to: index
            )
        }
    }

    /// Lets go of what the last attempt of a workload stood on.
    private mutating func forget(_ workload: WorkloadID) {
        for claim in latest[workload]?.attempt.claims ?? [] {
            runningOn[claim]?.remove(workload)
            if runningOn[claim]?.isEmpty ?? false { runningOn[claim] = nil }
        }
    }

    private mutating func note(
        _ kind: InterruptionStepRecord.Kind,
        _ subject: String,
        _ detail: String? = nil,
        of claim: ClaimID,
        _ at: Timestamp
    ) {
        guard let index = index(of: claim) else { return }
        add(InterruptionStepRecord(at: at, kind: kind, subject: subject, detail: detail), to: index)
    }

    private mutating func note(
        _ kind: InterruptionStepRecord.Kind,
        _ subject: String,
        _ detail: String? = nil,
        of workload: WorkloadID,
        _ at: Timestamp
    ) {
        let step = InterruptionStepRecord(
            at: at,
            kind: kind,
            subject: subject,
            detail: detail.flatMap { $0.isEmpty ? nil : $0 },
            namespace: workload.namespace
        )
        for number in open[workload] ?? [] where number >= firstNumber { add(step, to: number - firstNumber) }
    }

    private mutating func add(_ step: InterruptionStepRecord, to index: Int) {
        guard records[index].steps.count < Self.stepLimit else { return }
        records[index].steps.append(step)
    }
}
