import Foundation
import Glibc
import HTTPTransport
import Kubernetes

/// An API server on a loopback socket that answers as a script says and remembers what it was asked.
final class ScriptedServer: Sendable {
    struct Request: Sendable {
        var method: String
        /// Path and query.
        var target: String
        var head: String
        var body: String

        var json: JSON { (try? JSON(parsing: body)) ?? .null }
        func header(_ name: String) -> String? {
            head.split(separator: "\r\n").first { $0.lowercased().hasPrefix(name.lowercased() + ":") }
                .map { $0.drop { $0 != ":" }.dropFirst().trimmingCharacters(in: .whitespaces) }
        }
    }

    enum Answer: Sendable {
        case whole(Int, String)
        /// With a Retry-After of so many seconds.
        case later(Int, seconds: Int)
        /// Chunks of a body; it ends after the last one, or stays open until the client goes.
        case stream([String], staysOpen: Bool)
    }

    let port: UInt16
    private let listener: Int32
    private let seen = Locked<[Request]>([])

    var url: String { "http://127.0.0.1:\(port)" }
    var requests: [Request] { seen.withLock { $0 } }

    init(_ script: @escaping @Sendable (Request) -> Answer) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 64) == 0 && getsockname(listener, $0, &length) == 0
            }
        }
        guard isBound else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EADDRINUSE) }
        self.listener = listener
        port = UInt16(bigEndian: address.sin_port)
        let seen = seen
        Thread.detachNewThread {
            while true {
                let accepted = accept(listener, nil, nil)
                guard accepted >= 0 else { return }
                Thread.detachNewThread {
                    while let request = Self.read(accepted) {
                        seen.withLock { $0.append(request) }
                        guard Self.answer(script(request), accepted) else { break }
                    }
                    close(accepted)
                }
            }
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    private static func read(_ socket: Int32) -> Request? {
        var bytes = [UInt8]()
        while true {
            let text = String(decoding: bytes, as: UTF8.self)
            if let end = text.firstRange(of: "\r\n\r\n") {
                let head = String(text[..<end.lowerBound])
                let length = head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length:") }
                    .flatMap { Int($0.split(separator: " ").last ?? "") }
                let body = text[end.upperBound...]
                if body.utf8.count >= length ?? 0 {
                    let words = head.split(separator: " ", maxSplits: 2)
                    guard words.count == 3 else { return nil }
                    return Request(method: "\(words[0])", target: "\(words[1])", head: head, body: "\(body)")
                }
            }
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = recv(socket, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            bytes += buffer[..<count]
        }
    }

    /// Whether the connection goes on.
    private static func answer(_ answer: Answer, _ socket: Int32) -> Bool {
        switch answer {
        case .whole(let status, let body):
            return write("HTTP/1.1 \(status) Status\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)", socket)
        case .later(let status, let seconds):
            return write("HTTP/1.1 \(status) Status\r\nRetry-After: \(seconds)\r\nContent-Length: 0\r\n\r\n", socket)
        case .stream(let chunks, let staysOpen):
            guard write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", socket) else { return false }
            for chunk in chunks {
                guard write("\(String(chunk.utf8.count, radix: 16))\r\n\(chunk)\r\n", socket) else { return false }
            }
            guard staysOpen else { return write("0\r\n\r\n", socket) }
            var byte: UInt8 = 0
            while recv(socket, &byte, 1, 0) > 0 {}
            return false
        }
    }

    private static func write(_ text: String, _ socket: Int32) -> Bool {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}

extension ScriptedServer {
    /// A client of this server that is not patient.
    func client(_ credential: KubernetesAccess.Credential = .none, attempts: Int = 1) -> KubernetesClient {
        KubernetesClient(
            KubernetesAccess(server: url + "/", credential: credential),
            retries: RetryPolicy(maximumAttempts: attempts, baseDelay: .milliseconds(1))
        )
    }

    /// The Status object of an error.
    static func status(_ code: Int, _ reason: String, _ message: String = "", cause: String? = nil) -> Answer {
        var status: JSON = [
            "kind": "Status", "status": "Failure", "code": JSON(code), "reason": .string(reason),
            "message": .string(message),
        ]
        if let cause { status["details"] = ["causes": [["reason": .string(cause)]]] }
        return .whole(code, status.description)
    }
}
