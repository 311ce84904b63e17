import Model
import Planning

/// Durable state: exactly what the facts of the journal add up to. Replaying them gives the same value.
struct State: Equatable, Sendable {
    /// The first member of a running attempt that left: should the process die before the attempt's end is written
    /// down, this is what is known of it.
    struct Departure: Equatable, Sendable {
        var at: Timestamp
        var evictedAt: Timestamp?
    }

    /// A workload from its admission to its end.
    struct Record: Equatable, Sendable {
        var workload: Workload
        var running: Attempt?
        var departure: Departure?
        var attempts = 0
        var interruptions = 0
        /// How long its starts took.
        var starts = Starts()
        /// Work done a second where the running attempt runs, relative to what expected runtimes speak of.
        var speed = 1.0
        /// How long its last save took, from the request to the stop, or to the answer where nobody was to stop.
        var savingSeconds: Int64?
        /// When it was last asked to save without being told to stop, in the running attempt; or had done so.
        var lastRegularAt: Timestamp?
        /// What went into such saves, in the running attempt.
        var regularSavingSeconds: Int64 = 0
        /// Those of them that may lie within work that is not durable yet, in order and without overlap.
        var recentSaves: [Span] = []
        /// Why the last of them failed; nil when it did not.
        var regularFailure: String?
        /// How many have failed in a row, in the running attempt.
        var regularFailures = 0
        /// What a save takes at the least, as far as those say that have failed since the last that did not.
        var failedSavingSeconds: Int64?
        /// From when until when what such a save has made durable, as the ranks say, is looked for in object storage.
        var regularProof: Span?
        /// Seconds of work of ended attempts that were kept.
        var keptSeconds: Int64 = 0
        /// The end of the last attempt.
        var stoppedAt: Timestamp?
        var checkpointRequestedAt: Timestamp?
        /// When the cloud took, or said that it will take, a node of the running attempt.
        var interruptedAt: Timestamp?
        /// When a move of it was given up that had begun.
        var moveGivenUpAt: Timestamp?
        /// When it was complete, failed or removed.
        var endedAt: Timestamp?
        var succeeded = false
        /// Pods of the running attempt that were asked to save over HTTP, by uid.
        var asks: [String: Ask] = [:]
        /// All work up to here is durable, as answers or object storage say.
        var durableUntil: Timestamp?
        /// The attempt of which a pod that was asked to save did not.
        var unansweredAttempt: Int?

        /// Whether all work up to a time is durable, as far as is known.
        func isDurable(until time: Timestamp) -> Bool { durableUntil.map { $0 >= time } ?? false }

        /// Whether it saves when it is asked, as far as the running attempt has shown.
        var answers: Bool { unansweredAttempt == nil || unansweredAttempt != running?.number }
    }

    /// An offering that refused, and until when it is left alone.
    struct Closure: Equatable, Sendable {
        var until: Timestamp
        var failures: Int
        var reason: String
        /// Since when it has been closed, as far as it was tried.
        var since: Timestamp
    }

    /// Nodes with pods on them that are to go, until their claims are gone.
    struct Consolidating: Equatable, Sendable {
        var intent: ConsolidationIntent
        /// Whether they drain; before that what replaces them is awaited.
        var hasBegun = false
    }

    /// When an instance ran and ended, kept after its claim is gone: the better word of it may come late.
    struct Life: Equatable, Sendable {
        var runningAt: Timestamp?
        var endedAt: Timestamp
        var isEstimated: Bool
        /// Whether the end was told by the change itself, not by a state that follows it.
        var isChange: Bool

        init(_ observation: InstanceObservation, runningAt: Timestamp?) {
            self.runningAt = runningAt
            endedAt = observation.at
            isEstimated = observation.isEstimated
            isChange = observation.state == .shuttingDown
        }

