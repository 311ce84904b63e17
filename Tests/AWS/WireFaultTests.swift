import Glibc
import HTTPTransport
import Loopback
import Testing

@testable import AWS

/// Faults of connections themselves: real sockets, real libcurl.
@Suite("AWS faults on the wire", .timeLimit(.minutes(2)))
struct WireFaultTests {
    private static let queue = #"{"QueueUrl":"http://q"}"#

    /// Serves one connection after the other, each as its row says; the last row for all that follow.
    private static func serve(_ rows: [@Sendable (LoopbackSocket) -> Void]) throws -> LoopbackListener {
        let listener = try LoopbackListener()
        var thread = pthread_t()
        let work = Work {
            var index = 0
            while let socket = listener.accept() {
                rows[min(index, rows.count - 1)](socket)
                index += 1
                socket.close()
            }
        }
        pthread_create(
            &thread,
            nil,
            { context in
                if let context { Unmanaged<Work>.fromOpaque(context).takeRetainedValue().run() }
                return nil
            },
            Unmanaged.passRetained(work).toOpaque()
        )
        pthread_detach(thread)
        return listener
    }

    private final class Work: Sendable {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) {
            self.run = run
        }
    }

    /// Reads what is there of a request, as far as its end.
    private static func read(_ socket: LoopbackSocket) -> String {
        var text = ""
        while !text.contains("\r\n\r\n") || !text.hasSuffix("}") && text.contains("Content-Length") {
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = recv(socket.descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { break }
            text += String(decoding: buffer[..<count], as: UTF8.self)
        }
        return text
    }

    private static func good(_ socket: LoopbackSocket) {
        _ = read(socket)
        _ = socket.write(
            "HTTP/1.1 200 OK\r\nContent-Length: \(queue.utf8.count)\r\nConnection: close\r\n\r\n\(queue)"
        )
    }

    /// A row: what a connection does instead of answering.
    struct Fault: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var serve: @Sendable (LoopbackSocket) -> Void
    }

    private static let faults = [
        Fault(testDescription: "closed before the request was read") { _ in },
        Fault(testDescription: "closed instead of an answer") { socket in _ = read(socket) },
        Fault(testDescription: "half closed instead of an answer") { socket in
            _ = read(socket)
            shutdown(socket.descriptor, Int32(SHUT_WR))
            _ = read(socket)
        },
        Fault(testDescription: "half closed in the middle of the head") { socket in
            _ = read(socket)
            _ = socket.write("HTTP/1.1 200 OK\r\nContent-Le")
            shutdown(socket.descriptor, Int32(SHUT_WR))
            _ = read(socket)
        },
        Fault(testDescription: "half closed in the middle of the body") { socket in
            _ = read(socket)
            _ = socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"QueueUrl\":")
            shutdown(socket.descriptor, Int32(SHUT_WR))
            _ = read(socket)
        },
        Fault(testDescription: "closed in the middle of a chunk") { socket in
            _ = read(socket)
            _ = socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{\"QueueUrl\":")
        },
        Fault(testDescription: "an answer without a length that breaks off") { socket in
            _ = read(socket)
            _ = socket.write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"QueueUrl\":\"ht")
        },
        Fault(testDescription: "reset") { socket in
            _ = read(socket)
            var reset = linger(l_onoff: 1, l_linger: 0)
            setsockopt(
                socket.descriptor,
                SOL_SOCKET,
                SO_LINGER,
                &reset,
                socklen_t(MemoryLayout.size(ofValue: reset))
            )
        },
    ]

    private func client(_ port: UInt16) -> AWSClient {
        AWSClient(
            configuration: AWSConfiguration(region: "us-east-1", endpoints: [.sqs: "http://127.0.0.1:\(port)"]),
            credentials: StaticCredentials(Script.credentials),
            http: HTTPClient(),
            retry: RetryPolicy(maximumAttempts: 3, baseDelay: .milliseconds(1))
        )
    }

    @Test("a connection that breaks is made anew, and the call succeeds", arguments: faults)
    func breaks(_ fault: Fault) async throws {
        let listener = try Self.serve([fault.serve, fault.serve, Self.good])
        defer { listener.close() }
        #expect(try await SQSClient(client(listener.port)).getQueueURL(name: "q") == "http://q")
    }

    @Test("one that goes on breaking is told as what it is", arguments: faults)
    func staysBroken(_ fault: Fault) async throws {
        let listener = try Self.serve([fault.serve])
        defer { listener.close() }
        let error = await #expect(throws: AWSError.self) {
            try await SQSClient(client(listener.port)).getQueueURL(name: "q")
        }
        #expect(error?.kind == .transient)
        #expect(error?.description.hasPrefix("sqs.GetQueueUrl") == true)
    }

    @Test("AWS is asked through a proxy, in a tunnel that it cannot look into")
    func proxy() async throws {
        let asked = Locked<[String]>([])
        let listener = try Self.serve([
            { socket in
                let request = Self.read(socket)
                asked.withLock { $0.append(request) }
                _ = socket.write("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            }
        ])
        defer { listener.close() }
        let client = AWSClient(
            configuration: AWSConfiguration(region: "eu-west-1"),
            credentials: StaticCredentials(Script.credentials),
            http: HTTPClient(configuration: HTTPClientConfiguration(proxy: "http://127.0.0.1:\(listener.port)")),
            retry: RetryPolicy(maximumAttempts: 1)
        )
        let error = await #expect(throws: AWSError.self) { try await EC2Client(client).describeSubnets() }
        let request = try #require(asked.withLock { $0.first })
        #expect(request.hasPrefix("CONNECT ec2.eu-west-1.amazonaws.com:443 HTTP/1.1"))
        #expect(!request.contains("AKID"))
        #expect(error?.kind == .transient)
    }
}
