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
        try parse(text: TextFile.read(path: path, limitBytes: limitBytes), file: path)
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
        for node in TextFile.documents(text, mistakes) {
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
}
