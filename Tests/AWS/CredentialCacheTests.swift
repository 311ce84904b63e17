import HTTPTransport
import Testing

@testable import AWS

@Suite("Credentials that end", .timeLimit(.minutes(1)))
struct CredentialCacheTests {
    private static let noon: Int64 = 1_767_355_200_000

    /// Gives what it is told to, and holds every answer until it is let go.
    private actor Source: CredentialProvider {
        nonisolated let source = "a source"
        private var answers: [Result<Credentials?, CredentialError>]
        private(set) var count = 0
        private var isHeld: Bool
        private var waiting: [CheckedContinuation<Void, Never>] = []

        init(_ answers: [Result<Credentials?, CredentialError>], isHeld: Bool = false) {
            self.answers = answers.reversed()
            self.isHeld = isHeld
        }

        func credentials() async throws(CredentialError) -> Credentials? {
            count += 1
            if isHeld { await withCheckedContinuation { waiting.append($0) } }
            return try (answers.popLast() ?? .success(nil)).get()
        }

        var isAsked: Bool { !waiting.isEmpty }

        func hold() { isHeld = true }

        func letGo() {
            isHeld = false
            for continuation in waiting { continuation.resume() }
            waiting = []
        }
    }

    private static func key(_ name: String, minutes: Int64?) -> Credentials {
        Credentials(
            accessKeyID: name,
            secretAccessKey: Secret("s"),
            expiresAtMilliseconds: minutes.map { noon + $0 * 60_000 }
        )
    }

    private let failure = CredentialError.refused(source: "a source", reason: "down", isTransient: true)

    @Test("they are renewed five minutes before their end, and not before")
    func margin() async throws {
        let source = Source([.success(Self.key("A", minutes: 60)), .success(Self.key("B", minutes: 120))])
        let script = Script([], wallMilliseconds: Self.noon)
        let cache = CredentialCache(source, times: script.times)
        #expect(try await cache.credentials()?.accessKeyID == "A")
        script.pass(.seconds(55 * 60 - 1))
        #expect(try await cache.credentials()?.accessKeyID == "A")
        script.pass(.seconds(1))
        try await expectRenewal(cache)
        #expect(await source.count == 2)
    }

    /// The one who asks first gets the old ones, and whoever asks when the source has answered the new ones.
    private func expectRenewal(_ cache: CredentialCache) async throws {
        #expect(try await cache.credentials()?.accessKeyID == "A")
        _ = await cache.renewal?.value
        #expect(try await cache.credentials()?.accessKeyID == "B")
    }

