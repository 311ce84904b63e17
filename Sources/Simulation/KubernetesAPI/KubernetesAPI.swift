import Hummingbird
package import Logging
import ServiceLifecycle

/// The world's API server: the Kubernetes API over HTTP, on objects that a `ClusterFront` owns.
package struct KubernetesAPI<Front: ClusterFront>: Service {
    package struct Settings: Sendable {
        package var host: String
        /// 0 takes a free port.
        package var port: Int
        /// The bearer token that is accepted; none accepts everybody.
        package var token: String?
        /// Whether a request without any token is accepted too, as plain `kubectl --server` sends it. A wrong token
        /// never is.
        package var allowsAnonymous: Bool
        /// The largest request body, in bytes.
        package var requestLimit: Int

        /// - Parameters:
        ///   - host: The address to listen on.
        ///   - port: The port, 0 for a free one.
        ///   - token: The bearer token, none to accept everybody.
        ///   - allowsAnonymous: Whether requests without a token are accepted beside the token.
        ///   - requestLimit: The largest request body in bytes; the true server's own limit is 3 MiB.
        package init(
            host: String = "127.0.0.1",
            port: Int = 0,
            token: String? = nil,
            allowsAnonymous: Bool = false,
            requestLimit: Int = 3 << 20
        ) {
            self.host = host
            self.port = port
            self.token = token
            self.allowsAnonymous = allowsAnonymous
            self.requestLimit = requestLimit
        }
    }

    private let front: Front
    private let settings: Settings
    private let logger: Logger
    private let onListening: @Sendable (Int) async -> Void

    /// - Parameters:
    ///   - front: The cluster.
    ///   - settings: Where to listen and whom to believe.
    ///   - logger: Takes the server's own messages.
    ///   - onListening: Called once with the real port.
    package init(
        front: Front,
        settings: Settings = Settings(),
        logger: Logger,
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) {
        self.front = front
        self.settings = settings
        self.logger = logger
        self.onListening = onListening
    }

    /// Serves until the task is cancelled or the service group shuts down.
    package func run() async throws {
        let handler = APIHandler(
            front: front,
            token: settings.token,
            allowsAnonymous: settings.allowsAnonymous,
            requestLimit: settings.requestLimit
        )
        let responder = CallbackResponder<BasicRequestContext> { request, _ in await handler.respond(to: request) }
        let onListening = onListening
        let application = Application(
            responder: responder,
            configuration: .init(address: .hostname(settings.host, port: settings.port), serverName: nil),
            onServerRunning: { channel in
                if let port = channel.localAddress?.port { await onListening(port) }
            },
            logger: logger
        )
        try await application.run()
    }
}