        /// In the order in which the books prefer one word to another.
        func isBetter(than other: Life) -> Bool {
            func rank(_ life: Life) -> (Int, Int, Timestamp) {
                (life.isEstimated ? 1 : 0, life.isChange ? 0 : 1, life.endedAt)
            }
            return rank(self) < rank(other)
        }

        /// The cloud shows an instance for an hour after its end, and delivers its last message long before.
        static let remembered: Duration = .seconds(86_400)
    }

    var claims: [ClaimID: Claim] = [:]
    /// The claims' ids, sorted: they are gone through many times a tick.
    private(set) var claimOrder: [ClaimID] = []
    /// Claims whose instance is gone, by the month's start in which it went, with what they cost as far as is known here.
    var settled: [Timestamp: [String: Money]] = [:]
    /// Claims by instance, those that are over for a day longer.
    var claimOfInstance: [InstanceID: ClaimID] = [:]
    var lives: [InstanceID: Life] = [:]
    /// Launches without an answer, in the order of their intents.
    var openLaunches: [LaunchRequest] = []
    var launches = 0
    /// StateReason is still to be learned for these.
    var endsWithoutReason: Set<InstanceID> = []
    var terminations: [InstanceID: String] = [:]
    var records: [WorkloadID: Record] = [:]
    /// Saves that are under way after which nobody is told to stop.
    var regularSaves: [WorkloadID: RegularSave] = [:]
    /// Those of the records whose workloads have not ended, sorted: they are gone through every tick.
    var openWorkloads: [WorkloadID] = []
    /// The workload that a gang's name stands for at present.
    var gangs: [String: WorkloadID] = [:]
    /// The ProvisioningRequests that are ours, until they are deleted.
    var provisions: [WorkloadID: Provision] = [:]
    /// The workload that a ProvisioningRequest's name stands for at present.
    var provisioningNames: [String: WorkloadID] = [:]
    /// By pod uid.
    var uses: [String: PodUse] = [:]
    /// In the order in which they were decided.
    var consolidations: [Consolidating] = []
    /// What the cloud has said of nodes that it does not take yet.
    var risks: [ClaimID: Risk] = [:]
    /// Nodes whose work is moved because of that.
    var relocations: [ClaimID: Relocation] = [:]
    /// Nodes that were cordoned before a reclaim or a move; those whose replacement was planned; those whose move was
    /// given up.
    var cordoned: Set<ClaimID> = []
    var replacementPlanned: Set<ClaimID> = []
    var reopening: Set<ClaimID> = []
    /// Workloads that were stopped, and are to come again.
    var requeueing: Set<WorkloadID> = []
    /// Workloads with a running attempt, by each claim that it stands on.
    var runningOn: [ClaimID: Set<WorkloadID>] = [:]
    /// When each pod was asked to leave, by pod uid, until it is released.
    var evictedAt: [String: Timestamp] = [:]
    /// Ids of notices that were acted on, by claim, until it is gone.
    var seenNotices: [ClaimID: Set<String>] = [:]
    var closures: [Offering: Closure] = [:]
    /// Quotas of the account that were reached.
    var quotaClosures: [Quota: Closure] = [:]
    /// What was seen of each spot capacity pool in which a node of ours has stood.
    var exposures: [Offering: PoolExposure] = [:]
    /// What was seen of the times in which spot capacity pools had nothing for us.
    var absences: [Offering: PoolAbsence] = [:]
    var prices: [Offering: PricePoint] = [:]
    /// The last explanation of each workload that waits.
    var explanations: [WorkloadID: String] = [:]
    var isPaused: Bool
    /// Counts changes of claims, so that a plan made on older ones is known as such.
    var claimsVersion = 0

    init(isPaused: Bool) {
        self.isPaused = isPaused
    }

    static func gangKey(namespace: String, name: String) -> String { "\(namespace)/\(name)" }

