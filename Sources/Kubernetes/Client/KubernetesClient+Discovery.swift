import HTTPTransport

/// What a server says of one kind that it serves under a prefix.
struct ServedResource: Sendable, Equatable {
    /// `pods`, or `pods/eviction` for a subresource.
    var name: String
    /// Of the object that is sent, when it is not that of the prefix.
    var group: String
    var version: String
}

extension KubernetesClient {
    /// Finds where the server has a kind: in the first of the versions that it serves.
    /// - Parameters:
    ///   - plural: Such as `jobsets`.
    ///   - group: Such as `jobset.x-k8s.io`; empty for the core.
    ///   - versions: Those that we can read, the best first.
    /// - Returns: Nil when the server does not have the kind.
    /// - Throws: `KubernetesError` when it does not say.
    package func find(
        _ plural: String,
        group: String,
        versions: [String]
    ) async throws(KubernetesError) -> APIResource? {
        for version in versions {
            let prefix = group.isEmpty ? "/api/\(version)" : "/apis/\(group)/\(version)"
            do throws(KubernetesError) {
                let served = try await resources(in: prefix)
                if served.contains(where: { $0.name == plural }) { return APIResource(prefix: prefix, plural: plural) }
            } catch {
                guard error.code == 404 else { throw error }
            }
        }
        return nil
    }

    /// The kinds and subresources that the server has under `/api/v1` or `/apis/GROUP/VERSION`.
    func resources(in prefix: String) async throws(KubernetesError) -> [ServedResource] {
        try await call("GET", prefix)["resources"].elements.map { resource in
            ServedResource(
                name: resource["name"].string ?? "",
                group: resource["group"].string ?? "",
                version: resource["version"].string ?? ""
            )
        }
    }
}
