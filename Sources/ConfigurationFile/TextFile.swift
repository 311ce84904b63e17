import Foundation
import Yams

/// A file of YAML, or of JSON, which is a part of it.
enum TextFile {
    /// - Parameters:
    ///   - path: Where it is; messages name it so.
    ///   - limitBytes: The size from which on it is not read to its end.
    /// - Returns: The text; of a file past the limit something that is past it too.
    /// - Throws: `ConfigurationError` when there is no such text.
    static func read(path: String, limitBytes: Int) throws(ConfigurationError) -> String {
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
        // A file past the limit may be cut within a character; it is refused for its size all the same.
        if data.count > limitBytes { return String(repeating: " ", count: limitBytes + 1) }
        guard let text = String(data: data, encoding: .utf8) else { throw failure("is not UTF-8 text") }
        return text
    }

    /// The documents of a text; what is no YAML is noted.
    static func documents(_ text: String, _ mistakes: MistakeList) -> [Yams.Node] {
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
