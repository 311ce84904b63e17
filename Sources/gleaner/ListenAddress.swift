import Server

/// `host:port`, `[host]:port` for IPv6, or a port alone for loopback.
struct ListenAddress {
    /// Without brackets.
    var host: String
    var port: Int

    init(_ text: String) throws {
        let bracket = text.hasPrefix("[") ? text.lastIndex(of: "]") : nil
        let rest = bracket.map { text[text.index(after: $0)...] } ?? text[...]
        let parts = rest.split(separator: ":", omittingEmptySubsequences: false)
        guard let port = parts.last.flatMap({ Int($0) }), (0...65_535).contains(port), parts.count <= 2,
            bracket == nil || (parts.count == 2 && parts[0].isEmpty)
        else {
            throw CommandFailure("--listen \(text): must be ADDRESS:PORT, such as 127.0.0.1:8080 or [::1]:8080")
        }
        if let bracket {
            host = String(text[text.index(after: text.startIndex)..<bracket])
        } else {
            host = parts.count == 2 && !parts[0].isEmpty ? String(parts[0]) : "127.0.0.1"
        }
        self.port = port
    }

    /// Whether only this machine can reach it.
    var isLoopback: Bool { GleanerServer.isLoopback(host) }

    func url(port: Int, isSecure: Bool) -> String {
        "\(isSecure ? "https" : "http")://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }
}
