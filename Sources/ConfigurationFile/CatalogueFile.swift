package import Model
import Yams

/// Reads a file that says what can be bought: `shapes` and the `offerings` of their instance types, as JSON or YAML.
package enum CatalogueFile {
    /// A hundred times what a cloud's region offers.
    package static let limitBytes = 32 << 20

    /// Reads a file.
    /// - Parameter path: Where it is; messages name it so.
    /// - Returns: The market, checked.
    /// - Throws: `ConfigurationError` with everything that is wrong.
    package static func load(path: String) throws(ConfigurationError) -> Market {
        try parse(text: TextFile.read(path: path, limitBytes: limitBytes), file: path)
    }

    /// Reads the text of a file.
    /// - Parameters:
    ///   - text: JSON or YAML.
    ///   - file: What messages call it.
    /// - Returns: The market, checked.
    /// - Throws: `ConfigurationError` with everything that is wrong.
    package static func parse(text: String, file: String) throws(ConfigurationError) -> Market {
        let mistakes = MistakeList(file: file)
        var market = Market()
        if text.utf8.count > limitBytes {
            mistakes.add(nil, "", "is larger than \(limitBytes) bytes")
        } else {
            let documents = TextFile.documents(text, mistakes)
            if documents.count > 1 { mistakes.add(documents[1].mark, "", "is a second document; keep one") }
            if let document = documents.first, mistakes.mistakes.isEmpty {
                if let section = Section(Value(node: document, path: "", mistakes: mistakes)) {
                    market = CatalogueReader().market(section)
                }
            } else if mistakes.mistakes.isEmpty {
                mistakes.add(nil, "", "is empty; write shapes and offerings")
            }
        }
        try mistakes.throwIfAny()
        return market
    }
}
