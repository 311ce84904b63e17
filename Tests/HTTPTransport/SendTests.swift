import HTTPTransport
import Testing

@Suite("Sending", .timeLimit(.minutes(1)))
struct SendTests {
    let client = HTTPClient()

    private func text(_ response: HTTPResponse) -> String {
        String(decoding: response.body, as: UTF8.self)
    }

    @Test("status, headers and body arrive; header names compare without case")
    func wholeResponse() async throws {
        let server = try RawServer.answering { connection, _ in
            connection.answer(404, headers: ["X-One:  a b \t", "x-two: 1", "X-Two: 2"], "nothing here")
        }
        let response = try await client.send(HTTPRequest(url: server.url), maximumBodyBytes: 100)
        #expect(response.status == 404)
        #expect(response.headers["x-ONE"] == "a b")
        #expect(response.headers.values("X-TWO") == ["1", "2"])
        #expect(text(response) == "nothing here")
    }

    @Test("the request goes out as written: dots, percent signs, header order, empty header, no Expect, no extra type")
    func requestOnTheWire() async throws {
        let server = try RawServer.answering { connection, request in connection.answer(200, request) }
        let request = HTTPRequest(
            method: "POST",
            url: server.url + "/a/../b/./%2541?q=%7e&z",
            headers: ["X-B": "2", "X-A": "1", "X-Empty": ""],
            body: Array(repeating: UInt8(ascii: "x"), count: 2000)
        )
        let echo = text(try await client.send(request, maximumBodyBytes: 10_000))
        #expect(echo.hasPrefix("POST /a/../b/./%2541?q=%7e&z HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\n"))
        #expect(echo.contains("X-B: 2\r\nX-A: 1\r\nX-Empty:\r\n"))
        #expect(!echo.contains("Expect"))
        #expect(!echo.contains("Content-Type"))
        #expect(echo.contains("User-Agent: gleaner\r\n"))
        #expect(echo.hasSuffix(String(repeating: "x", count: 2000)))
    }

    @Test("an empty POST says Content-Length 0; GET, HEAD and DELETE carry none")
    func emptyBodies() async throws {
        let server = try RawServer.answering { connection, request in
            connection.answer(200, headers: ["X-Has-Length: \(request.contains("Content-Length: 0\r\n"))"])
        }
        for (method, expected) in [("POST", "true"), ("GET", "false"), ("HEAD", "false"), ("DELETE", "false")] {
            let request = HTTPRequest(method: method, url: server.url)
            let response = try await client.send(request, maximumBodyBytes: 0)
            #expect(response.headers["X-Has-Length"] == expected, "\(method)")
        }
    }

    @Test("interim answers are passed over, chunked bodies put together")
    func interimAndChunked() async throws {
        let server = try RawServer.answering { connection, _ in
            connection.write("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n")
            connection.write(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nX-T: 1\r\n\r\n"
            )
        }
        let response = try await client.send(HTTPRequest(url: server.url), maximumBodyBytes: 5)
        #expect(response.status == 200)
        #expect(response.headers["Link"] == nil)
        #expect(text(response) == "abcde")
    }

    @Test("a redirect is an answer like any other, unless it is to be followed")
    func redirects() async throws {
        let server = try RawServer.answering { connection, request in
            if request.hasPrefix("GET /old") {
                connection.answer(302, headers: ["Location: /new"])
            } else {
                connection.answer(200, "new")
            }
        }
        var request = HTTPRequest(url: server.url + "/old")
        #expect(try await client.send(request, maximumBodyBytes: 10).status == 302)
        request.followRedirects = true
        let followed = try await client.send(request, maximumBodyBytes: 10)
        #expect(followed.status == 200)
        #expect(followed.headers["Location"] == nil)
    }

