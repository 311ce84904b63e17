package import Kubernetes

/// A change to an object in one of the forms that the API takes.
package enum Patch: Sendable, Hashable {
    /// RFC 7396: objects merge, `null` removes, everything else replaces.
    case merge(JSON)
    /// RFC 6902: a list of operations.
    case json(JSON)
    /// A merge that knows the lists whose elements have names.
    case strategic(JSON)

    /// Why a patch does not apply.
    package struct Failure: Error, Equatable {
        package var message: String
    }

    /// The object with the patch applied.
    ///
    /// - Parameter object: The object as it is.
    /// - Returns: The object as it shall be.
    /// - Throws: `Failure` when a JSON patch's test fails or a path does not exist.
    package func applied(to object: JSON) throws(Failure) -> JSON {
        switch self {
        case .merge(let patch): return Self.merged(object, patch)
        case .json(let operations): return try JSONPatch.apply(operations, to: object)
        case .strategic(let patch): return StrategicMerge.merged(object, patch)
        }
    }

    static func merged(_ target: JSON, _ patch: JSON) -> JSON {
        guard case .object(let changes) = patch else { return patch }
        var fields = target.fields
        for (key, change) in changes {
            fields[key] = change.isNull ? nil : merged(fields[key] ?? .null, change)
        }
        return .object(fields)
    }
}
