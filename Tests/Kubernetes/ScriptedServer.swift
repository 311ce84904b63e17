import Foundation
import Glibc
import HTTPTransport
import Kubernetes
import Loopback

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
        /// To another URL.
        case redirect(String)
        /// Chunks of a body; it ends after the last one, or stays open until the client goes.
        case stream([String], staysOpen: Bool)
    }

    private let listener: LoopbackListener
    private let seen = Locked<[Request]>([])

    var port: UInt16 { listener.port }
    var url: String { "http://127.0.0.1:\(port)" }
    var requests: [Request] { seen.withLock { $0 } }

    init(_ script: @escaping @Sendable (Request) -> Answer) throws {
        listener = try LoopbackListener()
        let (listener, seen) = (listener, seen)
        Thread.detachNewThread {
            while let socket = listener.accept() {
                Thread.detachNewThread {
                    while let request = Self.read(socket.descriptor) {
                        seen.withLock { $0.append(request) }
                        guard Self.answer(script(request), socket) else { break }
                    }
                    socket.close()
                }
            }
        }
    }

    deinit {
        listener.close()
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
    private static func answer(_ answer: Answer, _ socket: LoopbackSocket) -> Bool {
        switch answer {
        case .whole(let status, let body):
            return socket.write("HTTP/1.1 \(status) Status\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
        case .later(let status, let seconds):
            return socket.write("HTTP/1.1 \(status) Status\r\nRetry-After: \(seconds)\r\nContent-Length: 0\r\n\r\n")
        case .redirect(let url):
            return socket.write("HTTP/1.1 307 Status\r\nLocation: \(url)\r\nContent-Length: 0\r\n\r\n")
        case .stream(let chunks, let staysOpen):
            guard socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n") else { return false }
            for chunk in chunks {
                guard socket.write("\(String(chunk.utf8.count, radix: 16))\r\n\(chunk)\r\n") else { return false }
            }
            guard staysOpen else { return socket.write("0\r\n\r\n") }
            var byte: UInt8 = 0
            while recv(socket.descriptor, &byte, 1, 0) > 0 {}
            return false
        }
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
