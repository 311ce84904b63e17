import HTTPTransport

extension KubernetesClient {
    /// A whole list and the version from which a watch goes on.
    package struct Listing<Item: Sendable>: Sendable {
        package var items: [Item]
        package var resourceVersion: String
    }

    /// How often a list begins anew when its pages expire under way.
    private static let listAttempts = 3
    /// Pages of one list: a server that never ends is broken.
    private static let maximumPages = 10_000

    /// Lists every object of a kind, page by page; of a page only its bytes and one object at a time are kept.
    /// - Parameters:
    ///   - resource: The kind.
    ///   - namespace: Nil for all.
    ///   - read: Makes an item of an object, which comes without its `managedFields`.
    /// - Returns: The items in the server's order.
    /// - Throws: `KubernetesError`, or what `read` throws.
    package func list<Item: Sendable>(
        _ resource: APIResource,
        namespace: String? = nil,
        _ read: @Sendable (JSON) throws -> Item
    ) async throws -> Listing<Item> {
        let path = resource.path(namespace: namespace)
        for _ in 1..<Self.listAttempts {
            do {
                return try await listOnce(path, read)
            } catch KubernetesError.expired {
                continue
            }
        }
        return try await listOnce(path, read)
    }

    /// Asks for one object of a kind, to see whether the server is there and lets us list it.
    /// - Parameter resource: The kind.
    /// - Throws: `KubernetesError`.
    package func probe(_ resource: APIResource) async throws(KubernetesError) {
        _ = try Self.object("GET \(resource.path())", try await page(resource.path(), "limit=1"))
    }

    private func listOnce<Item: Sendable>(
        _ path: String,
        _ read: @Sendable (JSON) throws -> Item
    ) async throws -> Listing<Item> {
        var items = [Item]()
        var token = ""
        for _ in 0..<Self.maximumPages {
            let next = token.isEmpty ? "" : "&continue=\(APIResource.encoded(token))"
            let response = try await page(path, "limit=\(Self.pageSize)\(next)")
            let rest = try Self.list("GET \(path)", response) { items.append(try read($0)) }
            guard rest["items"] == .null || rest["items"] == [],
                let version = rest.at("metadata", "resourceVersion").string
            else { throw KubernetesError.invalidAnswer(request: "GET \(path)", problem: "it is not a list") }
            token = rest.at("metadata", "continue").string ?? ""
            guard !token.isEmpty else { return Listing(items: items, resourceVersion: version) }
        }
        throw KubernetesError.invalidAnswer(request: "GET \(path)", problem: "its pages do not end")
    }

    private func page(_ path: String, _ query: String) async throws(KubernetesError) -> HTTPResponse {
        try await exchange("GET", "\(path)?\(query)") { request, http throws(HTTPError) in
            try await http.send(request, maximumBodyBytes: Self.pageLimitBytes)
        }
    }

    private static func list(
        _ request: String,
        _ response: HTTPResponse,
        _ item: (JSON) throws -> Void
    ) throws -> JSON {
        guard response.isSuccess else { throw KubernetesError(request: request, response: response) }
        do {
            return try JSON.list(response.body, item)
        } catch let error as JSONError {
            throw KubernetesError.invalidAnswer(request: request, problem: error.description)
        }
    }
}
