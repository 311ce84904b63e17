package import Kubernetes

extension ObjectStore {
    /// Creates an object as the API server does: with a name, a uid, defaults and checks.
    ///
    /// - Parameters:
    ///   - object: The object; `apiVersion` and `kind` may be absent.
    ///   - kind: Its kind.
    ///   - namespace: Its namespace; else the object's own, else `default`.
    ///   - now: Its creation time.
    /// - Returns: The object as stored.
    /// - Throws: `APIError` for a name that is taken, a namespace that does not exist, or fields that are wrong.
    @discardableResult
    package mutating func create(
        _ object: JSON,
        as kind: ResourceKind,
        in namespace: String? = nil,
        now: Int64
    ) throws(APIError) -> JSON {
        guard object.object != nil else { throw .badRequest("the object provided is not a JSON object") }
        var object = object
        try claimType(of: &object, as: kind)
        var metadata = object["metadata"]
        if kind.isNamespaced {
            let own = metadata["namespace"].string.flatMap { $0.isEmpty ? nil : $0 }
            let chosen = namespace ?? own ?? "default"
            guard own == nil || own == chosen else {
                throw .badRequest(
                    "the namespace of the provided object does not match the namespace sent on the request"
                )
            }
            guard find(.namespaces, chosen) != nil else { throw .notFound(.namespaces, name: chosen) }
            metadata["namespace"] = .string(chosen)
        } else {
            metadata["namespace"] = .null
        }
        let name = metadata["name"].string ?? ""
        if name.isEmpty, let prefix = metadata["generateName"].string, !prefix.isEmpty {
            metadata["name"] = .string(freeName(prefix, kind, metadata["namespace"].string ?? ""))
        }
        for field in ["deletionTimestamp", "deletionGracePeriodSeconds", "resourceVersion", "selfLink"] {
            metadata[field] = .null
        }
        metadata["uid"] = .string(nextUID())
        metadata["creationTimestamp"] = .string(RFC3339.string(now))
        metadata["generation"] = kind.countsGenerations ? 1 : .null
        object["metadata"] = metadata
        if kind == .pods { object["status"] = .null }
        if kind.countsGenerations { object["status"] = .emptyObject }
        applyDefaults(to: &object, kind: kind)
        try ObjectValidation.check(object, kind: kind)
        let place = place(kind, object)
        guard find(place) == nil else { throw .alreadyExists(kind, name: place.name) }
        let stored = put(object, at: place)
        if kind == .events { expireEvents(adding: place, now: now) }
        refreshDisruptionBudgets(after: place, now: now)
        return find(place) ?? stored
    }

    /// Replaces an object (PUT).
    ///
    /// - Parameters:
    ///   - object: The new state; with a resource version it must be the present one's.
    ///   - kind: Its kind.
    ///   - namespace: Its namespace, for kinds that have one.
    ///   - name: Its name.
    ///   - subresource: Which part to replace; the other stays as it is.
    ///   - now: The time.
    /// - Returns: The object as stored.
    /// - Throws: `APIError`, among them `conflict` when the object changed since it was read.
    @discardableResult
    package mutating func update(
        _ object: JSON,
        as kind: ResourceKind,
        in namespace: String = "",
        _ name: String,
        subresource: Subresource = .main,
        now: Int64
    ) throws(APIError) -> JSON {
        let present = try get(kind, in: namespace, name)
        var object = object
        try claimType(of: &object, as: kind)
        guard object["metadata"]["name"].string == name else {
            throw .badRequest("the name of the object does not match the name on the URL (\(name))")
        }
        return try write(object, over: present, kind: kind, subresource: subresource, now: now)
    }

    /// Patches an object.
    ///
    /// - Parameters:
    ///   - kind: Its kind.
    ///   - namespace: Its namespace, for kinds that have one.
    ///   - name: Its name.
    ///   - patch: What to change.
    ///   - subresource: Which part may change.
    ///   - now: The time.
    /// - Returns: The object as stored.
    /// - Throws: `APIError`, among them `conflict` when the patch names an older resource version.
    @discardableResult
    package mutating func patch(
        _ kind: ResourceKind,
        in namespace: String = "",
        _ name: String,
        _ patch: Patch,
        subresource: Subresource = .main,
        now: Int64
    ) throws(APIError) -> JSON {
        let present = try get(kind, in: namespace, name)
        let patched: JSON
        do {
            patched = try patch.applied(to: present)
        } catch {
            throw .invalid(kind, name: name, causes: [.init(field: "patch", message: error.message)])
        }
        guard patched["metadata"]["name"].string == name else {
            throw .badRequest("the name of the object does not match the name on the URL (\(name))")
        }
        return try write(patched, over: present, kind: kind, subresource: subresource, now: now)
    }

