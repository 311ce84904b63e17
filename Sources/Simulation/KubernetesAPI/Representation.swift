import Kubernetes

/// How an object looks in the version a client speaks; stored objects are in their kind's first version.
enum Representation {
    /// What an event's fields are called in `v1` and in `events.k8s.io/v1`.
    private static let eventFields = [
        ("involvedObject", "regarding"), ("message", "note"), ("source", "deprecatedSource"),
        ("firstTimestamp", "deprecatedFirstTimestamp"), ("lastTimestamp", "deprecatedLastTimestamp"),
        ("count", "deprecatedCount"), ("reportingComponent", "reportingController"),
    ]

    /// A stored object, for a client.
    static func outgoing(_ object: JSON, _ resource: APIRequest.Resource) -> JSON {
        guard resource.apiVersion != resource.kind.apiVersion else { return object }
        var object = object
        object["apiVersion"] = .string(resource.apiVersion)
        if resource.kind == .events {
            for (core, new) in eventFields { rename(core, to: new, in: &object) }
        }
        return object
    }

    /// A client's object or patch, for the store.
    static func incoming(_ object: JSON, _ resource: APIRequest.Resource) -> JSON {
        guard resource.apiVersion != resource.kind.apiVersion, object.object != nil else { return object }
        var object = object
        if object["apiVersion"].string == resource.apiVersion {
            object["apiVersion"] = .string(resource.kind.apiVersion)
        }
        if resource.kind == .events {
            for (core, new) in eventFields { rename(new, to: core, in: &object) }
        }
        return object
    }

    /// A list's items say neither version nor kind; the list does.
    static func item(_ object: JSON, _ resource: APIRequest.Resource) -> JSON {
        var object = outgoing(object, resource)
        object["apiVersion"] = .null
        object["kind"] = .null
        return object
    }

    private static func rename(_ old: String, to new: String, in object: inout JSON) {
        let value = object[old]
        guard !value.isNull else { return }
        object[old] = .null
        object[new] = value
    }
}
