import Foundation
import HTTPTransport
import Kubernetes
import Logging
import Testing

@Suite("Lease election")
struct LeaseElectionTests {
    /// Faster than in production, and slow enough for a machine that is busy with other tests.
    private static let times = LeaseTimes(lease: .seconds(4), renewal: .milliseconds(2800), retry: .milliseconds(300))

    /// What happened to whom, and when.
    private final class Diary: Sendable {
        struct Entry: Sendable {
            var what: String
            var at: ContinuousClock.Instant
        }

        private let entries = Locked<[Entry]>([])

        func note(_ what: String) {
            entries.withLock { $0.append(Entry(what: what, at: .now)) }
        }

        var words: [String] { entries.withLock { $0.map(\.what) } }

        func time(of what: String) -> ContinuousClock.Instant? {
            entries.withLock { $0.first { $0.what == what }?.at }
        }

        func waits(for what: String, seconds: Int = 30) async throws -> Bool {
            for _ in 0..<(seconds * 50) {
                if words.contains(what) { return true }
                try await Task.sleep(for: .milliseconds(20))
            }
            return false
        }
    }

    /// A process that leads whenever it can, until it is cancelled.
    private func process(_ name: String, _ server: LeaseServer, _ diary: Diary) -> Task<Void, Never> {
        let election = LeaseElection(
            server.access(name),
            name: "leader",
            identity: name,
            times: Self.times,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        return Task {
            do {
                try await election.lead { epoch in
                    diary.note("\(name) leads \(epoch)")
                    defer { diary.note("\(name) stops") }
                    try await Task.sleep(for: .seconds(60))
                }
            } catch {
                diary.note("\(name): \(error)")
            }
        }
    }

    @Test("one leads and renews, the other stands by; when the first ends in peace the second follows at once")
    func handover() async throws {
        let server = try LeaseServer()
        let diary = Diary()
        let first = process("a", server, diary)
        #expect(try await diary.waits(for: "a leads 1"))
        let second = process("b", server, diary)
        defer { second.cancel() }
        try await Task.sleep(for: .seconds(5))
        #expect(diary.words == ["a leads 1"])
        #expect(server.lease?.at("spec", "holderIdentity") == "a")
        first.cancel()
        #expect(try await diary.waits(for: "b leads 2"))
        let stopped = try #require(diary.time(of: "a stops"))
        let led = try #require(diary.time(of: "b leads 2"))
        #expect(stopped < led && stopped.duration(to: led) < Self.times.lease)
    }

    @Test("a leader that cannot renew stops before another one begins, and the epoch grows")
    func broken() async throws {
        let server = try LeaseServer()
        let diary = Diary()
        let first = process("a", server, diary)
        #expect(try await diary.waits(for: "a leads 1"))
        let second = process("b", server, diary)
        defer {
            first.cancel()
            second.cancel()
        }
        let brokeAt = ContinuousClock.now
        server.breaks("a")
        #expect(try await diary.waits(for: "b leads 2"))
        let stopped = try #require(diary.time(of: "a stops"))
        let led = try #require(diary.time(of: "b leads 2"))
        #expect(stopped < led)
        // Its last renewal was at most a retry before.
        #expect(brokeAt.duration(to: stopped) < Self.times.lease)
        #expect(brokeAt.duration(to: led) > Self.times.renewal)
        #expect(
            diary.words.contains {
                $0.hasPrefix("a: leadership was lost: lease gleaner/leader could not be renewed in time: ")
            }
        )
    }

    @Test("a lease that somebody else has taken is not fought for")
    func taken() async throws {
        let server = try LeaseServer()
        let diary = Diary()
        let first = process("a", server, diary)
        defer { first.cancel() }
        #expect(try await diary.waits(for: "a leads 1"))
        server.change { $0["spec"]["holderIdentity"] = "thief" }
        #expect(try await diary.waits(for: "a: leadership was lost: thief has taken lease gleaner/leader"))
        #expect(diary.words.contains("a stops"))
        #expect(server.lease?.at("spec", "holderIdentity") == "thief")
    }

    @Test("a lease that its holder left behind is taken only after it has stood still for its whole length")
    func abandoned() async throws {
        let server = try LeaseServer()
        // By its own account it ended long ago; clocks are not to be trusted.
        server.change {
            $0["spec"] = [
                "holderIdentity": "ghost", "leaseDurationSeconds": 5, "renewTime": "2020-01-01T00:00:00.000000Z",
                "leaseTransitions": 41,
            ]
        }
        let diary = Diary()
        let began = ContinuousClock.now
        let first = process("a", server, diary)
        defer { first.cancel() }
        #expect(try await diary.waits(for: "a leads 43"))
        let led = try #require(diary.time(of: "a leads 43"))
        #expect(began.duration(to: led) >= .seconds(5))
    }

    @Test("a lease that was deleted is made anew, and its epoch is no earlier one")
    func deleted() async throws {
        let server = try LeaseServer()
        server.change { $0["spec"] = ["holderIdentity": "", "leaseTransitions": 41] }
        let diary = Diary()
        let first = process("a", server, diary)
        #expect(try await diary.waits(for: "a leads 43"))
        server.delete()
        for _ in 0..<100 where server.lease == nil { try await Task.sleep(for: .milliseconds(50)) }
        #expect(server.lease?.at("spec", "leaseTransitions") == 42 && diary.words == ["a leads 43"])
        first.cancel()
        let second = process("b", server, diary)
        defer { second.cancel() }
        #expect(try await diary.waits(for: "b leads 44"))
    }

    @Test("a lease that was deleted while nobody looked goes on from the newest epoch that somebody acted under")
    func floor() async throws {
        let server = try LeaseServer()
        let diary = Diary()
        let election = LeaseElection(
            server.access("a"),
            name: "leader",
            identity: "a",
            times: Self.times,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        #expect(!election.isLeading && election.leader == nil)
        let task = Task {
            try await election.lead(after: { 17 }) { epoch in
                diary.note("leads \(epoch), \(election.isLeading)")
                try await Task.sleep(for: .seconds(60))
            }
        }
        #expect(try await diary.waits(for: "leads 18, true"))
        #expect(election.leader == "a")
        task.cancel()
        _ = await task.result
        #expect(!election.isLeading)
        // The lease goes on by itself from there.
        let second = process("b", server, diary)
        defer { second.cancel() }
        #expect(try await diary.waits(for: "b leads 19"))
    }

    @Test("of many that begin together one leads")
    func race() async throws {
        let server = try LeaseServer()
        let diary = Diary()
        let all = (0..<8).map { process("p\($0)", server, diary) }
        defer { for task in all { task.cancel() } }
        for _ in 0..<500 where diary.words.isEmpty { try await Task.sleep(for: .milliseconds(20)) }
        try await Task.sleep(for: .seconds(2))
        #expect(diary.words.count == 1)
    }

    @Test("a server that is away for a moment costs nobody the leadership")
    func hiccup() async throws {
        let server = try LeaseServer()
        let diary = Diary()
        let first = process("a", server, diary)
        defer { first.cancel() }
        #expect(try await diary.waits(for: "a leads 1"))
        server.breaks("a")
        try await Task.sleep(for: .milliseconds(700))
        server.breaks("a", false)
        try await Task.sleep(for: .seconds(4))
        #expect(diary.words == ["a leads 1"])
    }
}
