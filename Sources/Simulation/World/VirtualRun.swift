package import Autoscaler
import HeapModule
package import Model
import Planning
import Runtime

/// Drives the core against the world in virtual time: no sockets, no threads, no waiting. The same seed gives the same
/// decisions, and any moment can be the one at which the process dies.
package final class VirtualRun {
    /// What the core decided at a time.
    package struct Step: Sendable {
        package var at: Timestamp
        package var facts: [Fact]
    }

    package let world: World
    package let configuration: GleanerConfiguration
    package private(set) var core: Autoscaler
    package private(set) var entries: [JournalEntry] = []
    package private(set) var crashes = 0

    private var feed = ClusterFeed()
    private var pending = Heap<Pending>()
    private var order: Int64 = 0
    private var epoch: Int64 = 1
    private var messages: [QueuedMessage] = []
    private var delays: SeededGenerator
    private let instanceTypes: [String]

    private struct Pending: Comparable {
        enum Action {
            case event(Event)
            case command(Command)
        }

        var at: Timestamp
        var order: Int64
        var action: Action

        static func < (left: Pending, right: Pending) -> Bool { (left.at, left.order) < (right.at, right.order) }
        static func == (left: Pending, right: Pending) -> Bool { left.order == right.order }
    }

    package init(world: World, configuration: GleanerConfiguration, seed: UInt64) {
        self.world = world
        self.configuration = configuration
        delays = SeededGenerator(seed: seed, purpose: "answers")
        core = Autoscaler(configuration: configuration, identity: "virtual")
        instanceTypes = Set(configuration.pools.flatMap { $0.shapes.flatMap(\.instanceTypes) }).sorted()
        start()
    }

    private func start() {
        put(.event(.leadership(epoch: epoch)), after: .zero)
        let catalogue = world.cloud.catalogue(instanceTypes: instanceTypes, at: world.now)
        put(.event(.marketObserved(world.cloud.market(for: configuration, at: world.now))), after: .zero)
        put(.event(.catalogueObserved(catalogue)), after: .zero)
    }

    /// Lets time pass, to a moment or until the world has nothing left to do.
    package func run(until end: Timestamp) {
        while world.now < end, !isOver {
            let next = [world.nextChange, pending.min?.at].compactMap { $0 }.min() ?? end
            advance(to: min(max(next, world.now), end))
        }
    }

    /// Everything is complete, and nothing that could cost is left.
    package var isOver: Bool { core.isSettled && world.cloud.queue.count == 0 && world.isDone }

    /// Nothing more would happen by itself: everything has ended, well or badly, and nothing that could cost is left.
    package var isSettled: Bool { core.isSettled && world.cloud.queue.count == 0 && world.isAtRest }

    private func advance(to time: Timestamp) {
        world.advance(to: time)
        var events = feed.events(from: world.cluster.store)
        events += notices()
        while let next = pending.min, next.at <= time {
            pending.removeMin()
            switch next.action {
            case .event(let event): events.append(event)
            case .command(let command):
                if let event = carryOut(command) { events.append(event) }
            }
        }
        world.settle()
        events += feed.events(from: world.cluster.store)
        guard !events.isEmpty else { return }
        step(events)
    }

    private func step(_ events: [Event]) {
        let decisions = core.step(events, at: world.now)
        for fact in decisions.facts {
            let sequence = Int64(entries.count + 1)
            entries.append(JournalEntry(sequence: sequence, at: world.now, epoch: epoch, fact: fact))
        }
        let taken = messages.filter { $0.notices.allSatisfy { !decisions.heldNotices.contains($0.id) } }
        world.cloud.acknowledge(taken.map(\.receipt))
        messages = []
        for command in decisions.commands {
            switch command {
            case .wake(let time): put(.event(.wake), at: max(time, world.now))
            // Nobody looks, and launches leave nothing behind.
            case .tell, .sweepLaunchResources: break
            default: put(.command(command), after: latency(of: command))
            }
        }
    }

    private func notices() -> [Event] {
        let received = world.cloud.receiveNotices(at: world.now)
        messages += received
        return received.flatMap(\.notices).map { .noticeReceived($0) }
    }

    private func latency(of command: Command) -> Duration {
        switch command {
        case .launch: .milliseconds(delays.integer(in: 800...2500))
        case .terminate, .listInstances, .refreshPrices, .inquire: .milliseconds(delays.integer(in: 100...800))
        case .updateNode, .evict, .unsuspend, .updateProvisioningRequest, .requestCheckpoint, .searchCheckpoint:
            .milliseconds(delays.integer(in: 5...100))
        case .plan, .consolidate, .wake, .tell, .sweepLaunchResources: .milliseconds(10)
        }
    }

    private func carryOut(_ command: Command) -> Event? {
        let cloud = world.cloud
        switch command {
        case .wake: return .wake
        case .plan(let generation, let input): return .planned(generation: generation, Planning.plan(input))
        case .consolidate(let generation, let input):
            return .consolidated(generation: generation, Planning.consolidate(input))
        case .launch(let request): return .launchEnded(request.id, cloud.launch(request, at: world.now))
        case .terminate(let instances, _):
            cloud.terminateKnown(instances, at: world.now)
            return .terminationAccepted(instances)
        case .listInstances:
            return .instancesListed(cloud.instances(clusterName: configuration.clusterName, at: world.now))
        case .refreshPrices:
            let since = world.now - configuration.priceRefreshInterval - .seconds(3600)
            put(.event(.marketObserved(world.cloud.market(for: configuration, at: world.now))), after: .zero)
            return .pricesObserved(cloud.prices(instanceTypes: instanceTypes, since: since, at: world.now))
        case .inquire(let inquiry):
            return .inquiryAnswered(cloud.answer(inquiry, clusterName: configuration.clusterName, at: world.now))
        case .updateNode(let update):
            world.cluster.update(update)
            return .nodeUpdated(update)
        case .requestCheckpoint(let request):
            return .checkpointAnswered(request, .failed(reason: "simulated pods listen to no port"))
        case .searchCheckpoint(let search):
            return .checkpointSearched(search, .failed(reason: "the world has no object storage"))
        case .evict(let eviction):
            return .evictionEnded(eviction.pod, uid: eviction.uid, world.cluster.evict(eviction))
        case .unsuspend(let unsuspension):
            return .unsuspensionEnded(unsuspension, world.cluster.unsuspend(unsuspension))
        case .tell, .sweepLaunchResources: return nil
        case .updateProvisioningRequest(let update):
            // The world has none.
            return .provisioningRequestUpdated(update)
        }
    }

    private func put(_ action: Pending.Action, after delay: Duration) {
        put(action, at: world.now + delay)
    }

    private func put(_ action: Pending.Action, at time: Timestamp) {
        order += 1
        pending.insert(Pending(at: time, order: order, action: action))
    }

    /// The process dies here: what it knew is gone, some of what it had sent arrives all the same, and a new one begins
    /// with what the journal holds.
    package func crash() {
        crashes += 1
        let lost = pending
        pending = Heap()
        for item in lost.unordered.sorted() {
            // A command that was on its way is carried out or not; its answer reaches nobody.
            if case .command(let command) = item.action, delays.chance(0.5) { _ = carryOut(command) }
        }
        world.settle()
        messages = []
        feed = ClusterFeed()
        epoch += 1
        core = Autoscaler(configuration: configuration, identity: "virtual", entries: entries)
        start()
    }
}