    mutating func apply(_ fact: Fact, at now: Timestamp, configuration: GleanerConfiguration) {
        switch fact {
        case .priceObserved(let point):
            if let known = prices[point.offering], known.effectiveAt > point.effectiveAt { return }
            prices[point.offering] = point
        case .workloadAdmitted(let workload):
            admit(workload)
        case .launchIntended(let request, _):
            launches += 1
            claimsVersion += 1
            openLaunches.append(request)
            for index in 0..<request.count {
                let claim = Claim(request: request, index: index, at: now)
                claims[claim.id] = claim
                claimOrder.append(claim.id)
            }
            claimOrder.sort()
            for workload in request.workloads { explanations[workload] = nil }
        case .launchEnded(let id, let outcome):
            expose(to: outcome, of: id, at: now, configuration)
            apply(outcome, to: id, at: now)
        case .instanceObserved(let observation):
            expose(to: observation, at: now, configuration)
            apply(observation, configuration: configuration)
        case .claimInitialised(let id, let node):
            claims[id]?.node = node
            claims[id]?.initialisedAt = now
            if claims[id]?.phase == .booting { claims[id]?.phase = .initialised }
        case .claimDraining(let id, _):
            claimsVersion += 1
            claims[id]?.drainingSince = now
            claims[id]?.phase = .draining
            for index in consolidations.indices where consolidations[index].intent.claims.contains(id) {
                consolidations[index].hasBegun = true
            }
        case .consolidationIntended(let intent):
            claimsVersion += 1
            consolidations.append(Consolidating(intent: intent))
        case .consolidationAbandoned(let claims, _):
            claimsVersion += 1
            for intent in consolidations.filter({ $0.hasBegun }).map(\.intent)
            where intent.claims == claims && intent.reason == .repriced {
                for workload in intent.workloads { records[workload]?.moveGivenUpAt = now }
                // They were told to stop in vain, and go on computing.
                evictedAt = evictedAt.filter { uses[$0.key].map { !intent.workloads.contains($0.workload) } ?? true }
            }
            if consolidations.contains(where: { $0.intent.claims == claims && $0.hasBegun }) {
                for claim in claims {
                    if relocations[claim]?.cause == .repriced { relocations[claim] = nil }
                    reopen(claim)
                }
            }
            consolidations.removeAll { $0.intent.claims == claims }
        case .terminationIntended(let id, let instance, let reason):
            claims[id]?.phase = .terminating
            terminations[instance] = reason
        case .strayTerminationIntended(let instance, let reason):
            terminations[instance] = reason
        case .noticeReceived(let notice, let id):
            if claims[id] != nil { seenNotices[id, default: []].insert(notice.id) }
            applyRisk(notice, of: id, at: now)
            if notice.kind == .interruption, claims[id]?.reclaimAt == nil {
                claimsVersion += 1
                expose(toInterruptionOf: id, at: now, configuration)
                claims[id]?.reclaimAt = notice.at + Notice.interruptionLead
                claims[id]?.drainingSince = now
                if claims[id]?.phase != .terminating { claims[id]?.phase = .draining }
                relocations[id] = nil
                for workload in runningOn[id] ?? [] { forgetFailedAsks(of: workload) }
                markInterrupted(id, at: now)
            }
        case .podAssigned(let use):
            uses[use.uid] = use
        case .podReleased(let uid, _):
            if let id = uses[uid]?.workload, let record = records[id], record.running != nil, record.departure == nil {
                records[id]?.departure = Departure(at: now, evictedAt: evictedAt[uid])
            }
            uses[uid] = nil
            evictedAt[uid] = nil
        case .attemptStarted(let attempt):
            requeueing.remove(attempt.workload)
            measureStart(of: attempt, configuration.economics.relativeSpeed)
            records[attempt.workload]?.asks = [:]
            forgetRegularSaves(of: attempt.workload)
            for claim in attempt.claims where records[attempt.workload] != nil {
                runningOn[claim, default: []].insert(attempt.workload)
            }
            records[attempt.workload]?.running = attempt
            records[attempt.workload]?.departure = nil
            records[attempt.workload]?.attempts = attempt.number
            records[attempt.workload]?.checkpointRequestedAt = nil
            records[attempt.workload]?.interruptedAt = nil
            explanations[attempt.workload] = nil
        case .checkpointRequested(let workload, _, _):
            records[workload]?.checkpointRequestedAt = now
        case .evictionIntended(_, let uid, _, _):
            if uses[uid] != nil, evictedAt[uid] == nil { evictedAt[uid] = now }
        case .attemptEnded(let end):
            apply(end)
        case .workloadEnded(let id, let succeeded):
            records[id]?.endedAt = now
            records[id]?.succeeded = succeeded
            setOpen(id, false)
            explanations[id] = nil
            requeueing.remove(id)
            gangs = gangs.filter { $0.value != id }
            if provisions[id] == nil { forgetProvisioningName(of: id) }
        case .offeringClosed(let offering, let until, let failures, let reason):
            let since = closingBegan(offering, at: now)
            closures[offering] = Closure(until: until, failures: failures, reason: reason, since: since)
        case .offeringOpened(let offering):
            noteReturn(of: offering, at: now, halfLife: configuration.economics.hazardHalfLife)
            closures[offering] = nil
        case .quotaClosed(let quota, let until, let failures, let reason):
            quotaClosures[quota] = Closure(until: until, failures: failures, reason: reason, since: now)
        case .quotaOpened(let quota):
            quotaClosures[quota] = nil
        case .pauseChanged(let paused, _):
            isPaused = paused
        case .explained(let explanation):
            for workload in explanation.workloads { explanations[workload] = explanation.summary }
        case .interruptionStep(let step):
            apply(step)
        case .podCheckpointRequested(let request):
            apply(request, at: now)
        case .checkpointAcknowledged(let acknowledgement):
            apply(acknowledgement, at: now)
        case .checkpointFailed(let failure):
            apply(failure, at: now)
        case .checkpointVerified(let proof):
            apply(proof)
        case .regularCheckpoint(let id, let step):
            apply(step, to: id, at: now)
        case .provisioning(let id, let step):
            apply(step, to: id)
        }
    }

