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
