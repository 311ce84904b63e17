/// Where in a pod a request to save is answered: the annotation `checkpoint-url`. It never names a host, since whoever
/// may create a pod may write it; the address is always that pod's own.
package struct CheckpointURL: Hashable, Codable, Sendable {
    /// `http` or `https`.
    package var scheme: String
    package var port: Int
    /// Path and query, at least `/`.
    package var path: String

    private static let longestBytes = 1024

    /// Reads a port and a path, such as `:8080/checkpoint`; `https://:8443/checkpoint` asks for TLS. Nil when there is a
    /// host, user information, a fragment, or anything else that has no place in it.
    /// - Parameter text: as the annotation says it.
    package init?(_ text: String) {
        guard text.utf8.count <= Self.longestBytes,
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") && $0 != UInt8(ascii: "\\") })
        else { return nil }
        var rest = Substring(text)
        scheme = "http"
        for name in ["http", "https"] where text.hasPrefix("\(name)://") {
            scheme = name
            rest = text.dropFirst(name.count + 3)
        }
        guard rest.first == ":" else { return nil }
        rest = rest.dropFirst()
        let digits = rest.prefix { ("0"..."9").contains($0) }
        guard (1...5).contains(digits.count), let number = Int(digits), (1...65_535).contains(number) else {
            return nil
        }
        port = number
        let tail = rest[digits.endIndex...]
        guard tail.isEmpty || tail.hasPrefix("/") else { return nil }
        path = tail.isEmpty ? "/" : String(tail)
    }

    /// The URL at a pod's address.
    /// - Parameter pod: whose own address and declared ports count.
    /// - Returns: an absolute URL.
    /// - Throws: `CheckpointRefusal`, when the pod may not be asked there.
    package func url(of pod: Pod) throws(CheckpointRefusal) -> String {
        guard !pod.usesHostNetwork else { throw .hostNetwork }
        guard pod.containerPorts.contains(port) else { throw .undeclaredPort(port) }
        guard let address = pod.ip, Self.isAddress(address) else { throw .noAddress }
        return "\(scheme)://\(address.contains(":") ? "[\(address)]" : address):\(port)\(path)"
    }

    /// Digits, dots and colons alone: no name that somebody else could answer for.
    private static func isAddress(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 45
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
                    UInt8(ascii: "A")...UInt8(ascii: "F"), UInt8(ascii: "."), UInt8(ascii: ":"):
                    true
                default: false
                }
            } && text.contains { $0 == "." || $0 == ":" }
    }
}

/// Why a pod is not asked to save over HTTP.
package enum CheckpointRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    case noURL
    case hostNetwork
    case undeclaredPort(Int)
    case noAddress

    package var description: String {
        switch self {
        case .noURL:
            "it has no usable annotation \(Annotation.checkpointURL.key): say port and path, as in :8080/checkpoint"
        case .hostNetwork: "a pod on its node's network is not asked: run it on a network of its own"
        case .undeclaredPort(let port): "no container declares port \(port): add it to containers[].ports"
        case .noAddress: "it has no address yet"
        }
    }
}
