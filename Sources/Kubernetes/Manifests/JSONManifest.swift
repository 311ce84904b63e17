/// A JSON file of one object or of a list of them, read one object at a time: of a list of any length only the object
/// at hand is ever held.
struct JSONManifest {
    /// The API server keeps no object that is larger than etcd's limit of 1.5 MiB.
    private static let objectLimitBytes = 4 << 20
    private static let depthLimit = 128
    /// A mistake this near to the end of what was read may only be where the piece ends.
    private static let margin = 1024

    private var window: FileWindow
    private var position = 0

    init(_ window: FileWindow) {
        self.window = window
    }

    /// Reads to the end of the file.
    ///
    /// - Parameters:
    ///   - kind: What items are that say no kind of their own, as long as the list has not said its kind.
    ///   - body: Is given each object and its kind.
    /// - Throws: `ManifestError`, and what `body` throws.
    mutating func read(assuming kind: String?, _ body: (JSON, String) throws -> Void) throws {
        try parse { parser throws(JSONError) in try parser.requireToken(UInt8(ascii: "{"), "an object") }
        var fields: [String: JSON] = [:]
        var count: Int?
        var assumed: String?
        if try !takes("}") {
            repeat {
                let name = try parse { parser throws(JSONError) in try parser.fieldName() }
                if name == "items", try takes("[") {
                    let listKind = fields["kind"]?.string
                    assumed = listKind == nil ? kind : nil
                    count = try readItems(of: listKind ?? kind.map { "\($0)List" } ?? "List", from: count ?? 0, body)
                } else {
                    fields[name] = try parse { parser throws(JSONError) in try parser.value() }
                }
            } while try takes(",")
            try parse { parser throws(JSONError) in
                try parser.requireToken(UInt8(ascii: "}"), "a comma or a closing brace")
            }
        }
        guard try parse({ $0.isAtEnd() }) else {
            throw failure("holds more after its first value: write a v1 List")
        }
        guard count != nil else {
            try Self.unfold(JSON.object(fields), as: nil, depth: 0, failure: failure, body)
            return
        }
        guard let listKind = fields["kind"]?.string, listKind.hasSuffix("List") else {
            throw failure("has items but is no list: its kind must be List")
        }
        if let assumed, listKind != "List", listKind != "\(assumed)List" {
            throw failure("is a \(listKind) whose items say no kind: write the list's kind before its items")
        }
    }

    private mutating func readItems(
        of listKind: String,
        from first: Int,
        _ body: (JSON, String) throws -> Void
    ) throws -> Int {
        var count = first
        guard try !takes("]") else { return count }
        let kind = Manifests.itemKind(of: listKind)
        repeat {
            let item = try parse { parser throws(JSONError) in try parser.value(depth: 2) }
            let file = window.path
            let index = count
            try Self.unfold(
                item,
                as: kind,
                depth: 1,
                failure: { ManifestError(file: file, problem: "items[\(index)] \($0)") },
                body
            )
            count += 1
        } while try takes(",")
        try parse { parser throws(JSONError) in
            try parser.requireToken(UInt8(ascii: "]"), "a comma or a closing bracket")
        }
        return count
    }

    /// Lists within lists are taken apart.
    static func unfold(
        _ json: JSON,
        as kind: String?,
        depth: Int,
        failure: (String) -> ManifestError,
        _ body: (JSON, String) throws -> Void
    ) throws {
        guard json.object != nil else { throw failure("is no object") }
        guard let kind = json["kind"].string ?? kind else { throw failure("has no kind") }
        guard kind.hasSuffix("List"), let items = json["items"].array else {
            try body(json, kind)
            return
        }
        guard depth < 8 else { throw failure("holds lists within lists within lists") }
        for (index, item) in items.enumerated() {
            try unfold(
                item,
                as: Manifests.itemKind(of: kind),
                depth: depth + 1,
                failure: { failure("items[\(index)] \($0)") },
                body
            )
        }
    }

    private func failure(_ problem: String) -> ManifestError { ManifestError(file: window.path, problem: problem) }

    private mutating func takes(_ token: Unicode.Scalar) throws -> Bool {
        try parse { $0.takeToken(UInt8(ascii: token)) }
    }

    /// Parses at the position, and again with more of the file where the end of what is held came in between.
    private mutating func parse<Result>(
        _ body: (inout JSONParser) throws(JSONError) -> Result
    ) throws(ManifestError) -> Result {
        while true {
            do throws(JSONError) {
                var parser = JSONParser(bytes: window.bytes, depthLimit: Self.depthLimit, position: position)
                let result = try body(&parser)
                if parser.position < window.bytes.count || window.isAtEnd {
                    position = parser.position
                    return result
                }
            } catch {
                let isCut = (error.offset ?? 0) + Self.margin >= window.bytes.count
                if window.isAtEnd || !isCut { throw failure(error.shifted(by: window.offset).description) }
            }
            guard window.bytes.count - position <= Self.objectLimitBytes else {
                throw failure("an object from byte \(window.offset + position) on is larger than 4 MiB")
            }
            try window.readMore(after: position)
            position = 0
        }
    }
}
