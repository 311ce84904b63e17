package import Model

/// The state machine that decides everything: a value without I/O, clocks, randomness or tasks.
///
/// Drivers feed it events and carry out its commands; facts go to the journal before any command is sent. Durable state
/// changes only through `apply`, so a journal replayed through it gives the same decisions about money.
package struct Autoscaler: Sendable {
    package let configuration: GleanerConfiguration
    /// Launch ids begin with it; the journal's own, so that ids of another journal never come again.
    package let identity: String

    var state: State
    var cluster = ClusterView()
    /// Every shape of every pool, once the catalogue is known, in the configuration's order.
    var poolShapes: [PoolShape] = []
    /// Of each instance type in the catalogue.
    var vCPUs: [String: Int64] = [:]
    var progress = Progress()
    var decisions = Decisions()

    /// A shape in the pool that offers it.
    struct PoolShape: Sendable {
        var pool: Pool
        var shape: Shape
    }

    /// What is under way and when it is looked at again: rebuilt by itself after a restart, never written down.
    struct Progress: Sendable {
        var hasStarted = false
        var epoch: Int64?
        /// When each open launch is sent (again); far away while its answer is awaited.
        var nextLaunchSend: [LaunchID: Timestamp] = [:]
        var nextTermination: [InstanceID: Timestamp] = [:]
        /// When each change of a node may be sent again.
        var nextNodeUpdate: [NodeUpdate: Timestamp] = [:]
        var evictions: [String: EvictionProgress] = [:]
        var strays: [InstanceID: Timestamp] = [:]
        var heldNotices: [Notice] = []
        var quiet: [ClaimID: Quiet] = [:]
        var lostSince: [ClaimID: Timestamp] = [:]
        /// When each draining node was first seen to be cordoned.
        var cordonedSince: [ClaimID: Timestamp] = [:]
        var endings: [WorkloadID: AttemptEnding] = [:]
        /// By pod uid.
        var asks: [String: AskProgress] = [:]
        var searches: [WorkloadID: SearchProgress] = [:]
        var regularSaves: [WorkloadID: RegularSaveProgress] = [:]
        /// When it is looked again which workloads are to save; nil for at once.
        var nextRegularLook: Timestamp?
        /// When each node at risk is looked at again.
        var nextRiskLook: [ClaimID: Timestamp] = [:]
        /// Something was removed from the cluster that a workload may have stood on.
        var looksForVanished = true
        var absentSince: [WorkloadID: Timestamp] = [:]

        var instancesListedAt: Timestamp?
        var instancesAskedAt: Timestamp?
        var pricesObservedAt: Timestamp?
        /// By pool; none where machines need nothing looked up.
        var blueprints: [String: PoolBlueprint] = [:]
        var sweptLaunchResourcesAt: Timestamp?
        var pricesAskedAt: Timestamp?
        var market = KnownMarket()
        /// When a cloud that did not answer is asked again.
        var cloudRetryAt: Timestamp?
        /// Ask for the instances as soon as possible: an end's reason is wanted.
        var wantsInstances = false

        var inquiries = Inquiries()
        /// The launches in a row that bought an offering of which nodes never became ready.
        var failedStarts: [Offering: Set<LaunchID>] = [:]
        /// Initialised nodes that are not what would be made now, as they were last compared.
        var replacing: [ClaimID: ConsolidationInput.Replacing] = [:]
        var comparedAt: Timestamp?

        var generation = 0
        var planInFlight: (generation: Int, claimsVersion: Int)?
        var planDueAt: Timestamp?
        var plannedPods: Set<String> = []
        var lastPlanAt: Timestamp?
        var placements: [PodID: String] = [:]
        var unusedRooms: [PodID: UnusedRoom] = [:]
        /// Since when workloads lack members that they cannot run without.
        var shortSince: [WorkloadID: Timestamp] = [:]
        var explainedAt: [WorkloadID: Timestamp] = [:]
        var consolidation = ConsolidationProgress()
        var spot = SpotProgress()
        /// By the uid of the Job.
        var unsuspensions: [String: Unsuspending] = [:]
        var provisioning = ProvisioningProgress()
        var wakeAt: Timestamp?
        var told: [ToldKey: Told] = [:]
        var forgotToldAt: Timestamp?
    }

    /// Since when no pod came to a node or left it, and nobody who is to come holds it.
    struct Quiet: Sendable {
        var pods: Set<String>
        var heldBecause: String?
        var since: Timestamp
    }

    /// How far the eviction of one pod has come.
    struct EvictionProgress: Sendable {
        var pod: PodID
        var retryAt: Timestamp?
        var overrode = false
        /// Whether a disruption budget has refused it, and whether it was told to the pod in the end.
        var wasRefused = false
        var isAccepted = false
    }

    /// What is known of an attempt that is over, until it is written down.
    struct AttemptEnding: Sendable {
        var at: Timestamp
        /// When members were told to stop, which is when they ceased to compute.
        var stoppedAt: Timestamp
        var outcome: Attempt.Outcome
        var seenAt: Timestamp
        /// Whether members were asked to stop, so that they could save.
        var wasTold: Bool
    }

    /// - Parameters:
    ///   - configuration: already checked.
    ///   - identity: of the journal, at most 16 characters of [a-z0-9].
    ///   - entries: all that the journal holds, in order.
    package init(configuration: GleanerConfiguration, identity: String, entries: [JournalEntry] = []) {
        self.configuration = configuration
        self.identity = identity
        state = State(isPaused: configuration.isPaused)
        for entry in entries { apply(entry.fact, at: entry.at) }
        resumeEndings()
        resumeSearches()
    }

    /// Takes a fact into durable state; the only way it ever changes.
    package mutating func apply(_ fact: Fact, at time: Timestamp) {
        state.apply(fact, at: time, configuration: configuration)
    }

    /// Takes in what has happened, and decides once.
    ///
    /// - Parameters:
    ///   - events: in the order in which they came in.
    ///   - now: never earlier than in the call before.
    /// - Returns: facts, already applied here, to be committed before any of the commands is sent.
    package mutating func step(_ events: [Event], at now: Timestamp) -> Decisions {
        decisions = Decisions()
        holdWhenConfiguredSo(at: now)
        let launches = state.openLaunches
        for event in events { absorb(event, at: now) }
        reconcile(at: now)
        if isActing { tellObjects(of: events, launches, at: now) }
        defer { decisions = Decisions() }
        return decisions
    }

    /// A configuration that pauses holds from every start on, whatever the journal says of an earlier one.
    private mutating func holdWhenConfiguredSo(at now: Timestamp) {
        guard !progress.hasStarted else { return }
        progress.hasStarted = true
        if configuration.isPaused, !state.isPaused { record(.pauseChanged(true, by: "configuration"), at: now) }
    }

    /// Notices first; then what the cluster shows; then what it costs; planning last, since it runs beside the loop.
    private mutating func reconcile(at now: Timestamp) {
        matchNodes(at: now)
        admitWorkloads(at: now)
        serveProvisioningRequests(at: now)
        trackPods(at: now)
        releaseKeptRooms(at: now)
        if isActing {
            moveOffReclaimedNodes(at: now)
            watchReservationEnds(at: now)
            weighRisks(at: now)
            replaceImpaired(at: now)
            continueRelocations(at: now)
        }
        trackAttempts(at: now)
        if isActing { askRegularly(at: now) }
        watchUnusedRooms(at: now)
        watchQuietNodes(at: now)
        compareNodes(at: now)
        lookAtSpot(at: now)
        if isActing {
            resendLaunches(at: now)
            unsuspendJobs(at: now)
            keepNodesStarting(at: now)
            openInitialisedNodes(at: now)
            giveUpUnregistered(at: now)
            giveUpLostNodes(at: now)
            rollBackPartialGangs(at: now)
            drainIdleNodes(at: now)
            continueConsolidations(at: now)
            evictFromDrainingNodes(at: now)
            endSilentMachines(at: now)
            terminateEmptyNodes(at: now)
            terminateStrays(at: now)
            resendTerminations(at: now)
            sweepLaunchResources(at: now)
        }
        askForPlan(at: now)
        askForConsolidation(at: now)
        poll(at: now)
        scheduleWake(at: now)
    }

    /// Whether anything may be launched, drained or evicted at all.
    var isActing: Bool { progress.epoch != nil && !configuration.isDryRun }

    /// Whether what is known of the cluster and the cloud is fresh enough to take something away because of it.
    func isFresh(at now: Timestamp) -> Bool {
        guard cluster.isSynced, let listed = progress.instancesListedAt else { return false }
        return now - listed <= configuration.instanceRefreshInterval * 3 + .seconds(60)
    }

    mutating func record(_ fact: Fact, at now: Timestamp) {
        apply(fact, at: now)
        switch fact {
        case .offeringClosed, .offeringOpened, .quotaClosed, .quotaOpened: progress.spot.marketVersion += 1
        default: break
        }
        decisions.facts.append(fact)
        if fact.mayChangeRegularSaves { progress.nextRegularLook = nil }
    }

    mutating func send(_ command: Command) {
        decisions.commands.append(command)
    }

    /// Makes sure that the core is woken at a time, or earlier.
    mutating func wake(at time: Timestamp) {
        if let wakeAt = progress.wakeAt, wakeAt <= time { return }
        progress.wakeAt = time
        send(.wake(at: time))
    }
}
