import Autoscaler
import Foundation
import Logging
import Model
import Testing

@testable import Runtime

@Suite("The loop between the core and its neighbours")
struct EngineTests {
    static let offering = Offering(instanceType: "g5.xlarge", zone: "us-east-1a", capacityType: .spot)

    static func configuration() -> GleanerConfiguration {
        let shape = Pool.ShapeTemplate(name: "a10g", instanceTypes: ["g5.xlarge"])
        var result = GleanerConfiguration(clusterName: "test", pools: [Pool(name: "single", shapes: [shape])])
        result.planningWindow = .milliseconds(1)
        return result
    }

    static func waitingPod() -> Pod {
        var pod = Pod(id: PodID(namespace: "vision", name: "train-0"), uid: "uid-0", createdAt: WallClock().now)
        pod.requests = Resources(["nvidia.com/gpu": Quantity(1), "pods": Quantity(1)])
        pod.isUnschedulable = true
        return pod
    }

    @Test("a launch is in the journal before it is sent")
    func writeAhead() async throws {
        let log = Log()
        let engine = Self.engine(log, journal: LoggingJournal(log: log))
        let run = Task { try await engine.run() }
        try await log.wait { $0.contains("launch test-1") }
        run.cancel()
        let lines = log.lines
        let committed = try #require(lines.firstIndex(of: "commit launchIntended"))
        let sent = try #require(lines.firstIndex(of: "launch test-1"))
        #expect(committed < sent)
    }

    @Test("when the journal cannot be written, nothing is sent and the loop ends")
    func brokenJournal() async throws {
        let log = Log()
        let engine = Self.engine(log, journal: LoggingJournal(log: log, refuses: true))
        await #expect(throws: LoggingJournal.Full.self) { try await engine.run() }
        #expect(!log.lines.contains { $0.hasPrefix("launch ") })
    }

    @Test("a notice is acknowledged once its facts are committed; what is no notice at once")
    func acknowledge() async throws {
        let log = Log()
        let notice = Notice(id: "n-1", kind: .rebalance, instance: InstanceID("i-0"), at: WallClock().now)
        let source = OneNotice(
            log: log,
            messages: [
                QueuedMessage(notice: notice, receipt: "known"), QueuedMessage(notice: nil, receipt: "foreign"),
            ]
        )
        let engine = Self.engine(log, journal: LoggingJournal(log: log), notices: source)
        let run = Task { try await engine.run() }
        // The instance is the launch's: until its answer is known the notice stays in the queue.
        try await log.wait { $0.contains("acknowledge known") }
        run.cancel()
        let lines = log.lines
        #expect(lines.contains("acknowledge foreign"))
        let committed = try #require(lines.firstIndex(of: "commit noticeReceived"))
        let acknowledged = try #require(lines.firstIndex(of: "acknowledge known"))
        #expect(committed < acknowledged)
    }

    @Test("a message that speaks of two instances is deleted only when neither notice must come again")
    func twoInstances() async throws {
        let log = Log()
        func notice(_ instance: String) -> Notice {
            Notice(id: "n", kind: .rebalance, instance: InstanceID(instance), at: WallClock().now)
        }
        let message = QueuedMessage(notices: [notice("i-0"), notice("i-foreign")], receipt: "both")
        let source = OneNotice(log: log, messages: [message])
        var cloud = LoggingCloud(log: log)
        // While it is not answered, either instance may be the launch's.
        cloud.launchTakes = .seconds(1)
        let engine = Self.engine(log, journal: LoggingJournal(log: log), notices: source, cloud: cloud)
        let run = Task { try await engine.run() }
        try await log.wait { $0.contains("acknowledge both") }
        run.cancel()
        let committed = try #require(log.lines.firstIndex(of: "commit noticeReceived"))
        #expect(try committed < #require(log.lines.firstIndex(of: "acknowledge both")))
    }

    @Test("a dry run touches no message of the queue, and sends nothing")
    func dryRun() async throws {
        let log = Log()
        let queue = SharedQueue(log: log)
        let engine = Self.engine(log, journal: LoggingJournal(log: log), notices: queue) { $0.isDryRun = true }
        let run = Task { try await engine.run() }
        try await log.wait { $0.contains("commit explained") }
        for _ in 0..<20 { await Task.yield() }
        run.cancel()
        _ = await run.result
        #expect(!log.lines.contains { $0 == "receive" || $0.hasPrefix("launch") || $0.hasPrefix("terminate") })
    }

