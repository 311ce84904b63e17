import Foundation
package import Kubernetes

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
        var objects: [JSON] = []
        do {
            try Manifests.read(yaml: text, file: name, limitBytes: limitBytes) { objects.append($0.json) }
        } catch let error as ManifestError {
            throw .init(place: error.place, problem: error.problem)
        } catch {
            throw .init(place: name, problem: "\(error)")
        }
        return objects
    }
}
