import Yams

/// Kubernetes objects as people and kubectl write them: YAML with any number of documents, or JSON; single objects or
/// lists of them.
package enum Manifests {
    /// YAML is held as a whole while it is read, and takes many times its size: what is larger than this is better
    /// written as JSON, which is read piece by piece.
    package static let yamlLimitBytes = 16 << 20

    /// Reads a file and hands out its objects one at a time, lists taken apart.
    ///
    /// - Parameters:
    ///   - path: Of the file; messages name it so.
    ///   - kind: What the items of a list are that say no kind of their own, before the list has said its own kind.
    ///   - body: Is given each object.
    /// - Throws: `ManifestError`, and what `body` throws.
    package static func read(path: String, assuming kind: String? = nil, _ body: (ManifestObject) throws -> Void) throws
    {
        var window = try FileWindow(path: path)
        if window.first == UInt8(ascii: "{") {
            var manifest = JSONManifest(window)
            try manifest.read(assuming: kind) { json, kind in
                try body(ManifestObject(file: path, kind: kind, json: json, node: nil))
            }
            return
        }
        while !window.isAtEnd, window.bytes.count <= yamlLimitBytes { try window.readMore(after: 0) }
        guard let text = String(validating: window.bytes, as: UTF8.self) else {
            throw window.bytes.count > yamlLimitBytes
                ? tooLarge(path, yamlLimitBytes) : ManifestError(file: path, problem: "is not UTF-8 text")
        }
        try read(yaml: text, file: path, body)
    }

    /// Reads the text of a YAML file and hands out its objects one at a time, lists taken apart.
    ///
    /// - Parameters:
    ///   - text: YAML; JSON is a part of it.
    ///   - file: What messages call it.
    ///   - limitBytes: The size beyond which nothing is read.
    ///   - body: Is given each object.
    /// - Throws: `ManifestError`, and what `body` throws.
    package static func read(
        yaml text: String,
        file: String,
        limitBytes: Int = yamlLimitBytes,
        _ body: (ManifestObject) throws -> Void
    ) throws {
        guard text.utf8.count <= limitBytes else { throw tooLarge(file, limitBytes) }
        var allowance = YAMLAllowance()
        for node in try documents(text, file: file) where !node.isEmptyDocument {
            try unfold(node, kind: nil, file: file, depth: 0, &allowance, body)
        }
    }

    /// What the items of a list of that kind are; nil where a `List` leaves it to each of them.
    static func itemKind(of listKind: String) -> String? {
        listKind == "List" ? nil : String(listKind.dropLast("List".count))
    }

    private static func unfold(
        _ node: Yams.Node,
        kind: String?,
        file: String,
        depth: Int,
        _ allowance: inout YAMLAllowance,
        _ body: (ManifestObject) throws -> Void
    ) throws {
        func failure(_ problem: String) -> ManifestError {
            ManifestError(file: file, line: node.mark?.line, problem: problem)
        }
        guard let mapping = node.mapping else { throw failure("is no object") }
        guard let kind = mapping["kind"]?.string ?? kind else { throw failure("an object has no kind") }
        if kind.hasSuffix("List"), let items = mapping["items"]?.sequence {
            guard depth < 8 else { throw failure("holds lists within lists within lists") }
            for item in items {
                try unfold(item, kind: itemKind(of: kind), file: file, depth: depth + 1, &allowance, body)
            }
            return
        }
        guard var json = JSON(yaml: node, &allowance) else {
            throw failure("has too many or too deeply nested values, its aliases written out")
        }
        json.setDefault("kind", .string(kind))
        try body(ManifestObject(file: file, kind: kind, json: json, node: node))
    }

    private static func tooLarge(_ file: String, _ limit: Int) -> ManifestError {
        ManifestError(file: file, problem: "is YAML of more than \(limit) bytes: write it as a JSON List")
    }

    private static func documents(_ text: String, file: String) throws(ManifestError) -> [Yams.Node] {
        var nodes: [Yams.Node] = []
        do {
            var documents = try Yams.compose_all(yaml: text)
            while let node = documents.next() { nodes.append(node) }
            if let error = documents.error { throw error }
        } catch YamlError.scanner(_, let problem, let mark, _), YamlError.parser(_, let problem, let mark, _),
            YamlError.composer(_, let problem, let mark, _)
        {
            throw ManifestError(file: file, line: mark.line, problem: "is not YAML: \(problem)")
        } catch YamlError.duplicatedKeysInMapping(let keys, let context) {
            let names = keys.map { "\"\($0)\"" }.joined(separator: ", ")
            throw ManifestError(
                file: file,
                line: context.mark.line,
                problem: "\(names) is written more than once in the same map"
            )
        } catch YamlError.reader(let problem, _, _, _) {
            throw ManifestError(file: file, problem: "is not YAML: \(problem)")
        } catch {
            throw ManifestError(file: file, problem: "is not YAML")
        }
        return nodes
    }
}

extension Yams.Node {
    /// Nothing stands between two separators.
    fileprivate var isEmptyDocument: Bool {
        guard let scalar else { return false }
        return scalar.style == .plain && ["", "~", "null"].contains(scalar.string)
    }
}