    @Test("a queue that cannot be read, or whose messages cannot be deleted, is asked again")
    func brokenQueue() async throws {
        let log = Log()
        let notice = Notice(id: "n-1", kind: .rebalance, instance: InstanceID("i-foreign"), at: WallClock().now)
        let source = OneNotice(
            log: log,
            messages: [QueuedMessage(notice: notice, receipt: "a"), QueuedMessage(notice: nil, receipt: "b")],
            failures: 7
        )
        let engine = Self.engine(log, journal: LoggingJournal(log: log), notices: source)
        let run = Task { try await engine.run() }
        try await log.wait { $0.contains("acknowledge a") && $0.contains("acknowledge b") }
        run.cancel()
        #expect(log.lines.count { $0 == "broken" } == 7)
    }

    @Test("several calls ask the queue at once, so that a crowd of notices does not stand in line")
    func severalCalls() async throws {
        let log = Log()
        let engine = Self.engine(log, journal: LoggingJournal(log: log), notices: SharedQueue(log: log))
        let run = Task { try await engine.run() }
        try await log.wait { $0.count { $0 == "receive" } > 1 }
        run.cancel()
        _ = await run.result
    }

    @Test("once leadership is over the loop ends, and what it was about to do is not done", .timeLimit(.minutes(1)))
    func leadershipOver() async throws {
        let log = Log()
        let engine = Self.engine(log, journal: LoggingJournal(log: log))
        let leadership = Leadership(epoch: 5) { !log.lines.contains("commit launchIntended") }
        await #expect(throws: LeadershipOver(epoch: 5)) { try await engine.run(under: leadership) }
        #expect(log.lines.contains("commit launchIntended"))
        #expect(!log.lines.contains { $0.hasPrefix("launch ") })
    }

    @Test("leadership that ends while nothing happens ends the loop", .timeLimit(.minutes(1)))
    func quietEnd() async throws {
        let log = Log()
        let engine = Self.engine(log, journal: LoggingJournal(log: log))
        let leadership = Leadership(epoch: 5) { !log.lines.contains("over") }
        let run = Task { try await engine.run(under: leadership) }
        try await log.wait { $0.contains("launch test-1") }
        log.add("over")
        await #expect(throws: LeadershipOver(epoch: 5)) { try await run.value }
    }

    @Test(
        "entries carry the epoch of the leadership, begun before anything is read; a journal that refuses it ends all"
    )
    func epoch() async throws {
        let log = Log()
        let engine = Self.engine(log, journal: LoggingJournal(log: log))
        let run = Task { try await engine.run(under: Leadership(epoch: 7) { true }) }
        try await log.wait { $0.contains("launch test-1") }
        run.cancel()
        #expect(Array(log.lines.prefix(2)) == ["begin 7", "read"])
        #expect(log.lines.contains("epoch 7"))

        let refused = Log()
        let late = Self.engine(refused, journal: LoggingJournal(log: refused, newest: 8))
        await #expect(throws: LoggingJournal.Stale.self) {
            try await late.run(under: Leadership(epoch: 7) { true })
        }
        #expect(refused.lines == ["begin 7"])
    }

    private static func engine(
        _ log: Log,
        journal: any Journal,
        notices: (any NoticeSource)? = nil,
        cloud: LoggingCloud? = nil,
        change: (inout GleanerConfiguration) -> Void = { _ in }
    ) -> Engine {
        var configuration = configuration()
        change(&configuration)
        return Engine(
            configuration: configuration,
            parts: Engine.Parts(
                cloud: cloud ?? LoggingCloud(log: log),
                notices: notices,
                cluster: OnePodCluster(),
                journal: journal,
                clock: WallClock()
            ),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }
}

/// What happened, in order.
final class Log: @unchecked Sendable {
    private let lock = NSLock()
    private var kept: [String] = []

    var lines: [String] { lock.withLock { kept } }

    func add(_ line: String) {
        lock.withLock { kept.append(line) }
    }

