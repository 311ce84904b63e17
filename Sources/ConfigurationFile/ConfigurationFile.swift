import Foundation
package import Model
import Yams

/// Reads the operator's YAML file: `apiVersion: gleaner.dev/v1`, `kind: GleanerConfiguration`.
///
/// A file may hold several documents; one of kind `WorldConfiguration` belongs to the embedded world and is left to it.
package enum ConfigurationFile {
    /// Far more than any configuration needs.
    package static let limitBytes = 1 << 20

    private static let apiVersion = "gleaner.dev/v1"
    private static let kind = "GleanerConfiguration"
    private static let worldKind = "WorldConfiguration"

    /// Reads a file.
    /// - Parameter path: Where it is; messages name it so.
    /// - Returns: The configuration, checked.
    /// - Throws: `ConfigurationError` with everything that is wrong.
    package static func load(path: String) throws(ConfigurationError) -> GleanerConfiguration {
        func failure(_ problem: String) -> ConfigurationError {
            ConfigurationError(mistakes: [Mistake(file: path, path: "", problem: problem)])
        }
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw failure("there is no such file")
        }
        guard !isFolder.boolValue, let handle = FileHandle(forReadingAtPath: path) else {
            throw failure(isFolder.boolValue ? "is a folder, not a file" : "cannot be read: check its permissions")
        }
        defer { try? handle.close() }
        guard let data = try? handle.read(upToCount: limitBytes + 1) ?? Data() else {
            throw failure("cannot be read: check its permissions")
        }
        guard let text = String(data: data.prefix(limitBytes + 1), encoding: .utf8) ?? oversized(data) else {
            throw failure("is not UTF-8 text")
        }
        return try parse(text: text, file: path)
    }

    /// A file past the limit may be cut within a character; `parse` refuses it for its size all the same.
    private static func oversized(_ data: Data) -> String? {
        data.count > limitBytes ? String(repeating: " ", count: limitBytes + 1) : nil
    }

    /// Reads the text of a file.
    /// - Parameters:
    ///   - text: YAML.
    ///   - file: What messages call it.
    /// - Returns: The configuration, checked.
    /// - Throws: `ConfigurationError` with everything that is wrong.
    package static func parse(text: String, file: String) throws(ConfigurationError) -> GleanerConfiguration {
        let mistakes = MistakeList(file: file)
        var configuration: GleanerConfiguration?
        if text.utf8.count > limitBytes {
            mistakes.add(nil, "", "is larger than \(limitBytes) bytes")
        } else if let document = document(text, mistakes) {
            configuration = ConfigurationReader(mistakes).configuration(document)
        }
        try mistakes.throwIfAny()
        guard let configuration else {
            throw ConfigurationError(mistakes: [Mistake(file: file, path: "", problem: "holds no \(kind)")])
        }
        return configuration
    }

    /// The document of our kind, its head checked.
    private static func document(_ text: String, _ mistakes: MistakeList) -> Section? {
        var found: Section?
        for node in nodes(text, mistakes) {
            let value = Value(node: node, path: "", mistakes: mistakes)
            if value.isNull { continue }
            guard let section = Section(value) else { continue }
            guard let kind = section["kind"] else {
                mistakes.add(node.mark, "kind", "is missing; write kind: \(self.kind)")
                continue
            }
            if kind.node.scalar?.string == worldKind { continue }
            guard kind.choice([self.kind, worldKind]) != nil else { continue }
            _ = section.required("apiVersion")?.choice([apiVersion])
            if found != nil { kind.refuse("a second \(self.kind) in one file; keep one") }
            found = found ?? section
        }
        if found == nil, mistakes.mistakes.isEmpty { mistakes.add(nil, "", "holds no \(kind)") }
        return found
    }

    private static func nodes(_ text: String, _ mistakes: MistakeList) -> [Yams.Node] {
        var nodes = [Yams.Node]()
        do {
            var documents = try Yams.compose_all(yaml: text)
            while let node = documents.next() { nodes.append(node) }
            if let error = documents.error { throw error }
        } catch YamlError.scanner(_, let problem, let mark, _), YamlError.parser(_, let problem, let mark, _),
            YamlError.composer(_, let problem, let mark, _)
        {
            mistakes.add(mark, "", "is not YAML: \(problem)")
        } catch YamlError.duplicatedKeysInMapping(let keys, let context) {
            for key in keys { mistakes.add(context.mark, key, "is written more than once in the same map") }
        } catch YamlError.reader(let problem, _, _, _) {
            mistakes.add(nil, "", "is not YAML: \(problem)")
        } catch {
            mistakes.add(nil, "", "is not YAML")
        }
        return nodes
    }
}
