/// Where a URL points: scheme, host and port, and nothing that could be a secret.
package struct HTTPAddress: Sendable, Hashable, CustomStringConvertible {
    package let scheme: String
    /// Lower case; an IPv6 address keeps its brackets.
    package let host: String
    package let port: Int
    /// Path and query as the URL writes them, at least `/`. Not part of the description: a query may hold a secret.
    package let target: String

    /// Splits an absolute http or https URL.
    /// - Parameter url: the URL; user information is dropped, a fragment too.
    /// - Throws: `HTTPError.invalidURL` when it is not an absolute http or https URL, or has white space in it.
    package init(url: String) throws(HTTPError) {
        guard let mark = url.firstRange(of: "://"), url.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            throw .invalidURL("an absolute URL like https://host/path is needed")
        }
        scheme = url[..<mark.lowerBound].lowercased()
        guard scheme == "http" || scheme == "https" else {
            throw .invalidURL("scheme \"\(scheme)\" is not served: use http or https")
        }
        let rest = url[mark.upperBound...].prefix { $0 != "#" }
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        let authority = rest[..<end]
        let path = rest[end...]
        target = path.hasPrefix("/") ? String(path) : "/" + path

        let hostAndPort = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
        let afterBracket = hostAndPort.lastIndex(of: "]") ?? hostAndPort.startIndex
        if let colon = hostAndPort[afterBracket...].lastIndex(of: ":") {
            guard let number = Int(hostAndPort[hostAndPort.index(after: colon)...]), (1...65535).contains(number) else {
                throw .invalidURL("the port of \(hostAndPort) must be a number from 1 to 65535")
            }
            host = hostAndPort[..<colon].lowercased()
            port = number
        } else {
            host = hostAndPort.lowercased()
            port = scheme == "https" ? 443 : 80
        }
        guard !host.isEmpty else { throw .invalidURL("the host is missing") }
    }

    /// What the Host header says: the default port is left out.
    package var hostHeader: String {
        port == (scheme == "https" ? 443 : 80) ? host : "\(host):\(port)"
    }

    /// Whether the host is this machine itself.
    package var isLoopback: Bool {
        host == "localhost" || host.hasSuffix(".localhost") || host == "[::1]" || isLoopbackIPv4
    }

    package var description: String { "\(scheme)://\(host):\(port)" }

    private var isLoopbackIPv4: Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