    private mutating func setOpen(_ id: WorkloadID, _ isOpen: Bool) {
        var low = 0
        var high = openWorkloads.count
        while low < high {
            let middle = (low + high) / 2
            if openWorkloads[middle] < id { low = middle + 1 } else { high = middle }
        }
        let isThere = low < openWorkloads.count && openWorkloads[low] == id
        if isOpen, !isThere { openWorkloads.insert(id, at: low) }
        if !isOpen, isThere { openWorkloads.remove(at: low) }
    }

    private mutating func admit(_ workload: Workload) {
        if records[workload.id] == nil {
            records[workload.id] = Record(workload: workload)
        } else {
            records[workload.id]?.workload = workload
            records[workload.id]?.endedAt = nil
            records[workload.id]?.succeeded = false
        }
        setOpen(workload.id, true)
        if workload.id.kind == WorkloadID.provisioningRequest {
            provisioningNames[Self.gangKey(namespace: workload.id.namespace, name: workload.id.name)] = workload.id
        }
        if workload.id.kind == "Gang" {
            gangs[Self.gangKey(namespace: workload.id.namespace, name: workload.id.name)] = workload.id
        }
    }

    private mutating func apply(_ outcome: LaunchOutcome, to id: LaunchID, at now: Timestamp) {
        guard let index = openLaunches.firstIndex(where: { $0.id == id }) else { return }
        let request = openLaunches.remove(at: index)
        claimsVersion += 1
        var instances: [Instance] = []
        if case .launched(let launched) = outcome { instances = launched }
        for (index, claim) in request.claims.enumerated() {
            guard index < instances.count else {
                claims[claim] = nil
                claimOrder.removeAll { $0 == claim }
                continue
            }
            let instance = instances[index]
            claims[claim]?.instance = instance.id
            claims[claim]?.launchedAt = instance.launchedAt
            claims[claim]?.phase = .booting
            claimOfInstance[instance.id] = claim
        }
    }