    func wait(until condition: ([String]) -> Bool) async throws {
        for _ in 0..<1000 {
            if condition(lines) { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        Issue.record("not within 10 s; so far: \(lines)")
    }
}

struct LoggingJournal: Journal {
    struct Full: Error {}
    struct Stale: Error {}

    let log: Log
    var refuses = false
    var newest: Int64 = 0
    let identity = "test"

    func entries() async throws -> [JournalEntry] {
        log.add("read")
        return []
    }

    func newestEpoch() async throws -> Int64 { newest }

    func begin(epoch: Int64) async throws {
        log.add("begin \(epoch)")
        if epoch <= newest { throw Stale() }
    }

    func append(_ facts: [Fact], at: Timestamp, epoch: Int64) async throws -> [JournalEntry] {
        if refuses { throw Full() }
        log.add("epoch \(epoch)")
        for fact in facts { log.add("commit \(String(describing: fact).prefix { $0 != "(" })") }
        return facts.enumerated().map { JournalEntry(sequence: Int64($0 + 1), at: at, epoch: epoch, fact: $1) }
    }
}

struct LoggingCloud: Cloud {
    let log: Log
    var launchTakes: Duration = .zero

    func catalogue(instanceTypes: [String]) async throws -> Catalogue {
        let type = InstanceType(
            name: "g5.xlarge",
            allocatable: Resources(["nvidia.com/gpu": Quantity(1), "pods": Quantity(10)]),
            accelerator: "A10G"
        )
        let price = PricePoint(
            offering: EngineTests.offering,
            pricePerHour: Money("0.4") ?? .zero,
            effectiveAt: Timestamp(seconds: 0)
        )
        return Catalogue(instanceTypes: ["g5.xlarge": type], prices: [price.offering: price])
    }

    func prices(instanceTypes: [String], since: Timestamp) async throws -> [PricePoint] { [] }

    func launch(_ request: LaunchRequest) async -> LaunchOutcome {
        log.add("launch \(request.id)")
        try? await Task.sleep(for: launchTakes)
        let instance = Instance(
            id: InstanceID("i-0"),
            offering: request.offering,
            state: .pending,
            launchedAt: WallClock().now,
            tags: request.tags
        )
        return .launched([instance])
    }

    func terminate(_ instances: [InstanceID]) async throws {
        log.add("terminate \(instances)")
    }

    func instances(clusterName: String) async throws -> [Instance] { [] }
}

struct OnePodCluster: Cluster {
    func observe(_ deliver: @escaping @Sendable ([Event]) async -> Void) async {
        await deliver([.clusterListed(pods: [EngineTests.waitingPod()], nodes: [], jobs: [])])
        try? await Task.sleep(for: .seconds(3600))
    }

    func update(_ update: NodeUpdate) async throws {}

    func evict(_ eviction: Eviction) async -> EvictionOutcome { .gone }

    func unsuspend(_ unsuspension: Unsuspension) async -> UnsuspensionOutcome { .gone }

    func tell(_ events: [ObjectEvent]) async {}

    func update(_ update: ProvisioningUpdate) async throws {}
}

/// Never answers before it is cancelled.
struct SharedQueue: NoticeSource {
    let log: Log

    func receive() async throws -> [QueuedMessage] {
        log.add("receive")
        try await Task.sleep(for: .seconds(3600))
        return []
    }

    func acknowledge(_ receipts: [String]) async throws {}
}

/// Brings its messages again and again until they are acknowledged, as a queue does, from the launch on.
final class OneNotice: NoticeSource, @unchecked Sendable {
    private let lock = NSLock()
    private var messages: [QueuedMessage]
    /// How many of its calls fail.
    private var failures: Int
    private let log: Log

    struct Broken: Error {}

    init(log: Log, messages: [QueuedMessage], failures: Int = 0) {
        self.log = log
        self.messages = messages
        self.failures = failures
    }

    private func failNowAndThen() throws {
        try lock.withLock {
            guard failures > 0 else { return }
            failures -= 1
            log.add("broken")
            throw Broken()
        }
    }

    func receive() async throws -> [QueuedMessage] {
        try await Task.sleep(for: .milliseconds(20))
        // The cloud cannot speak of an instance before it was asked for.
        guard log.lines.contains("launch test-1") else { return [] }
        try failNowAndThen()
        return lock.withLock { messages }
    }

    func acknowledge(_ receipts: [String]) async throws {
        try failNowAndThen()
        for receipt in receipts { log.add("acknowledge \(receipt)") }
        lock.withLock { messages.removeAll { receipts.contains($0.receipt) } }
    }
}
