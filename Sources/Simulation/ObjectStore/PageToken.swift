import Foundation
import Kubernetes

/// What a `continue` parameter says: the object the last page ended with, and the version of the first page.
struct PageToken: Sendable, Equatable {
    var resourceVersion: Int64
    private var namespace: String
    private var name: String

    init(after object: JSON, resourceVersion: Int64) {
        self.resourceVersion = resourceVersion
        namespace = object["metadata"]["namespace"].string ?? ""
        name = object["metadata"]["name"].string ?? ""
    }

    /// Reads a token; none when it is not one of ours.
    init?(text: String) {
        guard text.utf8.count < 2048, let data = Data(base64Encoded: text),
            let json = try? JSON(parsing: Array(data)), let version = json["rv"].integer,
            let namespace = json["namespace"].string, let name = json["name"].string
        else { return nil }
        resourceVersion = version
        self.namespace = namespace
        self.name = name
    }

    var text: String {
        let json: JSON = ["rv": .integer(resourceVersion), "namespace": .string(namespace), "name": .string(name)]
        return Data(json.bytes()).base64EncodedString()
    }

    /// Whether the object comes after the last page.
    func precedes(_ object: JSON) -> Bool {
        let metadata = object["metadata"]
        return (namespace, name) < (metadata["namespace"].string ?? "", metadata["name"].string ?? "")
    }
}