    @Test("while the old ones are good nobody waits for a source that hangs")
    func hanging() async throws {
        let source = Source([.success(Self.key("A", minutes: 60)), .success(Self.key("B", minutes: 120))])
        let script = Script([], wallMilliseconds: Self.noon)
        let cache = CredentialCache(source, times: script.times)
        _ = try await cache.credentials()
        await source.hold()
        script.pass(.seconds(56 * 60))
        for _ in 0..<3 { #expect(try await cache.credentials()?.accessKeyID == "A") }
        while !(await source.isAsked) { await Task.yield() }
        // Over: now there is nothing better than to wait.
        script.pass(.seconds(4 * 60))
        let late = Task { try await cache.credentials()?.accessKeyID }
        await source.letGo()
        #expect(try await late.value == "B")
        #expect(await source.count == 2)
    }

    @Test("short ones are renewed after two thirds of their life")
    func short() async throws {
        let source = Source([.success(Self.key("A", minutes: 3)), .success(Self.key("B", minutes: 60))])
        let script = Script([], wallMilliseconds: Self.noon)
        let cache = CredentialCache(source, times: script.times)
        _ = try await cache.credentials()
        script.pass(.seconds(119))
        #expect(try await cache.credentials()?.accessKeyID == "A")
        script.pass(.seconds(1))
        try await expectRenewal(cache)
    }

    @Test("however many ask, the source is asked once")
    func singleFlight() async throws {
        let source = Source([.success(Self.key("A", minutes: 60))], isHeld: true)
        let script = Script([], wallMilliseconds: Self.noon)
        let cache = CredentialCache(source, times: script.times)
        let keys = await withTaskGroup(of: String?.self) { group in
            for _ in 0..<100 { group.addTask { try? await cache.credentials()?.accessKeyID } }
            while !(await source.isAsked) { await Task.yield() }
            await source.letGo()
            return await group.reduce(into: [String?]()) { $0.append($1) }
        }
        #expect(keys == Array(repeating: "A", count: 100))
        #expect(await source.count == 1)
    }

    @Test("one that asks and is cancelled takes nothing from the others")
    func cancelled() async throws {
        let source = Source([.success(Self.key("A", minutes: 60))], isHeld: true)
        let cache = CredentialCache(source, times: Script([], wallMilliseconds: Self.noon).times)
        let first = Task { try await cache.credentials() }
        while !(await source.isAsked) { await Task.yield() }
        let second = Task { try await cache.credentials() }
        first.cancel()
        await source.letGo()
        #expect(try await second.value?.accessKeyID == "A")
    }

    @Test("a source that fails does no harm until the old ones end, and is asked again a minute later")
    func failing() async throws {
        let source = Source([
            .success(Self.key("A", minutes: 60)), .failure(failure), .success(nil), .failure(failure),
            .success(Self.key("B", minutes: 120)),
        ])
        let script = Script([], wallMilliseconds: Self.noon)
        let cache = CredentialCache(source, times: script.times)
        _ = try await cache.credentials()
        script.pass(.seconds(56 * 60))
        for count in [2, 2, 3] {
            #expect(try await cache.credentials()?.accessKeyID == "A")
            _ = await cache.renewal?.value
            #expect(await source.count == count)
            if count == 2 { script.pass(.seconds(30)) }
        }
        script.pass(.seconds(4 * 60))
        await #expect(throws: failure) { try await cache.credentials() }
        #expect(try await cache.credentials()?.accessKeyID == "B")
    }

    @Test("those that AWS refuses are let go of, but not again and again")
    func forgotten() async throws {
        let (first, second) = (Self.key("A", minutes: nil), Self.key("B", minutes: nil))
        let source = Source([.success(first), .success(second), .success(second)])
        let script = Script([], wallMilliseconds: Self.noon)
        let cache = CredentialCache(source, times: script.times)
        _ = try await cache.credentials()
        await cache.forget(first)
        #expect(try await cache.credentials() == first)
        script.pass(.seconds(31))
        await cache.forget(second)
        #expect(try await cache.credentials() == first)
        await cache.forget(first)
        #expect(try await cache.credentials() == second)
        await cache.forget(second)
        #expect(try await cache.credentials() == second)
        #expect(await source.count == 2)
    }

    @Test("those without an end are looked for again, because files are rotated")
    func rotated() async throws {
        let source = Source([.success(Self.key("A", minutes: nil)), .success(Self.key("B", minutes: nil))])
        let script = Script([], wallMilliseconds: Self.noon)
        let cache = CredentialCache(source, times: script.times)
        _ = try await cache.credentials()
        script.pass(.seconds(299))
        #expect(try await cache.credentials()?.accessKeyID == "A")
        script.pass(.seconds(1))
        try await expectRenewal(cache)
    }

    @Test("those that are over by our clock are tried: it may be the clock that is wrong")
    func wrongClock() async throws {
        let source = Source([.success(Self.key("A", minutes: -20)), .success(Self.key("B", minutes: 60))])
        let script = Script([], wallMilliseconds: Self.noon)
        let cache = CredentialCache(source, times: script.times)
        #expect(try await cache.credentials()?.accessKeyID == "A")
        #expect(try await cache.credentials()?.accessKeyID == "A")
        script.pass(.seconds(60))
        #expect(try await cache.credentials()?.accessKeyID == "B")
    }

    @Test("the source that had some is asked first from then on")
    func sticky() async throws {
        let empty = Source([.success(nil), .success(Self.key("LATE", minutes: 60))])
        let full = Source([.success(Self.key("A", minutes: 60)), .success(Self.key("B", minutes: 60)), .success(nil)])
        let chain = CredentialChain([empty, full])
        #expect(try await chain.credentials()?.accessKeyID == "A")
        #expect(try await chain.credentials()?.accessKeyID == "B")
        #expect(await empty.count == 1)
        #expect(try await chain.credentials()?.accessKeyID == "LATE")
    }
}
