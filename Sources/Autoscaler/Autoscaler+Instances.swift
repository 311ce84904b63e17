import Model

/// What the cloud says of launches and instances.
extension Autoscaler {
    mutating func absorb(_ outcome: LaunchOutcome, of id: LaunchID, at now: Timestamp) {
        guard let request = state.openLaunches.first(where: { $0.id == id }) else { return }
        progress.planDueAt = min(progress.planDueAt ?? .distantFuture, now)
        switch outcome {
        case .failed(.unanswered, _):
            // It may have been carried out: the same request goes again, under the same id.
            progress.nextLaunchSend[id] = now + .seconds(5)
            wake(at: now + .seconds(5))
        case .failed(let failure, let message):
            record(.launchEnded(id, outcome), at: now)
            progress.nextLaunchSend[id] = nil
            close(after: request, because: failure, message: message, at: now)
        case .launched(let instances):
            record(.launchEnded(id, outcome), at: now)
            progress.nextLaunchSend[id] = nil
            open(after: request, at: now)
            releaseElsewhere(request, at: now)
            if instances.count < request.count {
                // All or none was asked for; what stands all the same is given back.
                for (claim, instance) in zip(request.claims, instances) {
                    terminate(claim, instance.id, reason: "the launch came short of \(request.count) nodes", at: now)
                }
            }
        }
        releaseHeldNotices(at: now)
    }

    /// A gang runs in one zone and on one accelerator model: once it has nodes in another place, those that it held
    /// before are given back, or the scheduler would spread it over both.
    private mutating func releaseElsewhere(_ request: LaunchRequest, at now: Timestamp) {
        guard let gang = request.gang, let record = state.records[gang], record.workload.gang?.topology == .zone else {
            return
        }
        // Those that it moves away from run until all that it moves to stands.
        guard !state.consolidations.contains(where: { $0.intent.launch == request.id }) else { return }
        for claim in liveClaims where claim.gang == gang && claim.launch != request.id {
            let isTogether =
                claim.offering.zone == request.offering.zone && claim.shape.accelerator == request.shape.accelerator
            guard !isTogether, claim.phase == .booting || claim.phase == .initialised else { continue }
            drain(claim, reason: "gang \(gang) moves to \(request.offering.zone)", at: now)
        }
    }

    /// How many notices of one instance are kept at most: whoever runs on a node may speak for it.
    private static let noticesPerClaim = 100

    /// How many notices wait for launches at most: all instances of the account are on the queue.
    private static let heldNoticesLimit = 1000

    /// Keeps a notice of an instance that an open launch may have brought: the queue is faster than a lost answer. It
    /// stays in the queue as well, since this memory is not durable.
    private mutating func hold(_ notice: Notice) {
        guard !state.openLaunches.isEmpty else { return }
        decisions.heldNotices.insert(notice.id)
        guard !progress.heldNotices.contains(notice) else { return }
        progress.heldNotices.append(notice)
        if progress.heldNotices.count > Self.heldNoticesLimit { progress.heldNotices.removeFirst() }
    }

    /// Takes in the notices that came before the launch's answer.
    private mutating func releaseHeldNotices(at now: Timestamp) {
        let held = progress.heldNotices
        progress.heldNotices = []
        for notice in held { absorb(notice, at: now) }
    }

    mutating func absorb(_ notice: Notice, at now: Timestamp) {
        guard let id = state.claimOfInstance[notice.instance] else {
            hold(notice)
            return
        }
        guard state.seenNotices[id]?.contains(notice.id) != true else { return }
        switch notice.kind {
        case .interruption:
            guard state.claims[id] != nil, state.claims[id]?.reclaimAt == nil else { return }
            let offering = state.claims[id]?.offering
            record(.noticeReceived(notice, id), at: now)
            if let offering { closeInterrupted(offering, at: now) }
            progress.planDueAt = now
        case .rebalance, .maintenance:
            guard state.claims[id] != nil, (state.seenNotices[id]?.count ?? 0) < Self.noticesPerClaim else { return }
            record(.noticeReceived(notice, id), at: now)
        case .stateChange(let instanceState):
            observe(
                InstanceObservation(
                    claim: id,
                    instance: notice.instance,
                    state: instanceState,
                    at: notice.at,
                    isEstimated: false
                ),
                at: now
            )
        }
    }

    /// Keeps an observation when it says more than is known.
    private mutating func observe(_ observation: InstanceObservation, at now: Timestamp) {
        let claim = state.claims[observation.claim]
        switch observation.state {
        case .running:
            let known = claim.map(\.runningAt) ?? state.lives[observation.instance]?.runningAt
            let isNews = claim != nil && known == nil
            let isBetter = !observation.isEstimated && known != observation.at
            guard isNews || isBetter else { return }
            record(.instanceObserved(observation), at: now)
        case .shuttingDown, .terminated:
            let isNews = claim != nil
            let hasReason = observation.reason != nil && state.endsWithoutReason.contains(observation.instance)
            // A message that was overtaken by others still has the exact time.
            let isBetter =
                state.lives[observation.instance].map {
                    State.Life(observation, runningAt: nil).isBetter(than: $0)
                } ?? false
            guard isNews || hasReason || isBetter else { return }
            record(.instanceObserved(observation), at: now)
            progress.lostSince[observation.claim] = nil
            progress.cordonedSince[observation.claim] = nil
            progress.nextTermination[observation.instance] = nil
            guard isNews else { return }
            if observation.reason == nil { progress.wantsInstances = true }
            progress.planDueAt = min(progress.planDueAt ?? .distantFuture, now)
        case .pending, .stopping, .stopped:
            break
        }
    }

