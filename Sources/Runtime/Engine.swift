package import Autoscaler
package import Logging
package import Model
import Planning

/// The loop: events in, one step of the core a tick, its facts committed, its commands sent.
///
/// Everything the core decides is in the journal before anything of it is carried out; when the journal cannot be
/// written, the loop ends and nothing is sent.
package actor Engine {
    /// What the loop stands between.
    package struct Parts: Sendable {
        package var cloud: any Cloud
        package var notices: (any NoticeSource)?
        package var cluster: any Cluster
        package var journal: any Journal
        package var clock: any Clock
        package var trainings: (any CheckpointRequester)?
        package var checkpoints: (any CheckpointStore)?
        /// Is told of every committed entry, those of earlier runs first.
        package var observe: @Sendable ([JournalEntry]) async -> Void
        /// Is told what shapes offer, once it is known.
        package var observeCatalogue: @Sendable (Catalogue) async -> Void

        package init(
            cloud: any Cloud,
            notices: (any NoticeSource)?,
            cluster: any Cluster,
            journal: any Journal,
            clock: any Clock,
            trainings: (any CheckpointRequester)? = nil,
            checkpoints: (any CheckpointStore)? = nil,
            observe: @escaping @Sendable ([JournalEntry]) async -> Void = { _ in },
            observeCatalogue: @escaping @Sendable (Catalogue) async -> Void = { _ in }
        ) {
            self.cloud = cloud
            self.notices = notices
            self.cluster = cluster
            self.journal = journal
            self.clock = clock
            self.trainings = trainings
            self.checkpoints = checkpoints
            self.observe = observe
            self.observeCatalogue = observeCatalogue
        }
    }

    /// A price change may be published later than it takes effect.
    private static let priceOverlap: Duration = .seconds(900)

    let parts: Parts
    private let clusterName: String
    let logger: Logger
    private let mailbox = Mailbox()
    private var core: Autoscaler
    private var epoch: Int64 = 0
    private var leadership: Leadership?
    private var now: Timestamp
    private let instanceTypes: [String]
    private var pricesSince: Timestamp

    package init(configuration: GleanerConfiguration, parts: Parts, logger: Logger) {
        self.parts = parts
        self.logger = logger
        clusterName = configuration.clusterName
        core = Autoscaler(configuration: configuration, identity: parts.journal.identity)
        now = parts.clock.now
        pricesSince = now
        instanceTypes = Set(configuration.pools.flatMap { $0.shapes.flatMap(\.instanceTypes) }).sorted()
    }

    /// What is known at this moment.
    package func status() -> Status {
        core.status(at: max(now, parts.clock.now))
    }

    /// How new what is known is: cheap, for those who ask often.
    package func freshness() -> Freshness { core.freshness }

    /// What came out of the interruption queue; nil where there is none.
    package nonisolated func queueTally() -> QueueTally? { parts.notices?.tally() }

    /// Puts an event in from outside, such as a request to pause.
    package nonisolated func put(_ event: Event) {
        mailbox.put(event)
    }

    /// Puts a notice in that somebody waits with, and returns when what follows from it is in the journal.
    /// - Parameter notice: Repeated, it acts once.
    /// - Returns: False when it must come again: its instance may be that of a launch which is not answered yet.
    package nonisolated func take(_ notice: Notice) async -> Bool {
        let (answers, answer) = AsyncStream.makeStream(of: Bool.self)
        let item = Mailbox.Item(
            event: .noticeReceived(notice),
            answer: { isTaken in
                answer.yield(isTaken)
                answer.finish()
            }
        )
        mailbox.put([item])
        return await answers.first { _ in true } ?? false
    }

    /// Restores what the journal holds, then runs until it is cancelled.
    ///
    /// - Parameter leadership: Under which to act; nil where nobody else may want to, and the next epoch is taken.
    /// - Throws: when the journal cannot be read or written, the catalogue cannot be had at the start, or leadership is
    ///   over: `LeadershipOver`, or what the journal says of an epoch that is not the newest.
    package func run(under leadership: Leadership? = nil) async throws {
        self.leadership = leadership
        try await restore()
        let catalogue = try await parts.cloud.catalogue(instanceTypes: instanceTypes)
        await parts.observeCatalogue(catalogue)
        now = max(now, parts.clock.now)
        // Prices that moved while nobody looked, each of them: the hours that began meanwhile are billed at them.
        let missed = try await parts.cloud.prices(instanceTypes: instanceTypes, since: pricesSince)
        pricesSince = now - Self.priceOverlap
        let blueprints = try await parts.cloud.blueprints()
        mailbox.put([
            Mailbox.Item(event: .leadership(epoch: epoch)),
            Mailbox.Item(event: .pricesObserved(missed)),
            Mailbox.Item(event: .blueprintsObserved(blueprints)),
            Mailbox.Item(event: .marketObserved(await parts.cloud.market())),
            Mailbox.Item(event: .catalogueObserved(catalogue)),
        ])
        let (parts, mailbox, logger, isDryRun) = (parts, mailbox, logger, core.configuration.isDryRun)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                await parts.cluster.observe { events in mailbox.put(events.map { Mailbox.Item(event: $0) }) }
            }
            // A message that is read is hidden from whoever else reads the queue: a dry run leaves it alone.
            if let notices = parts.notices, !isDryRun {
                for _ in 0..<Self.pollers {
                    group.addTask { await Self.poll(notices, into: mailbox, logger: logger) }
                }
            }
            if let leadership { group.addTask { try await Self.watch(leadership) } }
            group.addTask { try await self.runLoop() }
            defer {
                group.cancelAll()
                mailbox.close()
            }
            // Cancellation of any ends all; the loop alone can fail.
            try await group.next()
        }
    }

    private func restore() async throws {
        if let leadership {
            epoch = leadership.epoch
        } else {
            epoch = try await parts.journal.newestEpoch() + 1
        }
        // Before anything is read: from here on nobody of an earlier epoch can add to it.
        try await parts.journal.begin(epoch: epoch)
        let entries = try await parts.journal.entries()
        core = Autoscaler(configuration: core.configuration, identity: parts.journal.identity, entries: entries)
        pricesSince = min(now - .seconds(3600), (entries.last?.at ?? now) - Self.priceOverlap)
        now = max(now, entries.last?.at ?? now)
        await parts.observe(entries)
        if !entries.isEmpty {
            logger.info("restored from the journal", metadata: ["entries": "\(entries.count)", "epoch": "\(epoch)"])
        }
    }

    private func runLoop() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            for await _ in mailbox.signals {
                try Task.checkCancellation()
                let items = mailbox.takeAll()
                guard !items.isEmpty else { continue }
                let decisions = try await tick(items)
                let (leadership, isDryRun) = (leadership, core.configuration.isDryRun)
                for command in decisions.commands {
                    group.addTask {
                        // It may have waited for its turn.
                        if command.acts, isDryRun || leadership?.isCurrent() == false { return }
                        await self.carryOut(command)
                    }
                }
                for item in items { item.answer?(!item.isHeld(by: decisions)) }
                let receipts = items.settledReceipts(by: decisions)
                if !receipts.isEmpty { group.addTask { await self.acknowledge(receipts) } }
            }
            group.cancelAll()
        }
    }

    /// One step of the core, committed.
    private func tick(_ items: [Mailbox.Item]) async throws -> Decisions {
        try checkLeadership()
        now = max(now, parts.clock.now)
        log(items)
        let decisions = core.step(items.map(\.event), at: now)
        if !decisions.facts.isEmpty {
            let entries = try await parts.journal.append(decisions.facts, at: now, epoch: epoch)
            log(decisions.facts)
            await parts.observe(entries)
        }
        try checkLeadership()
        return decisions
    }

    private func checkLeadership() throws {
        if let leadership, !leadership.isCurrent() { throw LeadershipOver(epoch: leadership.epoch) }
    }

    private nonisolated func carryOut(_ command: Command) async {
        switch command {
        case .wake(let time):
            do {
                try await parts.clock.sleep(until: time)
            } catch {
                return
            }
            mailbox.put(.wake)
        case .plan(let generation, let input):
            mailbox.put(.planned(generation: generation, await Self.plan(input)))
        case .consolidate(let generation, let input):
            mailbox.put(.consolidated(generation: generation, await Self.consolidate(input)))
        case .launch(let request):
            mailbox.put(.launchEnded(request.id, await parts.cloud.launch(request)))
        case .terminate(let instances, _):
            do {
                try await parts.cloud.terminate(instances)
                mailbox.put(.terminationAccepted(instances))
            } catch {
                logger.warning("termination failed", metadata: ["instances": "\(instances)", "error": "\(error)"])
                mailbox.put(.terminationFailed(instances, reason: "\(error)"))
            }
        case .listInstances:
            await answer { .instancesListed(try await self.parts.cloud.instances(clusterName: self.clusterName)) }
        case .refreshPrices:
            await answer { .pricesObserved(try await self.freshPrices()) }
            let market = await parts.cloud.market()
            if !market.isEmpty { mailbox.put(.marketObserved(market)) }
            await refreshBlueprints()
        case .inquire(let inquiry):
            do {
                mailbox.put(.inquiryAnswered(try await parts.cloud.answer(inquiry, clusterName: clusterName)))
            } catch {
                logger.warning(
                    "the cloud did not answer",
                    metadata: ["inquiry": "\(inquiry.rawValue)", "error": "\(error)"]
                )
                mailbox.put(.inquiryFailed(inquiry, reason: "\(error)"))
            }
        case .sweepLaunchResources(let requests):
            do {
                try await parts.cloud.sweepLaunchResources(keeping: requests)
            } catch {
                logger.warning("launch resources not swept", metadata: ["error": "\(error)"])
            }
        case .updateNode(let update):
            do {
                try await parts.cluster.update(update)
                mailbox.put(.nodeUpdated(update))
            } catch {
                logger.warning("node not updated", metadata: ["node": "\(update.node)", "error": "\(error)"])
                mailbox.put(.nodeUpdateFailed(update, reason: "\(error)"))
            }
        case .evict(let eviction):
            let outcome = await parts.cluster.evict(eviction)
            mailbox.put(.evictionEnded(eviction.pod, uid: eviction.uid, outcome))
        case .unsuspend(let unsuspension):
            let outcome = await parts.cluster.unsuspend(unsuspension)
            if case .failed(let message) = outcome {
                logger.warning("job not unsuspended", metadata: ["job": "\(unsuspension)", "error": "\(message)"])
            }
            mailbox.put(.unsuspensionEnded(unsuspension, outcome))
        case .tell(let events):
            await parts.cluster.tell(events)
        case .requestCheckpoint(let request):
            let answer = await parts.trainings?.ask(request, at: parts.clock.now)
            mailbox.put(.checkpointAnswered(request, answer ?? .failed(reason: "nobody is here to ask pods")))
        case .searchCheckpoint(let search):
            let finding = await parts.checkpoints?.find(search)
            mailbox.put(.checkpointSearched(search, finding ?? .failed(reason: "no object storage is configured")))
        case .updateProvisioningRequest(let update):
            do {
                try await parts.cluster.update(update)
                mailbox.put(.provisioningRequestUpdated(update))
            } catch {
                logger.warning(
                    "provisioning request not updated",
                    metadata: ["request": "\(update.namespace)/\(update.name)", "error": "\(error)"]
                )
                mailbox.put(.provisioningRequestUpdateFailed(update, reason: "\(error)"))
            }
        }
    }

    /// Off the loop's own executor: notices never wait for a plan.
    @concurrent private static func plan(_ input: PlanInput) async -> Plan {
        Planning.plan(input)
    }

    @concurrent private static func consolidate(_ input: ConsolidationInput) async -> [Consolidation] {
        Planning.consolidate(input)
    }

    private nonisolated func answer(_ ask: () async throws -> Event) async {
        do {
            mailbox.put(try await ask())
        } catch {
            logger.warning("the cloud did not answer", metadata: ["error": "\(error)"])
            mailbox.put(.cloudUnreachable(reason: "\(error)"))
        }
    }

    /// Those known so far stay good until new ones can be had.
    private nonisolated func refreshBlueprints() async {
        do {
            mailbox.put(.blueprintsObserved(try await parts.cloud.blueprints()))
        } catch {
            logger.warning("node settings not looked up", metadata: ["error": "\(error)"])
        }
    }

    private func freshPrices() async throws -> [PricePoint] {
        let asked = max(now, parts.clock.now)
        let points = try await parts.cloud.prices(instanceTypes: instanceTypes, since: pricesSince)
        pricesSince = asked - Self.priceOverlap
        return points
    }

    private func log(_ items: [Mailbox.Item]) {
        for item in items {
            if case .clusterUnreachable(let reason) = item.event {
                logger.warning("cluster watch broken", metadata: ["reason": "\(reason)"])
            }
        }
    }

    private func log(_ facts: [Fact]) {
        for fact in facts {
            guard let line = fact.logLine else { continue }
            logger.info("\(line.message)", metadata: line.metadata.mapValues { "\($0)" })
        }
    }
}
