import Foundation
package import Kubernetes

import Yams

/// Kubernetes objects as people write them: YAML with any number of documents, or JSON, or a v1 List of either.
package enum Manifest {
    /// Far more than any manifest needs.
    private static let limitBytes = 4 << 20

    /// - Parameter path: of the file.
    /// - Returns: the objects in it, Lists taken apart.
    /// - Throws: `WorldConfigurationError`.
    package static func load(path: String) throws(WorldConfigurationError) -> [JSON] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw .init(place: path, problem: "cannot be read: check that the file exists")
        }
        return try parse(String(decoding: data, as: UTF8.self), name: path)
    }

    /// - Parameters:
    ///   - text: the file's.
    ///   - name: what messages call it.
    /// - Returns: the objects in it, Lists taken apart.
    /// - Throws: `WorldConfigurationError`.
    package static func parse(_ text: String, name: String) throws(WorldConfigurationError) -> [JSON] {
        guard text.utf8.count <= limitBytes else {
            throw .init(place: name, problem: "is larger than \(limitBytes) bytes")
        }
        var objects: [JSON] = []
        do {
            for node in try compose_all(yaml: text) { objects.append(json(node)) }
        } catch {
            throw .init(place: name, problem: "is not YAML: \(error)")
        }
        objects = objects.flatMap { $0["kind"].string == "List" ? $0["items"].elements : [$0] }.filter { !$0.isNull }
        for (index, object) in objects.enumerated() where object["kind"].string == nil {
            throw .init(place: name, problem: "object \(index + 1) has no kind")
        }
        return objects
    }

    /// Plain scalars are read as JSON reads them, so that `no` stays a word and `12:30:00` a text.
    static func json(_ node: Yams.Node) -> JSON {
        switch node {
        case .mapping(let mapping):
            return .object(
                Dictionary(mapping.map { ($0.key.string ?? "", json($0.value)) }, uniquingKeysWith: { _, last in last })
            )
        case .sequence(let sequence):
            return .array(sequence.map(json))
        case .scalar(let scalar):
            guard scalar.style == .plain || scalar.style == .any else { return .string(scalar.string) }
            switch scalar.string {
            case "", "~", "null": return .null
            case "true": return .bool(true)
            case "false": return .bool(false)
            default: break
            }
            if let integer = Int64(scalar.string) { return .integer(integer) }
            let isNumber = scalar.string.allSatisfy { $0.isASCII && ($0.isNumber || "+-.eE".contains($0)) }
            if isNumber, scalar.string.contains(where: \.isNumber), let number = Double(scalar.string) {
                return .number(number)
            }
            return .string(scalar.string)
        case .alias:
            return .null
        }
    }
}
