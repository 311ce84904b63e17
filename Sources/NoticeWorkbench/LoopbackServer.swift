import Foundation
import Glibc
import Loopback

/// A small HTTP server on loopback with a thread a connection: it costs little, so that what it serves can be measured.
final class LoopbackServer: Sendable {
    struct Request {
        var method: String
        /// Path and query.
        var target: String
    }

    enum Answer {
        case whole(Int, String)
        /// A body that begins and never ends.
        case open
    }

    var port: UInt16 { listener.port }
    private let listener: LoopbackListener

    /// - Parameter answer: called on the connection's own thread, which it may keep waiting.
    /// - Throws: `POSIXError` when there is no port.
    init(_ answer: @escaping @Sendable (Request) -> Answer) throws {
        let listener = try LoopbackListener()
        self.listener = listener
        Thread.detachNewThread {
            while let connection = listener.accept() {
                var on: Int32 = 1
                let size = socklen_t(MemoryLayout<Int32>.size)
                setsockopt(connection.descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, size)
                let thread = Thread { Self.serve(connection, answer) }
                thread.stackSize = 256 * 1024
                thread.start()
            }
        }
    }

    func close() { listener.close() }

    deinit {
        close()
    }

    private static func serve(_ connection: LoopbackSocket, _ answer: (Request) -> Answer) {
        defer { connection.close() }
        var bytes: [UInt8] = []
        while let request = read(connection, &bytes) {
            switch answer(request) {
            case .whole(let status, let body):
                let head =
                    "HTTP/1.1 \(status) Status\r\nContent-Type: application/json\r\n"
                    + "Content-Length: \(body.utf8.count)\r\n\r\n"
                guard connection.write(head + body) else { return }
            case .open:
                guard connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n") else { return }
                var byte: UInt8 = 0
                while recv(connection.descriptor, &byte, 1, 0) > 0 {}
                return
            }
        }
    }

    /// The next request of a connection; its body is read and passed over.
    private static func read(_ connection: LoopbackSocket, _ bytes: inout [UInt8]) -> Request? {
        while true {
            if let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) {
                let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
                let length =
                    lines.first { $0.lowercased().hasPrefix("content-length:") }
                    .flatMap { Int($0.drop { $0 != ":" }.dropFirst().drop { $0 == " " }) } ?? 0
                if bytes.count >= end.upperBound + length {
                    bytes.removeFirst(end.upperBound + length)
                    let words = (lines.first ?? "").split(separator: " ")
                    guard words.count == 3 else { return nil }
                    return Request(method: String(words[0]), target: String(words[1]))
                }
            }
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = recv(connection.descriptor, &buffer, buffer.count, 0)
            guard count > 0, bytes.count < 1 << 20 else { return nil }
            bytes += buffer[..<count]
        }
    }
}
