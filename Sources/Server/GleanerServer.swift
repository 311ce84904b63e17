import Foundation
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
package import Logging
import NIOCore
import ServiceLifecycle

/// The HTTP endpoint: the API, metrics, probes and the page.
package struct GleanerServer: Service {
    /// Who says nothing for so long is let go.
    private static let idleTimeout: TimeAmount = .seconds(120)
    /// Each connection holds a descriptor; a node's agent has one for a moment.
    private static let connectionLimit = 2048
    /// Of one address, behind which may stand a proxy with many callers.
    private static let connectionsPerAddress = 128

    private let source: any StatusSource
    private let host: String
    private let port: Int
    private let gate: Gate?
    private let tls: TLSFiles?
    private let logger: Logger
    private let onListening: @Sendable (Int) async -> Void

    /// - Parameters:
    ///   - source: What is shown.
    ///   - host: The address to listen on; loopback unless there is a gate.
    ///   - port: 0 takes a free one.
    ///   - gate: Who may pass; nil lets everybody.
    ///   - tls: The certificate to show; nil speaks in the clear.
    ///   - logger: Takes the server's own messages.
    ///   - onListening: Called once, with the real port.
    package init(
        source: any StatusSource,
        host: String = "127.0.0.1",
        port: Int,
        gate: Gate? = nil,
        tls: TLSFiles? = nil,
        logger: Logger,
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) {
        self.source = source
        self.host = host
        self.port = port
        self.gate = gate
        self.tls = tls
        self.logger = logger
        self.onListening = onListening
    }

    /// Whether only this machine can reach what listens there.
    package static func isLoopback(_ host: String) -> Bool { Responder.isLoopbackName(host) || host == "::1" }

    /// Serves until the task is cancelled or the service group shuts down.
    ///
    /// - Throws: `ServerError` when the address cannot be had.
    package func run() async throws {
        let responder = Responder(source: source, isLoopback: Self.isLoopback(host), gate: gate)
        let onListening = onListening
        let census = ConnectionCensus(limit: Self.connectionsPerAddress, logger: logger)
        let http = HTTPServerBuilder.http1(
            configuration: .init(
                additionalChannelHandlers: [ConnectionGuard(census: census)],
                idleTimeout: Self.idleTimeout
            )
        )
        let server = try tls.map { try .tls(http, tlsConfiguration: $0.configuration()) } ?? http
        let application = Application(
            responder: CallbackResponder<CallerContext> { request, context in
                await responder.respond(to: request, from: context.caller)
            },
            server: server,
            configuration: .init(
                address: .hostname(host, port: port),
                serverName: nil,
                backlog: Self.connectionLimit,
                availableConnectionsDelegate: MaximumAvailableConnections(Self.connectionLimit)
            ),
            onServerRunning: { channel in
                if let port = channel.localAddress?.port { await onListening(port) }
            },
            logger: logger
        )
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                if let tls { group.addTask { await tls.follow() } }
                group.addTask { try await application.run() }
                defer { group.cancelAll() }
                try await group.next()
            }
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            throw ServerError.addressInUse(host: host, port: port)
        } catch let error as IOError where [EACCES, EADDRNOTAVAIL].contains(error.errnoCode) {
            throw ServerError.addressRefused(host: host, port: port, reason: "\(error)")
        } catch let error as SocketAddressError {
            throw ServerError.addressRefused(host: host, port: port, reason: "\(error)")
        }
    }
}
