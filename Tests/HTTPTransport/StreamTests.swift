import Glibc
import HTTPTransport
import Testing

@Suite("Streaming", .timeLimit(.minutes(1)))
struct StreamTests {
    private static let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-A: 1\r\n\r\n"

    let client = HTTPClient()

    @Test("the head comes before any byte of the body, chunks as they are sent, then the end")
    func chunks() async throws {
        let (steps, step) = AsyncStream.makeStream(of: Void.self)
        let gate = Gate()
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.write(Self.head)
            for text in ["3\r\none\r\n", "3\r\ntwo\r\n", "0\r\n\r\n"] {
                gate.wait()
                connection.write(text)
            }
            step.finish()
        }
        let response = try await client.stream(HTTPRequest(url: server.url))
        #expect(response.status == 200)
        #expect(response.headers["x-a"] == "1")
        var body = response.body.makeAsyncIterator()
        gate.open()
        #expect(try await body.next() == Array("one".utf8))
        gate.open()
        #expect(try await body.next() == Array("two".utf8))
        gate.open()
        #expect(try await body.next() == nil)
        #expect(try await body.next() == nil)
        for await _ in steps {}
    }

    @Test("a slow reader holds the sender back, and gets every byte in the end")
    func backPressure() async throws {
        let total = 64 << 20
        let sent = Locked(0)
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(total)\r\n\r\n")
            let piece = String(repeating: "x", count: 1 << 16)
            for _ in 0..<(total >> 16) where connection.write(piece) {
                sent.withLock { $0 += piece.utf8.count }
            }
            connection.waitForClose()
        }
        let response = try await client.stream(HTTPRequest(url: server.url), bufferedBytes: 64 * 1024)
        var level = -1
        while level != sent.withLock({ $0 }) {
            level = sent.withLock { $0 }
            try await Task.sleep(for: .milliseconds(200))
        }
        // What is under way sits in the two sockets' buffers, not in this process.
        #expect(level < total / 2)
        var received = 0
        for try await chunk in response.body { received += chunk.count }
        #expect(received == total)
    }

    @Test("a paused stream does not hold up another request to the same host")
    func pausedNeighbour() async throws {
        let server = try RawServer.answering { connection, request in
            if request.hasPrefix("GET /big") {
                connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
                while connection.write(String(repeating: "x", count: 1 << 16)) {}
            } else {
                connection.answer(200, "small")
            }
        }
        let paused = try await client.stream(HTTPRequest(url: server.url + "/big"))
        for _ in 0..<20 {
            let response = try await client.send(HTTPRequest(url: server.url + "/small"), maximumBodyBytes: 10)
            #expect(response.body == Array("small".utf8))
        }
        #expect(paused.status == 200)
    }

    @Test("cancelling a reader ends the transfer, on the wire too")
    func cancellation() async throws {
        let (closed, closing) = AsyncStream.makeStream(of: Void.self)
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.write(Self.head + "1\r\na\r\n")
            connection.waitForClose()
            closing.finish()
        }
        let (reading, read) = AsyncStream.makeStream(of: Void.self)
        let task = Task {
            let response = try await client.stream(HTTPRequest(url: server.url))
            for try await _ in response.body { read.yield() }
        }
        for await _ in reading { break }
        task.cancel()
        let address = try HTTPAddress(url: server.url)
        await #expect(throws: HTTPError.cancelled(address)) { try await task.value }
        for await _ in closed {}
    }

    @Test("letting go of the response ends the transfer")
    func abandoned() async throws {
        let (closed, closing) = AsyncStream.makeStream(of: Void.self)
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.write(Self.head)
            connection.waitForClose()
            closing.finish()
        }
        _ = try await client.stream(HTTPRequest(url: server.url))
        for await _ in closed {}
    }

    @Test("the timeout covers the head only; a body may stay silent longer")
    func headTimeout() async throws {
        let server = try RawServer.answering { connection, request in
            guard request.hasPrefix("GET /slow-body") else { return }
            connection.write(Self.head)
            usleep(400_000)
            connection.write("2\r\nok\r\n0\r\n\r\n")
        }
        let mute = HTTPRequest(url: server.url + "/mute", timeout: .milliseconds(150))
        let address = try HTTPAddress(url: mute.url)
        await #expect(throws: HTTPError.timedOut(address, "no response head")) { try await client.stream(mute) }
        let slow = HTTPRequest(url: server.url + "/slow-body", timeout: .milliseconds(150))
        var body: [UInt8] = []
        for try await chunk in try await client.stream(slow).body { body += chunk }
        #expect(body == Array("ok".utf8))
    }

    @Test("a body silent for longer than the idle timeout counts as lost")
    func idleTimeout() async throws {
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.write(Self.head)
            connection.waitForClose()
        }
        let response = try await client.stream(HTTPRequest(url: server.url, idleTimeout: .seconds(1)))
        let error = await #expect(throws: HTTPError.self) {
            for try await _ in response.body {}
        }
        guard case .timedOut = error else {
            Issue.record("not a timeout: \(String(describing: error))")
            return
        }
    }

    @Test("a body cut short gives what came, then the loss")
    func cutShort() async throws {
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
        }
        var body = try await client.stream(HTTPRequest(url: server.url)).body.makeAsyncIterator()
        #expect(try await body.next() == Array("abc".utf8))
        await #expect(throws: HTTPError.self) { try await body.next() }
    }
}

/// Lets a blocked thread through, once for each time it is opened.
private final class Gate: @unchecked Sendable {
    private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    init() {
        sem_init(semaphore, 0, 0)
    }

    func open() {
        sem_post(semaphore)
    }

    func wait() {
        sem_wait(semaphore)
    }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }
}
