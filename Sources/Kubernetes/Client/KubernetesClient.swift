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

    private let access: KubernetesAccess
    let http: HTTPClient
    private let retries: RetryPolicy

    /// - Parameters:
    ///   - access: Where the server is and as whom to speak.
    ///   - retries: For every call but watches.
    package init(_ access: KubernetesAccess, retries: RetryPolicy = RetryPolicy()) {
        self.access = access
        self.retries = retries
        http = HTTPClient(configuration: HTTPClientConfiguration(tls: access.tls))
    }

    package func get(
        _ resource: APIResource,
        namespace: String? = nil,
        name: String
    ) async throws(KubernetesError) -> JSON {
        try await call("GET", resource.path(namespace: namespace, name: name))
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
        var eviction: JSON = [
            "apiVersion": "policy/v1", "kind": "Eviction",
            "metadata": ["namespace": .string(namespace), "name": .string(pod)],
            "deleteOptions": ["gracePeriodSeconds": .integer(graceSeconds), "preconditions": ["uid": .string(uid)]],
        ]
        do throws(KubernetesError) {
            _ = try await call("POST", path, body: eviction)
        } catch .status(_, 404, _, let message, _) where !message.contains("\"\(pod)\"") {
            // Not the pod but the kind is unknown: a server before 1.22.
            eviction["apiVersion"] = "policy/v1beta1"
            _ = try await call("POST", path, body: eviction)
        }
    }

    /// Sends a request, again as the retry policy says, and reads the answer.
    private func call(
        _ method: String,
        _ path: String,
        body: JSON? = nil,
        contentType: String = "application/json"
    ) async throws(KubernetesError) -> JSON {
        let bytes = body?.bytes() ?? []
        let response: HTTPResponse
        do throws(HTTPError) {
            response = try await retries.run(
                retrying: { [retries] in
                    // Sent again, an eviction that a disruption budget forbids would only hold up its caller.
                    retries.retriedStatuses.contains($0.status) && !Self.isBlockedByBudget($0)
                }
            ) { () throws(HTTPError) in
                try await send(method, path, bytes: bytes, contentType: contentType, limit: Self.objectLimitBytes)
            }
        } catch {
            throw .transport(error)
        }
        return try Self.object("\(method) \(path)", response)
    }

    /// One page of a list.
    func page(_ resource: APIResource, query: String) async throws(KubernetesError) -> JSON {
        let path = resource.path()
        let response: HTTPResponse
        do throws(HTTPError) {
            response = try await retries.run { () throws(HTTPError) in
                try await send("GET", "\(path)?\(query)", bytes: [], contentType: nil, limit: Self.pageLimitBytes)
            }
        } catch {
            throw .transport(error)
        }
        return try Self.object("GET \(path)", response)
    }

    private func send(
        _ method: String,
        _ target: String,
        bytes: [UInt8],
        contentType: String?,
        limit: Int
    ) async throws(HTTPError) -> HTTPResponse {
        var request = try self.request(method, target)
        request.body = bytes
        if !bytes.isEmpty { request.headers["Content-Type"] = contentType }
        return try await http.send(request, maximumBodyBytes: limit)
    }

    /// A request with the credential of this moment.
    func request(_ method: String, _ target: String) throws(HTTPError) -> HTTPRequest {
        var request = HTTPRequest(method: method, url: access.server + target, headers: ["Accept": "application/json"])
        switch access.credential {
        case .none: break
        case .token(let token): request.headers["Authorization"] = "Bearer \(token)"
        case .tokenFile(let path):
            let token = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
            guard token.contains(where: { !$0.isWhitespace }) else {
                throw .invalidRequest(
                    try HTTPAddress(url: access.server),
                    "the token file \(path) cannot be read or is empty"
                )
            }
            request.headers["Authorization"] = "Bearer \(token.trimmingCharacters(in: .whitespacesAndNewlines))"
        }
        return request
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
