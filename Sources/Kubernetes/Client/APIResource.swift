/// A kind of object as the API's paths name it.
package struct APIResource: Hashable, Sendable {
    /// `/api/v1` or `/apis/GROUP/VERSION`.
    package var prefix: String
    package var plural: String

    package init(prefix: String, plural: String) {
        self.prefix = prefix
        self.plural = plural
    }

    package static let pods = APIResource(prefix: "/api/v1", plural: "pods")
    package static let nodes = APIResource(prefix: "/api/v1", plural: "nodes")
    package static let jobs = APIResource(prefix: "/apis/batch/v1", plural: "jobs")
    package static let events = APIResource(prefix: "/api/v1", plural: "events")
    package static let leases = APIResource(prefix: "/apis/coordination.k8s.io/v1", plural: "leases")

    /// The path of all objects of the cluster, or of one.
    /// - Parameters:
    ///   - namespace: Nil for all namespaces and for what has none.
    ///   - name: Nil for all.
    ///   - subresource: Such as `status`.
    /// - Returns: The path from the server's root, percent-encoded.
    func path(namespace: String? = nil, name: String? = nil, subresource: String? = nil) -> String {
        let parts = (namespace.map { ["namespaces", $0] } ?? []) + [plural] + [name, subresource].compactMap(\.self)
        return parts.reduce(prefix) { "\($0)/\(Self.encoded($1))" }
    }

    /// Percent-encodes all but RFC 3986's unreserved characters.
    static func encoded(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                result += byte < 16 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return result
    }
}
