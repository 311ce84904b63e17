import Foundation
package import HTTPTransport

/// Speaks the Kubernetes API: JSON in, JSON out, every answer bounded. What an object means is for others to read.
package final class KubernetesClient: Sendable {
    /// How a PATCH body is applied.
    package enum PatchKind: String, Sendable {
        case merge = "application/merge-patch+json"
        /// Merges lists such as conditions by their key; only for built-in kinds.
        case strategicMerge = "application/strategic-merge-patch+json"
    }

    /// One object, or a status.
    static let objectLimitBytes = 8 << 20
    /// One page of a list: 500 pods of the largest size that etcd takes would be more, but none are.
    static let pageLimitBytes = 128 << 20
    static let pageSize = 500

    let access: KubernetesAccess
    let retries: RetryPolicy
    let timeout: Duration
    let watching: WatchHabits
    let credentials: CredentialSource
    let connection: Connection
    let evictions = EvictionVersion()

    /// - Parameters:
    ///   - access: Where the server is and as whom to speak.
    ///   - retries: For every call, and for the opening of a watch.
    ///   - timeout: Of one attempt; for a watch, until it opens.
    ///   - watching: How long a watch may last and how long it may be silent.
    package init(
        _ access: KubernetesAccess,
        retries: RetryPolicy = RetryPolicy(),
        timeout: Duration = .seconds(30),
        watching: WatchHabits = WatchHabits()
    ) {
        self.access = access
        self.retries = retries
        self.timeout = timeout
        self.watching = watching
        credentials = CredentialSource(access.credential)
        connection = Connection(access)
    }

    package func get(
        _ resource: APIResource,
        namespace: String? = nil,
        name: String
    ) async throws(KubernetesError) -> JSON {
        try await call("GET", resource.path(namespace: namespace, name: name))
    }

    /// Nil where there is none.
    func find(
        _ resource: APIResource,
        namespace: String? = nil,
        name: String
    ) async throws(KubernetesError) -> JSON? {
        do throws(KubernetesError) {
            return try await get(resource, namespace: namespace, name: name)
        } catch {
            guard error.code == 404 else { throw error }
            return nil
        }
    }

    /// Makes an object.
    /// - Parameters:
    ///   - resource: Its kind.
    ///   - namespace: Nil for what has none.
    ///   - object: All of it.
    /// - Returns: The object as the server stores it.
    /// - Throws: `KubernetesError`, with code 409 when there is one of that name.
    package func create(
        _ resource: APIResource,
        namespace: String? = nil,
        _ object: JSON
    ) async throws(KubernetesError) -> JSON {
        try await call("POST", resource.path(namespace: namespace), body: object)
    }

    /// Writes an object as a whole.
    /// - Parameters:
    ///   - resource: Its kind.
    ///   - namespace: Nil for what has none.
    ///   - name: Its name.
    ///   - subresource: Such as `status`.
    ///   - object: All of it; the call fails with 409 when somebody wrote it since `metadata.resourceVersion`.
    /// - Returns: The object as the server stores it.
    /// - Throws: `KubernetesError`.
    package func replace(
        _ resource: APIResource,
        namespace: String? = nil,
        name: String,
        subresource: String? = nil,
        _ object: JSON
    ) async throws(KubernetesError) -> JSON {
        try await call("PUT", resource.path(namespace: namespace, name: name, subresource: subresource), body: object)
    }

    package func patch(
        _ resource: APIResource,
        namespace: String? = nil,
        name: String,
        subresource: String? = nil,
        _ patch: JSON,
        as kind: PatchKind = .merge
    ) async throws(KubernetesError) -> JSON {
        let path = resource.path(namespace: namespace, name: name, subresource: subresource)
        return try await call("PATCH", path, body: patch, contentType: kind.rawValue)
    }

    /// Asks for an object's deletion.
    /// - Parameters:
    ///   - resource: Its kind.
    ///   - namespace: Nil for what has none.
    ///   - name: Its name.
    ///   - uid: The call fails with 409 when the object of that name is another by now.
    ///   - graceSeconds: Nil leaves it to the object.
    /// - Throws: `KubernetesError`, with code 404 when there is no such object.
    package func delete(
        _ resource: APIResource,
        namespace: String? = nil,
        name: String,
        uid: String,
        graceSeconds: Int64? = nil
    ) async throws(KubernetesError) {
        var options: JSON = ["apiVersion": "v1", "kind": "DeleteOptions", "preconditions": ["uid": .string(uid)]]
        if let graceSeconds { options["gracePeriodSeconds"] = .integer(graceSeconds) }
        _ = try await call("DELETE", resource.path(namespace: namespace, name: name), body: options)
    }

    /// Asks for a pod's eviction, which respects disruption budgets.
    /// - Parameters:
    ///   - namespace: The pod's.
    ///   - pod: Its name.
    ///   - uid: The call fails with 409 when the pod of that name is another by now.
    ///   - graceSeconds: How long the pod may take to stop.
    /// - Throws: `KubernetesError`, with code 429 and cause `DisruptionBudget` when a budget forbids it.
    package func evict(
        namespace: String,
        pod: String,
        uid: String,
        graceSeconds: Int64
    ) async throws(KubernetesError) {
        let path = APIResource.pods.path(namespace: namespace, name: pod, subresource: "eviction")
        let eviction: JSON = [
            "apiVersion": .string(await evictions.version(self)), "kind": "Eviction",
            "metadata": ["namespace": .string(namespace), "name": .string(pod)],
            "deleteOptions": ["gracePeriodSeconds": .integer(graceSeconds), "preconditions": ["uid": .string(uid)]],
        ]
        _ = try await call("POST", path, body: eviction)
    }

    /// Sends a request, again as the retry policy says, and reads the answer.
    func call(
        _ method: String,
        _ path: String,
        body: JSON? = nil,
        contentType: String = "application/json"
    ) async throws(KubernetesError) -> JSON {
        let bytes = body?.bytes() ?? []
        let response = try await exchange(
            method,
            path,
            body: bytes,
            contentType: contentType,
            // Sent again, an eviction that a disruption budget forbids would only hold up its caller.
            isFinal: Self.isBlockedByBudget
        ) { request, http throws(HTTPError) in
            try await http.send(request, maximumBodyBytes: Self.objectLimitBytes)
        }
        return try Self.object("\(method) \(path)", response)
    }

    static func object(_ request: String, _ response: HTTPResponse) throws(KubernetesError) -> JSON {
        guard response.isSuccess else { throw KubernetesError(request: request, response: response) }
        do throws(JSONError) {
            let json = try JSON(parsing: response.body)
            guard case .object = json else { throw JSONError.expected("an object", offset: 0) }
            return json
        } catch {
            throw .invalidAnswer(request: request, problem: error.description)
        }
    }

    private static func isBlockedByBudget(_ response: HTTPResponse) -> Bool {
        guard response.status == 429 else { return false }
        return KubernetesError(request: "", response: response).isBlockedByBudget
    }
}

extension KubernetesError {
    /// Whether a disruption budget is why; the API server also says 429 when it has too much to do.
    var isBlockedByBudget: Bool {
        guard case .status(_, 429, _, let message, let causes) = self else { return false }
        return causes.contains("DisruptionBudget") || message.lowercased().contains("disruption budget")
    }
}
