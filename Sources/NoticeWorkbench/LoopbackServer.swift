import Foundation
import Glibc
import HTTPTransport

/// A small HTTP server on loopback with a thread a connection: it costs little, so that what it serves can be measured.
final class LoopbackServer: Sendable {
    struct Request {
        var method: String
        /// Path and query.
        var target: String
        var host: String
    }

    enum Answer {
        case whole(Int, String)
        /// A body that begins and never ends.
        case open
    }

    let port: UInt16
    private let descriptor: Int32
    private let isOpen = Locked(true)

    /// - Parameter answer: called on the connection's own thread, which it may keep waiting.
    /// - Throws: `POSIXError` when there is no port.
    init(_ answer: @escaping @Sendable (Request) -> Answer) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 1024) == 0
                    && getsockname(listener, $0, &length) == 0
            }
        }
        guard isBound else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EADDRINUSE) }
        descriptor = listener
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread {
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { return }
                var on: Int32 = 1
                setsockopt(connection, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
                let thread = Thread { Self.serve(connection, answer) }
                thread.stackSize = 256 * 1024
                thread.start()
            }
        }
    }

    func close() {
        let wasOpen = isOpen.withLock { isOpen in
            defer { isOpen = false }
            return isOpen
        }
        guard wasOpen else { return }
        shutdown(descriptor, Int32(SHUT_RDWR))
        Glibc.close(descriptor)
    }

    deinit {
        close()
    }

    private static func serve(_ connection: Int32, _ answer: (Request) -> Answer) {
        defer { Glibc.close(connection) }
        var bytes: [UInt8] = []
        while let request = read(connection, &bytes) {
            switch answer(request) {
            case .whole(let status, let body):
                let head =
                    "HTTP/1.1 \(status) Status\r\nContent-Type: application/json\r\n"
                    + "Content-Length: \(body.utf8.count)\r\n\r\n"
                guard write(connection, head + body) else { return }
            case .open:
                guard write(connection, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n") else { return }
                var byte: UInt8 = 0
                while recv(connection, &byte, 1, 0) > 0 {}
                return
            }
        }
    }

    /// The next request of a connection; its body is read and passed over.
    private static func read(_ connection: Int32, _ bytes: inout [UInt8]) -> Request? {
        while true {
            if let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) {
                let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
                func header(_ name: String) -> Substring? {
                    lines.first { $0.lowercased().hasPrefix("\(name):") }
                        .map { $0.drop { $0 != ":" }.dropFirst().drop { $0 == " " } }
                }
                let length = header("content-length").flatMap { Int($0) } ?? 0
                if bytes.count >= end.upperBound + length {
                    bytes.removeFirst(end.upperBound + length)
                    let words = (lines.first ?? "").split(separator: " ")
                    guard words.count == 3 else { return nil }
                    return Request(
                        method: String(words[0]),
                        target: String(words[1]),
                        host: String(header("host") ?? "")
                    )
                }
            }
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0, bytes.count < 1 << 20 else { return nil }
            bytes += buffer[..<count]
        }
    }

    private static func write(_ connection: Int32, _ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            var done = 0
            while done < bytes.count {
                let count = send(
                    connection,
                    bytes.baseAddress?.advanced(by: done),
                    bytes.count - done,
                    Int32(MSG_NOSIGNAL)
                )
                guard count > 0 else { return false }
                done += count
            }
            return true
        }
    }
}
