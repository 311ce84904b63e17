import Kubernetes

/// What can be done with the objects that a request names.
struct ResourceOperations<Front: ClusterFront>: Sendable {
    let front: Front
    let api: APIRequest
    let resource: APIRequest.Resource

    /// Which objects a list, a watch or a collection's deletion is about.
    static func selection(_ api: APIRequest, _ resource: APIRequest.Resource) throws(APIError) -> Selection {
        Selection(
            namespace: resource.namespace,
            labels: try LabelSelector(query: api["labelSelector"] ?? ""),
            fields: try FieldSelector(query: api["fieldSelector"] ?? "", kind: resource.kind)
        )
    }

    func list(_ table: Table?) async throws -> JSON {
        let selection = try Self.selection(api, resource)
        guard let limit = Int(api["limit"] ?? "0"), limit >= 0 else {
            throw APIError.badRequest("limit must be a number, not \"\(api["limit"] ?? "")\"")
        }
        let continueToken = api["continue"].flatMap { $0.isEmpty ? nil : $0 }
        let kind = resource.kind
        let (list, now) = try await front.withStore { store, now in
            (try store.list(kind, selection, limit: limit, continueToken: continueToken), now)
        }
        var metadata: JSON = ["resourceVersion": .string(String(list.resourceVersion))]
        metadata["continue"] = JSON(list.continueToken)
        if let remaining = list.remaining { metadata["remainingItemCount"] = JSON(remaining) }
        if let table { return table.rendered(list.items, metadata: metadata, now: now) }
        return [
            "kind": .string(kind.kind + "List"), "apiVersion": .string(resource.apiVersion), "metadata": metadata,
            "items": .array(list.items.map { Representation.item($0, resource) }),
        ]
    }

    func get(_ name: String, _ table: Table?) async throws -> JSON {
        let (object, now) = try await front.withStore { [resource] store, now in
            (try store.get(resource.kind, in: resource.namespace ?? "", name), now)
        }
        guard let table else { return Representation.outgoing(object, resource) }
        let metadata: JSON = ["resourceVersion": object["metadata"]["resourceVersion"]]
        return table.rendered([object], metadata: metadata, now: now)
    }

    func create(_ body: JSON) async throws -> JSON {
        let object = Representation.incoming(body, resource)
        return try await write { [resource] store, now in
            try store.create(object, as: resource.kind, in: resource.namespace, now: now)
        }
    }

    func update(_ name: String, _ body: JSON) async throws -> JSON {
        let object = Representation.incoming(body, resource)
        return try await write { [resource, subresource] store, now in
            try store.update(
                object,
                as: resource.kind,
                in: resource.namespace ?? "",
                name,
                subresource: subresource,
                now: now
            )
        }
    }

    func patch(_ name: String, _ body: JSON, type: String) async throws -> JSON {
        let patch: Patch
        switch type {
        case "application/merge-patch+json": patch = .merge(Representation.incoming(body, resource))
        case "application/strategic-merge-patch+json": patch = .strategic(Representation.incoming(body, resource))
        case "application/json-patch+json": patch = .json(body)
        default:
            throw APIError.unsupportedMediaType(
                "the body of the request was in an unknown format - accepted media types include: "
                    + "application/json-patch+json, application/merge-patch+json, "
                    + "application/strategic-merge-patch+json"
            )
        }
        return try await write { [resource, subresource] store, now in
            try store.patch(
                resource.kind,
                in: resource.namespace ?? "",
                name,
                patch,
                subresource: subresource,
                now: now
            )
        }
    }

    func delete(_ name: String, _ body: JSON) async throws -> JSON {
        let options = try deleteOptions(body)
        let (object, isGone) = try await change { [resource] store, now in
            let namespace = resource.namespace ?? ""
            let object = try store.delete(resource.kind, in: namespace, name, options, now: now)
            return (object, store.find(resource.kind, in: namespace, name) == nil)
        }
        guard isGone, resource.kind != .pods else { return Representation.outgoing(object, resource) }
        var details: JSON = [
            "name": .string(name), "kind": .string(resource.kind.plural), "uid": object["metadata"]["uid"],
        ]
        if !resource.kind.group.isEmpty { details["group"] = .string(resource.kind.group) }
        return Self.success(200, details)
    }

    func deleteAll(_ body: JSON) async throws -> JSON {
        let selection = try Self.selection(api, resource)
        let options = try deleteOptions(body)
        let kind = resource.kind
        let (objects, version) = try await change { store, now in
            (try store.deleteAll(kind, selection, options, now: now), store.resourceVersion)
        }
        return [
            "kind": .string(kind.kind + "List"), "apiVersion": .string(resource.apiVersion),
            "metadata": ["resourceVersion": .string(String(version))],
            "items": .array(objects.map { Representation.item($0, resource) }),
        ]
    }

    func evict(_ name: String, _ body: JSON) async throws -> JSON {
        guard body["kind"].string ?? "Eviction" == "Eviction" else {
            throw APIError.badRequest("\(body["kind"]) cannot be handled as an Eviction")
        }
        try checkName(name, body)
        let options = try deleteOptions(body["deleteOptions"])
        try await change { [resource] store, now in
            try store.evict(pod: name, in: resource.namespace ?? "", options, now: now)
        }
        return Self.success(201, .null)
    }

    func bind(_ name: String, _ body: JSON) async throws -> JSON {
        try checkName(name, body)
        guard let node = body["target"]["name"].string, !node.isEmpty else {
            throw APIError.badRequest("target.name: Required value")
        }
        _ = try await change { [resource] store, now in
            try store.bind(pod: name, in: resource.namespace ?? "", to: node, now: now)
        }
        return Self.success(201, .null)
    }

    private var subresource: Subresource { resource.subresource == "status" ? .status : .main }

    private func checkName(_ name: String, _ body: JSON) throws(APIError) {
        guard body["metadata"]["name"].string ?? name == name else {
            throw .badRequest("the name of the object does not match the name on the URL (\(name))")
        }
    }

    /// From the body or, as some clients have it, from the query.
    private func deleteOptions(_ body: JSON) throws(APIError) -> DeleteOptions {
        var object = body
        if let text = api["gracePeriodSeconds"] {
            guard let seconds = Int64(text) else { throw .badRequest("gracePeriodSeconds: \"\(text)\" is no number") }
            object.setDefault("gracePeriodSeconds", .integer(seconds))
        }
        if let policy = api["propagationPolicy"] { object.setDefault("propagationPolicy", .string(policy)) }
        return try DeleteOptions(object: object)
    }

    /// Changes the store, or with `dryRun=All` a copy of it.
    @discardableResult
    private func change<Value: Sendable>(
        _ body: @Sendable (inout ObjectStore, Int64) throws -> Value
    ) async throws -> Value {
        guard api["dryRun"] == "All" else { return try await front.withStore(body) }
        return try await front.withStore { store, now in
            var copy = store
            return try body(&copy, now)
        }
    }

    private func write(_ body: @Sendable (inout ObjectStore, Int64) throws -> JSON) async throws -> JSON {
        Representation.outgoing(try await change(body), resource)
    }

    private static func success(_ code: Int, _ details: JSON) -> JSON {
        var status: JSON = [
            "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success", "code": JSON(code),
        ]
        status["details"] = details
        return status
    }
}
