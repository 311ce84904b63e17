package import Kubernetes

/// One entry of the store's change log.
package struct Change: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable {
        case added = "ADDED"
        case modified = "MODIFIED"
        case deleted = "DELETED"
    }

    package var type: Kind
    package var kind: ResourceKind
    /// Empty for objects outside namespaces.
    package var namespace: String
    package var name: String
    /// The object as it was; none when it was added.
    package var before: JSON?
    /// The object as it is; when it was deleted, its last state under the deletion's resource version.
    package var object: JSON
    package var resourceVersion: Int64
}

/// What a watch tells: a change as seen through a selection.
package struct WatchEvent: Sendable, Hashable {
    package var type: Change.Kind
    package var object: JSON
}
