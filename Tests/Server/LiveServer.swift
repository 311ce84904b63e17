import Foundation
import Logging
import TestSupport

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

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
        guard let url = URL(string: "http://127.0.0.1:\(port)\(path)") else { throw URLError(.badURL) }
        var request = URLRequest(url: url)
        request.httpMethod = method
        request.httpBody = body.map { Data($0.utf8) }
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        let (body, response) = try await URLSession.shared.data(for: request)
        guard let response = response as? HTTPURLResponse else { throw URLError(.badServerResponse) }
        let pairs = response.allHeaderFields.map { ("\($0.key)".lowercased(), "\($0.value)") }
        return Answer(status: response.statusCode, headers: Dictionary(pairs) { first, _ in first }, body: body)
    }

    func post(_ path: String, _ body: String, headers: [String: String] = [:]) async throws -> Answer {
        try await ask(path, method: "POST", headers: headers, body: body)
    }

    /// What a server that asks nobody who they are answers.
    static func answer(_ source: any StatusSource, _ path: String) async throws -> Answer {
        let (answers, continuation) = AsyncStream.makeStream(of: Answer.self)
        try await serving(source) { continuation.yield(try await $0.ask(path)) }
        continuation.finish()
        guard let answer = await answers.first(where: { _ in true }) else { throw URLError(.badServerResponse) }
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
