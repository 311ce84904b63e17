import Foundation
import Hummingbird
package import Logging
import NIOCore
import ServiceLifecycle

/// The HTTP endpoint: the API, metrics, probes and the page.
package struct GleanerServer: Service {
    private let source: any StatusSource
    private let host: String
    private let port: Int
    private let logger: Logger
    private let onListening: @Sendable (Int) async -> Void

    /// - Parameters:
    ///   - source: What is shown.
    ///   - host: The address to listen on; loopback unless something in front asks who is there.
    ///   - port: 0 takes a free one.
    ///   - logger: Takes the server's own messages.
    ///   - onListening: Called once, with the real port.
    package init(
        source: any StatusSource,
        host: String = "127.0.0.1",
        port: Int,
        logger: Logger,
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) {
        self.source = source
        self.host = host
        self.port = port
        self.logger = logger
        self.onListening = onListening
    }

    /// Serves until the task is cancelled or the service group shuts down.
    ///
    /// - Throws: `ServerError` when the address cannot be had.
    package func run() async throws {
        let responder = Responder(source: source, isLoopback: Responder.isLoopbackName(host))
        let onListening = onListening
        let application = Application(
            responder: CallbackResponder<CallerContext> { request, context in
                await responder.respond(to: request, from: context.caller)
            },
            configuration: .init(address: .hostname(host, port: port), serverName: nil),
            onServerRunning: { channel in
                if let port = channel.localAddress?.port { await onListening(port) }
            },
            logger: logger
        )
        do {
            try await application.run()
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            throw ServerError.addressInUse(host: host, port: port)
        } catch let error as IOError where [EACCES, EADDRNOTAVAIL].contains(error.errnoCode) {
            throw ServerError.addressRefused(host: host, port: port, reason: "\(error)")
        } catch let error as SocketAddressError {
            throw ServerError.addressRefused(host: host, port: port, reason: "\(error)")
        }
    }
}