    @Test("a header with a line end in it is refused before anything is sent")
    func headerInjection() async throws {
        let address = try HTTPAddress(url: "http://127.0.0.1:1/")
        let request = HTTPRequest(url: "http://127.0.0.1:1/", headers: ["X-A": "1\r\nX-B: 2"])
        await #expect(throws: HTTPError.invalidRequest(address, "header X-A holds a control character")) {
            try await client.send(request, maximumBodyBytes: 10)
        }
    }

    @Test("a refused connection, an unknown name and a lost connection are told apart")
    func failures() async throws {
        let closed = try RawServer { _ in }
        closed.stop()
        let refused = HTTPError.connectionRefused(try HTTPAddress(url: closed.url))
        await #expect(throws: refused) {
            try await client.send(HTTPRequest(url: closed.url), maximumBodyBytes: 10)
        }
        let nowhere = "http://no-such-host.invalid/secret?token=hidden"
        await #expect(throws: HTTPError.unresolvedHost(try HTTPAddress(url: nowhere))) {
            try await client.send(HTTPRequest(url: nowhere, usesEnvironmentProxy: false), maximumBodyBytes: 10)
        }
        let rude = try RawServer { _ = $0.readRequest() }
        let lost = await #expect(throws: HTTPError.self) {
            try await client.send(HTTPRequest(url: rude.url), maximumBodyBytes: 10)
        }
        guard case .connectionLost = lost else {
            Issue.record("not a lost connection: \(String(describing: lost))")
            return
        }
    }

    @Test("a client's own proxy is used for every host, loopback too")
    func ownProxy() async throws {
        let proxy = try RawServer { connection in
            while let request = connection.readRequest() {
                connection.answer(200, String(request.prefix { $0 != "\r" && $0 != "\r\n" }))
            }
        }
        let client = HTTPClient(configuration: HTTPClientConfiguration(proxy: proxy.url))
        for url in ["http://far.test/path", "http://127.0.0.1:1/near"] {
            let response = try await client.send(
                HTTPRequest(url: url, usesEnvironmentProxy: false),
                maximumBodyBytes: 1000
            )
            #expect(String(decoding: response.body, as: UTF8.self) == "GET \(url) HTTP/1.1")
        }
    }

    @Test("errors name host and port and the way out, and no secret")
    func messages() throws {
        let address = try HTTPAddress(url: "https://user:secret@API.example:8443/path?token=secret")
        let message = HTTPError.connectionRefused(address).description
        #expect(
            message
                == "https://api.example:8443 refused the connection: check that the server runs and that the port is right"
        )
        #expect(throws: HTTPError.invalidURL("the port of api:x must be a number from 1 to 65535")) {
            try HTTPAddress(url: "http://api:x/")
        }
        #expect(throws: HTTPError.self) { try HTTPAddress(url: "ftp://host/") }
        #expect(try HTTPAddress(url: "http://[::1]:80?x=1").target == "/?x=1")
        #expect(try HTTPAddress(url: "http://[::1]:80?x=1").hostHeader == "[::1]")
        #expect(try HTTPAddress(url: "http://127.8.0.1").isLoopback)
        #expect(try !HTTPAddress(url: "http://127.0.0.1.evil.example").isLoopback)
    }

    @Test("a silent server runs into the timeout")
    func timeout() async throws {
        let server = try RawServer.answering { _, _ in }
        let error = await #expect(throws: HTTPError.self) {
            try await client.send(
                HTTPRequest(url: server.url, timeout: .milliseconds(150)),
                maximumBodyBytes: 10
            )
        }
        guard case .timedOut = error else {
            Issue.record("not a timeout: \(String(describing: error))")
            return
        }
    }

    @Test("a body over the limit ends the exchange; one of just the limit does not")
    func bodyLimit() async throws {
        let server = try RawServer.answering { connection, _ in
            connection.answer(200, String(repeating: "x", count: 100_000))
        }
        let request = HTTPRequest(url: server.url)
        #expect(try await client.send(request, maximumBodyBytes: 100_000).body.count == 100_000)
        let address = try HTTPAddress(url: server.url)
        await #expect(throws: HTTPError.answerTooLarge(address, limitBytes: 99_999)) {
            try await client.send(request, maximumBodyBytes: 99_999)
        }
    }

    @Test("cancelling the task ends the exchange at once, on the wire too")
    func cancellation() async throws {
        let (closed, closing) = AsyncStream.makeStream(of: Void.self)
        let server = try RawServer { connection in
            _ = connection.readRequest()
            closing.yield()
            connection.waitForClose()
            closing.yield()
        }
        let task = Task {
            try await client.send(HTTPRequest(url: server.url, timeout: nil), maximumBodyBytes: 10)
        }
        var events = closed.makeAsyncIterator()
        await events.next()
        task.cancel()
        let address = try HTTPAddress(url: server.url)
        await #expect(throws: HTTPError.cancelled(address)) { try await task.value }
        await events.next()
    }

    @Test("shutting down ends what is under way and refuses what comes later")
    func shutDown() async throws {
        let (started, starting) = AsyncStream.makeStream(of: Void.self)
        let server = try RawServer { connection in
            _ = connection.readRequest()
            starting.yield()
            connection.waitForClose()
        }
        let client = HTTPClient()
        let request = HTTPRequest(url: server.url, timeout: nil)
        let task = Task { try await client.send(request, maximumBodyBytes: 10) }
        var events = started.makeAsyncIterator()
        await events.next()
        await client.shutDown()
        let address = try HTTPAddress(url: server.url)
        await #expect(throws: HTTPError.clientShutDown(address)) { try await task.value }
        await #expect(throws: HTTPError.clientShutDown(address)) {
            try await client.send(request, maximumBodyBytes: 10)
        }
        await client.shutDown()
    }

    @Test("a missing CA file is named as a TLS matter")
    func missingAuthorities() async throws {
        let server = try RawServer { connection in connection.waitForClose() }
        let tls = TLSOptions(authorities: .file("/nonexistent/ca.pem"))
        let client = HTTPClient(configuration: HTTPClientConfiguration(tls: tls))
        let error = await #expect(throws: HTTPError.self) {
            try await client.send(HTTPRequest(url: "https://127.0.0.1:\(server.port)/"), maximumBodyBytes: 10)
        }
        guard case .tls = error else {
            Issue.record("not a TLS error: \(String(describing: error))")
            return
        }
    }
}
