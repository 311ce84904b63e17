import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTPTypes
import Testing

@testable import Server

@Suite("Connections that hold on to the service")
struct ConnectionGuardTests {
    private static func census(_ limit: Int = 128) -> ConnectionCensus {
        ConnectionCensus(limit: limit, logger: LiveServer.logger)
    }

    private static func channel(_ census: ConnectionCensus = census(), from address: String = "10.0.0.1") throws
        -> EmbeddedChannel
    {
        let channel = EmbeddedChannel()
        // Active from now on.
        channel.connect(to: try SocketAddress(ipAddress: address, port: 1), promise: nil)
        try channel.pipeline.syncOperations.addHandler(ConnectionGuard(census: census))
        return channel
    }

    private static let head = HTTPRequestPart.head(
        HTTPRequest(method: .post, scheme: "https", authority: "gleaner", path: "/api/v1/notices")
    )
    private static let crumb = HTTPRequestPart.body(ByteBuffer(string: "x"))

    @Test("a request that never arrives, or trickles in for ever, ends the connection")
    func arrival() throws {
        let silent = try Self.channel()
        silent.embeddedEventLoop.advanceTime(by: .seconds(29))
        #expect(silent.isActive)
        silent.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(!silent.isActive)
        let trickling = try Self.channel()
        try trickling.writeInbound(Self.head)
        for _ in 0..<29 {
            trickling.embeddedEventLoop.advanceTime(by: .seconds(1))
            try trickling.writeInbound(Self.crumb)
        }
        #expect(trickling.isActive)
        trickling.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(!trickling.isActive)
    }

    @Test("an answer may take long to be made, and not long to be taken")
    func departure() throws {
        let channel = try Self.channel()
        func ask() throws {
            try channel.writeInbound(Self.head)
            try channel.writeInbound(HTTPRequestPart.end(nil))
        }
        func write(_ part: HTTPResponsePart) { channel.write(part, promise: nil) }
        try ask()
        channel.embeddedEventLoop.advanceTime(by: .hours(1))
        #expect(channel.isActive)
        write(.head(HTTPResponse(status: .ok)))
        write(.end(nil))
        channel.flush()
        channel.embeddedEventLoop.advanceTime(by: .hours(1))
        #expect(channel.isActive)
        try ask()
        write(.head(HTTPResponse(status: .ok)))
        write(.body(ByteBuffer(string: "x")))
        write(.end(nil))
        // Never flushed: nobody takes it.
        channel.embeddedEventLoop.advanceTime(by: .seconds(119))
        #expect(channel.isActive)
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(!channel.isActive)
    }

    @Test("no address holds more connections than its share, and what it lets go of it may have again")
    func share() throws {
        let census = Self.census(2)
        let (first, second) = (try Self.channel(census), try Self.channel(census))
        #expect(first.isActive && second.isActive)
        #expect(try !Self.channel(census).isActive)
        #expect(try Self.channel(census, from: "10.0.0.9").isActive)
        first.close(promise: nil)
        #expect(try Self.channel(census).isActive)
        #expect(try !Self.channel(census).isActive)
    }
}
