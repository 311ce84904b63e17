import Foundation
import HTTPTypes
import Hummingbird
package import Logging
import NIOCore
import ServiceLifecycle

/// The simulated cloud as HTTP server: EC2, Pricing, SQS, SSM and STS behind one address, told apart by what a request is
/// signed for.
package struct AWSAPIServer: Service {
    private let configuration: AWSAPIConfiguration
    private let responder: AWSAPIResponder
    private let logger: Logger
    private let onRunning: @Sendable (Int) async -> Void

    /// - Parameters:
    ///   - configuration: Where and for whom.
    ///   - front: The world whose cloud it shows.
    ///   - logger: Of the server.
    ///   - onRunning: Called with the port, once it accepts connections.
    package init(
        configuration: AWSAPIConfiguration,
        front: some CloudFront,
        logger: Logger,
        onRunning: @escaping @Sendable (_ port: Int) async -> Void
    ) {
        self.configuration = configuration
        self.logger = logger
        self.onRunning = onRunning
        responder = AWSAPIResponder(configuration: configuration, front: front)
    }

    /// Serves until it is cancelled or shut down gracefully.
    /// - Throws: `AWSAPIServerError` when the port cannot be had.
    package func run() async throws {
        let responder = responder
        let onRunning = onRunning
        let application = Application(
            responder: CallbackResponder<BasicRequestContext> { request, _ in
                let body = try await request.body.collect(upTo: AWSAPIResponder.maximumBodyBytes)
                let answer = await responder.answer(to: request.head, body: Array(buffer: body))
                return Response(
                    status: HTTPResponse.Status(code: answer.status),
                    headers: answer.headers,
                    body: ResponseBody(byteBuffer: ByteBuffer(string: answer.body))
                )
            },
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port),
                serverName: nil
            ),
            onServerRunning: { channel in await onRunning(channel.localAddress?.port ?? 0) },
            logger: logger
        )
        do {
            try await application.run()
        } catch let error as IOError {
            throw AWSAPIServerError.cannotListen(
                host: configuration.host,
                port: configuration.port,
                reason: String(describing: error)
            )
        }
    }
}

/// Why the simulated cloud cannot be reached.
package enum AWSAPIServerError: Error, CustomStringConvertible {
    case cannotListen(host: String, port: Int, reason: String)

    package var description: String {
        switch self {
        case .cannotListen(let host, let port, let reason):
            "cannot listen on \(host):\(port) for the simulated cloud: \(reason); choose another port, or 0 for a free one"
        }
    }
}