    /// Takes in a complete list: what it shows, what it no longer shows, and what it shows that is not ours.
    mutating func observe(_ instances: [Instance], at now: Timestamp) {
        progress.instancesListedAt = now
        progress.instancesAskedAt = nil
        progress.wantsInstances = false
        var shown: Set<InstanceID> = []
        for instance in instances.sorted(by: { $0.id < $1.id }) {
            shown.insert(instance.id)
            if let id = state.claimOfInstance[instance.id] { observe(instance, of: id, at: now) }
            // One whose end was told, and that runs all the same, is as much of a stray as one nobody knows.
            if !isClaimed(instance.id) { watchStray(instance, at: now) }
        }
        progress.strays = progress.strays.filter { shown.contains($0.key) }
        progress.nextTermination = progress.nextTermination.filter { shown.contains($0.key) || isClaimed($0.key) }
        // A launch shows up late in lists; one that has been there for long and is not shown any more is gone.
        for claim in state.claims.values.sorted(by: { $0.id < $1.id }) {
            guard let instance = claim.instance, !shown.contains(instance), let launched = claim.launchedAt,
                now - launched > configuration.instanceRefreshInterval * 2 + .seconds(120)
            else { continue }
            let end = InstanceObservation(
                claim: claim.id,
                instance: instance,
                state: .terminated,
                at: claim.reclaimAt.map { min($0, now) } ?? now,
                isEstimated: true
            )
            observe(end, at: now)
        }
        // The reason of an end that left the list for good will never be learned.
        for instance in state.endsWithoutReason where !shown.contains(instance) {
            guard let claim = state.claimOfInstance[instance] else { continue }
            record(
                .instanceObserved(
                    InstanceObservation(
                        claim: claim,
                        instance: instance,
                        state: .terminated,
                        at: now,
                        isEstimated: true,
                        reason: "unknown"
                    )
                ),
                at: now
            )
        }
    }

    private mutating func observe(_ instance: Instance, of id: ClaimID, at now: Timestamp) {
        if instance.state == .running, state.claims[id]?.runningAt == nil {
            // The event with the exact time is on its way; until it comes the launch time stands in.
            observe(
                InstanceObservation(
                    claim: id,
                    instance: instance.id,
                    state: .running,
                    at: instance.launchedAt,
                    isEstimated: true
                ),
                at: now
            )
        }
        guard instance.isGone else { return }
        observe(
            InstanceObservation(
                claim: id,
                instance: instance.id,
                state: .shuttingDown,
                at: instance.endedAt ?? now,
                isEstimated: true,
                reason: instance.stateReason
            ),
            at: now
        )
    }

    /// Whether a claim that is not over owns an instance.
    func isClaimed(_ instance: InstanceID) -> Bool {
        state.claimOfInstance[instance].map { state.claims[$0] != nil } ?? false
    }

    /// An instance with our tag that no claim owns: an open launch may still claim it; otherwise it has the sweep time.
    private mutating func watchStray(_ instance: Instance, at now: Timestamp) {
        guard !instance.isGone, instance.tags[Tag.cluster] == configuration.clusterName else {
            progress.strays[instance.id] = nil
            return
        }
        let claim = instance.tags[Tag.claim]
        if let claim, state.openLaunches.contains(where: { $0.id == claim }) { return }
        if progress.strays[instance.id] == nil { progress.strays[instance.id] = now }
    }

    mutating func terminateStrays(at now: Timestamp) {
        for (instance, since) in progress.strays.sorted(by: { $0.key < $1.key }) {
            guard state.terminations[instance] == nil else { continue }
            guard now - since >= configuration.sweepTime, isFresh(at: now) else {
                wake(at: since + configuration.sweepTime)
                continue
            }
            let reason = "carries the tag of cluster \(configuration.clusterName), and no claim owns it"
            record(.strayTerminationIntended(instance, reason: reason), at: now)
            sendTermination(of: instance, reason: reason, at: now)
        }
    }

    /// Sends launches again whose answer did not come: after a restart, or when the cloud did not reply.
    mutating func resendLaunches(at now: Timestamp) {
        for request in state.openLaunches {
            if let next = progress.nextLaunchSend[request.id], next > now {
                if next < .distantFuture { wake(at: next) }
                continue
            }
            send(.launch(request))
            progress.nextLaunchSend[request.id] = .distantFuture
        }
    }

    /// Sends terminations again that were intended and have not come about.
    mutating func resendTerminations(at now: Timestamp) {
        for (instance, reason) in state.terminations.sorted(by: { $0.key < $1.key }) {
            guard isClaimed(instance) || progress.strays[instance] != nil else { continue }
            if let next = progress.nextTermination[instance], next > now {
                wake(at: next)
                continue
            }
            sendTermination(of: instance, reason: reason, at: now)
        }
    }

    mutating func terminate(_ claim: ClaimID, _ instance: InstanceID, reason: String, at now: Timestamp) {
        guard state.terminations[instance] == nil else { return }
        record(.terminationIntended(claim, instance, reason: reason), at: now)
        sendTermination(of: instance, reason: reason, at: now)
    }

    private mutating func sendTermination(of instance: InstanceID, reason: String, at now: Timestamp) {
        send(.terminate([instance], reason: reason))
        progress.nextTermination[instance] = now + .seconds(120)
        wake(at: now + .seconds(120))
    }
}
