import HTTPTransport
import Testing

@Suite("Retries", .timeLimit(.minutes(1)))
struct RetryTests {
    let client = HTTPClient()
    let quick = RetryPolicy(maximumAttempts: 4, baseDelay: .milliseconds(2))

    /// A server that gives each of the statuses in turn, then 200.
    private func server(_ statuses: [Int], headers: [String] = []) throws -> (RawServer, Locked<Int>) {
        let count = Locked(0)
        let server = try RawServer.answering { connection, _ in
            let index = count.withLock { count in
                defer { count += 1 }
                return count
            }
            if index < statuses.count {
                connection.answer(statuses[index], headers: headers)
            } else {
                connection.answer(200)
            }
        }
        return (server, count)
    }

    @Test("a status worth retrying is retried until it goes")
    func recovers() async throws {
        let (server, count) = try server([503, 429])
        let request = HTTPRequest(url: server.url)
        let response = try await client.send(request, maximumBodyBytes: 10, retrying: quick)
        #expect(response.status == 200)
        #expect(count.withLock { $0 } == 3)
    }

    @Test("attempts end with the last answer; other statuses are not retried")
    func endsWithTheAnswer() async throws {
        let (failing, failures) = try server([503, 503, 503, 503, 503])
        let last = try await client.send(HTTPRequest(url: failing.url), maximumBodyBytes: 10, retrying: quick)
        #expect(last.status == 503)
        #expect(failures.withLock { $0 } == 4)
        let (missing, misses) = try server([404])
        let answer = try await client.send(HTTPRequest(url: missing.url), maximumBodyBytes: 10, retrying: quick)
        #expect(answer.status == 404)
        #expect(misses.withLock { $0 } == 1)
    }

    @Test("Retry-After is waited for, and ends the attempts when it asks for too much")
    func retryAfter() async throws {
        let (patient, _) = try server([503], headers: ["Retry-After: 1"])
        let start = ContinuousClock.now
        let response = try await client.send(HTTPRequest(url: patient.url), maximumBodyBytes: 10, retrying: quick)
        #expect(response.status == 200)
        #expect(.now - start >= .seconds(1))
        let (busy, _) = try server([503], headers: ["Retry-After: Fri, 31 Dec 2100 23:59:59 GMT"])
        let answer = try await client.send(HTTPRequest(url: busy.url), maximumBodyBytes: 10, retrying: quick)
        #expect(answer.status == 503)
    }

    @Test("a lost connection is retried only when the request does no harm twice")
    func lostConnections() async throws {
        let count = Locked(0)
        let server = try RawServer { connection in
            _ = connection.readRequest()
            count.withLock { $0 += 1 }
        }
        var careful = quick
        careful.retriesLostConnections = false
        for (policy, expected) in [(quick, 4), (careful, 1)] {
            count.withLock { $0 = 0 }
            await #expect(throws: HTTPError.self) {
                try await client.send(HTTPRequest(url: server.url), maximumBodyBytes: 10, retrying: policy)
            }
            #expect(count.withLock { $0 } == expected)
        }
    }

    @Test("waits grow, jitter spreads them from zero to a ceiling, and they end")
    func delays() {
        var generator = Fixed(value: .max)
        let policy = RetryPolicy(maximumAttempts: 6, baseDelay: .milliseconds(100), maximumDelay: .milliseconds(500))
        let longest = (1...6).map { policy.delay(afterAttempt: $0, using: &generator) }
        #expect(longest == [100, 200, 400, 500, 500].map { .milliseconds($0) } + [nil])
        // Not 0, which Int.random rejects for ever.
        generator.value = 1
        #expect(policy.delay(afterAttempt: 3, using: &generator) == .zero)
        #expect(policy.delay(afterAttempt: 1, retryAfter: .seconds(7), using: &generator) == .seconds(7))
    }

    private struct Fixed: RandomNumberGenerator {
        var value: UInt64

        mutating func next() -> UInt64 { value }
    }
}
