/// A request's address, taken apart as the API's conventions have it.
struct APIRequest: Sendable {
    /// What the path names.
    enum Target: Sendable, Equatable {
        /// Discovery, versions, health: everything that is no object.
        case path([String])
        case resource(Resource)
    }

    struct Resource: Sendable, Equatable {
        var kind: ResourceKind
        /// The version the client speaks.
        var apiVersion: String
        /// None for all namespaces or kinds that have none.
        var namespace: String?
        /// None for the whole collection.
        var name: String?
        var subresource: String?
    }

    let target: Target
    private let query: [String: String]

    /// Reads a path and a query.
    ///
    /// - Parameters:
    ///   - path: The path as sent.
    ///   - query: The query as sent, without its question mark.
    /// - Throws: `APIError.unknownPath` for what is not served, `badRequest` for what is no path or query.
    init(path: String, query: String) throws(APIError) {
        var segments = [String]()
        for segment in path.split(separator: "/") {
            guard let decoded = Self.decode(segment, plusIsSpace: false) else { throw .badRequest("invalid path") }
            segments.append(decoded)
        }
        var parameters = [String: String]()
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let key = Self.decode(parts[0], plusIsSpace: true),
                let value = Self.decode(parts.count > 1 ? parts[1] : "", plusIsSpace: true)
            else { throw .badRequest("invalid query: \(pair)") }
            parameters[key] = value
        }
        self.query = parameters
        target = try Self.target(segments, path: path)
    }

    subscript(parameter: String) -> String? { query[parameter] }

    /// Whether a parameter says yes.
    func isSet(_ parameter: String) -> Bool { query[parameter] == "true" || query[parameter] == "1" }

    private static func target(_ segments: [String], path: String) throws(APIError) -> Target {
        let apiVersion: String
        var rest: ArraySlice<String>
        switch segments.first {
        case "api" where segments.count > 2:
            apiVersion = segments[1]
            rest = segments[2...]
        case "apis" where segments.count > 3:
            apiVersion = "\(segments[1])/\(segments[2])"
            rest = segments[3...]
        default: return .path(segments)
        }
        var namespace: String?
        // "namespaces/NAME" and its subresources are the namespace itself.
        if rest.first == "namespaces", rest.count > 2, !["status", "finalize"].contains(rest[rest.startIndex + 2]) {
            namespace = rest[rest.startIndex + 1]
            rest = rest.dropFirst(2)
        }
        guard let plural = rest.first, rest.count <= 3,
            let kind = ResourceKind.find(apiVersion: apiVersion, plural: plural),
            kind.isNamespaced || namespace == nil, kind.isNamespaced == false || namespace != nil || rest.count == 1
        else { throw .unknownPath(path) }
        let parts = Array(rest)
        return .resource(
            Resource(
                kind: kind,
                apiVersion: apiVersion,
                namespace: namespace,
                name: parts.count > 1 ? parts[1] : nil,
                subresource: parts.count > 2 ? parts[2] : nil
            )
        )
    }

    /// Percent decoding; in a query a plus is a space.
    private static func decode(_ text: Substring, plusIsSpace: Bool) -> String? {
        var bytes = [UInt8]()
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst(), let low = rest.popFirst(), let first = digit(high),
                    let second = digit(low)
                else { return nil }
                bytes.append(first << 4 | second)
            case UInt8(ascii: "+") where plusIsSpace: bytes.append(UInt8(ascii: " "))
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        Character(Unicode.Scalar(byte)).hexDigitValue.map(UInt8.init)
    }
}
