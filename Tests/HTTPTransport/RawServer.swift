import Glibc
import Loopback

/// A server on a raw loopback socket: each connection gets a thread that runs the script given.
final class RawServer: Sendable {
    /// One accepted connection. Reads whole requests, writes what the script says, bytes for bytes.
    struct Connection {
        fileprivate let socket: LoopbackSocket

        /// The next request, as it came over the wire.
        /// - Returns: nil when the client is gone.
        func readRequest() -> String? {
            var bytes: [UInt8] = []
            while true {
                let text = String(decoding: bytes, as: UTF8.self)
                if let end = text.firstRange(of: "\r\n\r\n") {
                    let length = text.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length:") }
                    let wanted = length.flatMap { Int($0.split(separator: " ").last ?? "") } ?? 0
                    if text[end.upperBound...].utf8.count >= wanted { return text }
                }
                var buffer = [UInt8](repeating: 0, count: 4096)
                let count = recv(socket.descriptor, &buffer, buffer.count, 0)
                guard count > 0 else { return nil }
                bytes += buffer[..<count]
            }
        }

        /// - Returns: whether the client still took it.
        @discardableResult
        func write(_ text: String) -> Bool {
            socket.write(text)
        }

        func answer(_ status: Int, headers: [String] = [], _ body: String = "") {
            let lines = ["HTTP/1.1 \(status) Status", "Content-Length: \(body.utf8.count)"] + headers
            write(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
        }

        /// Blocks until the client closes.
        func waitForClose() {
            var byte: UInt8 = 0
            while recv(socket.descriptor, &byte, 1, 0) > 0 {}
        }
    }

    var port: UInt16 { listener.port }
    private let listener: LoopbackListener

    var url: String { "http://127.0.0.1:\(port)" }

    init(_ script: @escaping @Sendable (Connection) -> Void) throws {
        let listener = try LoopbackListener()
        self.listener = listener
        Self.spawn {
            while let accepted = listener.accept() {
                Self.spawn {
                    script(Connection(socket: accepted))
                    accepted.close()
                }
            }
        }
    }

    deinit {
        stop()
    }

    /// Stops accepting; what is connected stays.
    func stop() { listener.close() }

    private static func spawn(_ work: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        let context = Unmanaged.passRetained(Work(work)).toOpaque()
        let created = pthread_create(
            &thread,
            nil,
            { context in
                if let context { Unmanaged<Work>.fromOpaque(context).takeRetainedValue().run() }
                return nil
            },
            context
        )
        precondition(created == 0, "no thread for the test server")
        pthread_detach(thread)
    }
}

private final class Work: Sendable {
    let run: @Sendable () -> Void

    init(_ run: @escaping @Sendable () -> Void) {
        self.run = run
    }
}

extension RawServer {
    /// Answers every request on every connection.
    static func answering(_ respond: @escaping @Sendable (Connection, String) -> Void) throws -> RawServer {
        try RawServer { connection in
            while let request = connection.readRequest() { respond(connection, request) }
        }
    }
}