    /// Changes an object in place, any part of it: the way of the world's own controllers, which are never late and
    /// therefore never in conflict.
    ///
    /// - Parameters:
    ///   - kind: Its kind.
    ///   - namespace: Its namespace, for kinds that have one.
    ///   - name: Its name.
    ///   - now: The time.
    ///   - change: Changes the object; identity and resource version are kept whatever it does.
    /// - Returns: The object as stored.
    /// - Throws: `APIError.notFound`.
    @discardableResult
    package mutating func modify(
        _ kind: ResourceKind,
        in namespace: String = "",
        _ name: String,
        now: Int64,
        _ change: (inout JSON) -> Void
    ) throws(APIError) -> JSON {
        let present = try get(kind, in: namespace, name)
        var object = present
        change(&object)
        keepIdentity(of: present, in: &object)
        return settle(object, over: present, kind: kind, now: now)
    }
}

extension ObjectStore {
    /// Checks a new state of an object against the present one and stores what may change.
    private mutating func write(
        _ proposed: JSON,
        over present: JSON,
        kind: ResourceKind,
        subresource: Subresource,
        now: Int64
    ) throws(APIError) -> JSON {
        let name = present["metadata"]["name"].string ?? ""
        let version = proposed["metadata"]["resourceVersion"].string ?? ""
        guard version.isEmpty || version == present["metadata"]["resourceVersion"].string else {
            throw .conflict(
                kind,
                name: name,
                message:
                    "the object has been modified; please apply your changes to the latest version and try again"
            )
        }
        if let uid = proposed["metadata"]["uid"].string, uid != present["metadata"]["uid"].string {
            throw .conflict(
                kind,
                name: name,
                message: "Precondition failed: UID in precondition: \(uid), UID in object meta: "
                    + (present["metadata"]["uid"].string ?? "")
            )
        }
        var object = proposed
        switch subresource {
        case .status:
            object = present
            object["metadata"] = proposed["metadata"]
            object["status"] = proposed["status"]
        case .main where kind.hasStatus: object["status"] = present["status"]
        case .main: break
        }
        keepIdentity(of: present, in: &object)
        applyDefaults(to: &object, kind: kind)
        try ObjectValidation.check(object, kind: kind)
        try ObjectValidation.checkChange(from: present, to: object, kind: kind)
        return settle(object, over: present, kind: kind, now: now)
    }

    /// Stores a changed object, or lets it go when it only waited for its finalizers.
    private mutating func settle(_ object: JSON, over present: JSON, kind: ResourceKind, now: Int64) -> JSON {
        var object = object
        if kind.countsGenerations, object["spec"] != present["spec"] {
            object["metadata"]["generation"] = .integer((present["metadata"]["generation"].integer ?? 0) + 1)
        }
        let place = place(kind, object)
        let stored = put(object, at: place)
        if isDone(stored, kind: kind) {
            return remove(place, now: now) ?? stored
        }
        refreshDisruptionBudgets(after: place, now: now)
        return find(place) ?? stored
    }

    /// What no write may change.
    private func keepIdentity(of present: JSON, in object: inout JSON) {
        object["apiVersion"] = present["apiVersion"]
        object["kind"] = present["kind"]
        let system = [
            "name", "namespace", "generateName", "uid", "creationTimestamp", "resourceVersion", "generation",
            "deletionTimestamp", "deletionGracePeriodSeconds",
        ]
        for field in system { object["metadata"][field] = present["metadata"][field] }
    }

    private func claimType(of object: inout JSON, as kind: ResourceKind) throws(APIError) {
        if let own = object["kind"].string, own != kind.kind {
            throw .badRequest(
                "\(own) in version \"\(object["apiVersion"].string ?? "")\" cannot be handled as a \(kind.kind)"
            )
        }
        if let own = object["apiVersion"].string, !kind.apiVersions.contains(own) {
            throw .badRequest(
                "the API version in the data (\(own)) does not match the expected API version (\(kind.apiVersion))"
            )
        }
        object["kind"] = .string(kind.kind)
        object["apiVersion"] = .string(kind.apiVersion)
    }

    private mutating func freeName(_ prefix: String, _ kind: ResourceKind, _ namespace: String) -> String {
        // The API server cuts the prefix so that the name stays a valid label (63 characters).
        let prefix = String(prefix.prefix(58))
        var name = prefix + nextSuffix()
        while find(kind, in: namespace, name) != nil { name = prefix + nextSuffix() }
        return name
    }
}
