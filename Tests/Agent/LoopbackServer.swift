import Foundation
import Hummingbird
import Logging
import NIOCore
import TestSupport

/// A server on a free loopback port that answers as a script says.
struct LoopbackServer {
    struct Request: Sendable {
        var method: String
        var path: String
        var headers: [String: String]
        var body: String
    }

    struct Reply: Sendable {
        var status: Int
        var body = ""
    }

    let url: String

    /// Serves while the body runs.
    static func serving(
        port: Int = 0,
        _ script: @escaping @Sendable (Request) -> Reply,
        _ body: (LoopbackServer) async throws -> Void
    ) async throws {
        try await TestSupport.serving { listening in
            Application(
                responder: CallbackResponder<BasicRequestContext> { request, _ in
                    let bytes = try await request.body.collect(upTo: 1 << 20)
                    let headers = request.headers.map { ($0.name.canonicalName, $0.value) }
                    let reply = script(
                        Request(
                            method: request.method.rawValue,
                            path: request.uri.string,
                            headers: Dictionary(headers) { first, _ in first },
                            body: String(buffer: bytes)
                        )
                    )
                    return Response(
                        status: .init(code: reply.status),
                        body: ResponseBody(byteBuffer: ByteBuffer(string: reply.body))
                    )
                },
                configuration: .init(address: .hostname("127.0.0.1", port: port)),
                onServerRunning: { listening($0.localAddress?.port ?? 0) },
                logger: silentLogger
            )
        } _: {
            try await body(LoopbackServer(url: "http://127.0.0.1:\($0)"))
        }
    }
}
