import NIOCore
import NIOHTTPTypes

/// Lets go of a connection on which a request does not arrive, or its answer is not taken, in time: a trickle of bytes
/// would keep it open for ever, and each holds a descriptor.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// From the beginning of a connection to the head of its first request, and from each head to the end of its body.
    static let arrivalTimeout: TimeAmount = .seconds(30)
    /// From an answer's head until the last of it is with the operating system.
    static let departureTimeout: TimeAmount = .seconds(120)

    private let census: ConnectionCensus
    /// Once it is counted in.
    private var address: String?
    private var isCounted = false
    private var arrival: Scheduled<Void>?
    private var departure: Scheduled<Void>?

    init(census: ConnectionCensus) {
        self.census = census
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { begin(context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        end()
    }

    func channelActive(context: ChannelHandlerContext) {
        begin(context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head: limit(&arrival, Self.arrivalTimeout, context)
        case .body: break
        case .end: cancel(&arrival)
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head:
            limit(&departure, Self.departureTimeout, context)
            context.write(data, promise: promise)
        case .body:
            context.write(data, promise: promise)
        case .end:
            let written = promise ?? context.eventLoop.makePromise()
            let box = NIOLoopBound(self, eventLoop: context.eventLoop)
            written.futureResult.whenComplete { _ in box.value.cancel(&box.value.departure) }
            context.write(data, promise: written)
        }
    }

    private func begin(_ context: ChannelHandlerContext) {
        guard !isCounted else { return }
        if let address = context.remoteAddress?.ipAddress {
            guard census.enter(address) else {
                context.close(promise: nil)
                return
            }
            self.address = address
        }
        isCounted = true
        limit(&arrival, Self.arrivalTimeout, context)
    }

    private func end() {
        cancel(&arrival)
        cancel(&departure)
        if let address { census.leave(address) }
        address = nil
    }

    private func limit(_ deadline: inout Scheduled<Void>?, _ length: TimeAmount, _ context: ChannelHandlerContext) {
        deadline?.cancel()
        let box = NIOLoopBound(context, eventLoop: context.eventLoop)
        deadline = context.eventLoop.scheduleTask(in: length) { box.value.close(promise: nil) }
    }

    private func cancel(_ deadline: inout Scheduled<Void>?) {
        deadline?.cancel()
        deadline = nil
    }
}

@available(*, unavailable)
extension ConnectionGuard: Sendable {}
