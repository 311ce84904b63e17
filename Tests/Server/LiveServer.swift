import Foundation
import HTTPTransport
import Logging
import TestSupport

@testable import Server

/// An answer as a client sees it.
struct Answer {
    var status: Int
    var headers: [String: String]
    var body: Data

    var text: String { String(decoding: body, as: UTF8.self) }
    func object() throws -> [String: Any] { try JSONSerialization.jsonObject(with: body) as? [String: Any] ?? [:] }
    func items() throws -> [[String: Any]] { try object()["items"] as? [[String: Any]] ?? [] }
}

/// A real server on a free loopback port, asked over real connections.
struct LiveServer {
    let port: Int

    func ask(
        _ path: String,
        method: String = "GET",
        headers: [String: String] = [:],
        body: String? = nil
    ) async throws -> Answer {
        let request = HTTPRequest(
            method: method,
            url: "http://127.0.0.1:\(port)\(path)",
            headers: HTTPHeaders(headers.map { ($0.key, $0.value) }),
            body: Array((body ?? "").utf8),
            timeout: nil
        )
        let response = try await Self.client.send(request, maximumBodyBytes: 1 << 26)
        let pairs = response.headers.fields.map { ($0.name.lowercased(), $0.value) }
        return Answer(
            status: response.status,
            headers: Dictionary(pairs) { first, _ in first },
            body: Data(response.body)
        )
    }

    private static let client = HTTPClient()

    func post(_ path: String, _ body: String, headers: [String: String] = [:]) async throws -> Answer {
        try await ask(path, method: "POST", headers: headers, body: body)
    }

    /// What a server that asks nobody who they are answers.
    static func answer(_ source: any StatusSource, _ path: String) async throws -> Answer {
        let (answers, continuation) = AsyncStream.makeStream(of: Answer.self)
        try await serving(source) { continuation.yield(try await $0.ask(path)) }
        continuation.finish()
        guard let answer = await answers.first(where: { _ in true }) else { throw CancellationError() }
        return answer
    }

    static var logger: Logger {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }

    /// Serves a source while the body runs.
    static func serving(
        _ source: any StatusSource,
        gate: Gate? = nil,
        tls: TLSFiles? = nil,
        _ body: (LiveServer) async throws -> Void
    ) async throws {
        try await TestSupport.serving { port in
            GleanerServer(source: source, port: 0, gate: gate, tls: tls, logger: logger, onListening: port)
        } _: {
            try await body(LiveServer(port: $0))
        }
    }
}