    private mutating func apply(_ observation: InstanceObservation, configuration: GleanerConfiguration) {
        let instance = observation.instance
        switch observation.state {
        case .running:
            claims[observation.claim]?.runningAt = observation.at
            lives[instance]?.runningAt = observation.at
        case .shuttingDown, .terminated:
            if observation.reason != nil {
                endsWithoutReason.remove(instance)
            } else if claimOfInstance[instance] != nil {
                endsWithoutReason.insert(instance)
            }
            let known = lives[instance]
            let life = Life(observation, runningAt: known?.runningAt ?? claims[observation.claim]?.runningAt)
            if known.map(life.isBetter(than:)) ?? true { lives[instance] = life }
            guard var claim = claims[observation.claim] else { return }
            claim.endedAt = observation.at
            claim.phase = .gone
            claimsVersion += 1
            settle(claim, configuration: configuration)
            if terminations[instance] == nil { markInterrupted(claim.id, at: observation.at) }
            terminations[instance] = nil
            seenNotices[claim.id] = nil
            forgetRisks(of: claim.id)
            claims[observation.claim] = nil
            claimOrder.removeAll { $0 == claim.id }
            consolidations.removeAll { $0.intent.claims.allSatisfy { claims[$0] == nil } }
            forgetInstances(endedBefore: observation.at - Life.remembered)
        case .pending, .stopping, .stopped:
            break
        }
    }

    private mutating func forgetInstances(endedBefore limit: Timestamp) {
        for (instance, life) in lives where life.endedAt < limit && !endsWithoutReason.contains(instance) {
            lives[instance] = nil
            claimOfInstance[instance] = nil
        }
    }

    private mutating func markInterrupted(_ claim: ClaimID, at time: Timestamp) {
        for id in runningOn[claim] ?? [] where records[id]?.interruptedAt == nil {
            records[id]?.interruptedAt = time
        }
    }

    private mutating func apply(_ end: AttemptEnd) {
        guard let attempt = records[end.workload]?.running, attempt.number == end.number else { return }
        records[end.workload]?.running = nil
        records[end.workload]?.departure = nil
        records[end.workload]?.asks = [:]
        // What was saved within the work that is lost is lost with it.
        let lostSince = end.at - .seconds(end.checkpointSeconds + end.lostWork.seconds)
        let savedFor = records[end.workload]?.savingSeconds(before: lostSince) ?? 0
        forgetRegularSaves(of: end.workload)
        for claim in attempt.claims {
            runningOn[claim]?.remove(end.workload)
            if runningOn[claim]?.isEmpty ?? false { runningOn[claim] = nil }
        }
        if end.outcome == .interrupted || end.outcome == .drained { requeueing.insert(end.workload) }
        records[end.workload]?.stoppedAt = end.at
        if end.outcome == .interrupted { records[end.workload]?.interruptions += 1 }
        if end.checkpointSeconds > 0, records[end.workload]?.workload.checkpoint != CheckpointContract.none {
            records[end.workload]?.savingSeconds = end.checkpointSeconds
        }
        let length = (end.at - attempt.startedAt).components.seconds
        let kept = max(0, length - end.lostWork.seconds - end.checkpointSeconds - savedFor)
        let speed = records[end.workload]?.speed ?? 1
        records[end.workload]?.keptSeconds += speed == 1 ? kept : Int64(Double(kept) * speed)
    }

    /// Adds what a claim has cost to its month, team by team, so that budgets remember it.
    private mutating func settle(_ claim: Claim, configuration: GleanerConfiguration) {
        guard let end = claim.endedAt else { return }
        let cost = accrued(claim, until: end)
        let team = claim.workloads.first.map { records[$0]?.workload.team ?? configuration.team(of: $0.namespace) }
        settled[end.startOfMonth, default: [:]][team ?? "", default: .zero] += cost
    }
}
