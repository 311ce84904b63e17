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

    /// Lists every object of a kind, page by page; a page is read and let go before the next one is asked for.
    /// - Parameters:
    ///   - resource: The kind.
    ///   - read: Makes an item of an object.
    /// - Returns: The items in the server's order.
    /// - Throws: `KubernetesError`, or what `read` throws.
    package func list<Item: Sendable>(
        _ resource: APIResource,
        _ read: @Sendable (JSON) throws -> Item
    ) async throws -> Listing<Item> {
        for _ in 1..<Self.listAttempts {
            do {
                return try await listOnce(resource, read)
            } catch KubernetesError.expired {
                continue
            }
        }
        return try await listOnce(resource, read)
    }

    /// Asks for one object of a kind, to see whether the server is there and lets us list it.
    /// - Parameter resource: The kind.
    /// - Throws: `KubernetesError`.
    package func probe(_ resource: APIResource) async throws(KubernetesError) {
        _ = try await page(resource, query: "limit=1")
    }

    private func listOnce<Item: Sendable>(
        _ resource: APIResource,
        _ read: @Sendable (JSON) throws -> Item
    ) async throws -> Listing<Item> {
        var items = [Item]()
        var token = ""
        for _ in 0..<Self.maximumPages {
            let next = token.isEmpty ? "" : "&continue=\(APIResource.encoded(token))"
            let page = try await page(resource, query: "limit=\(Self.pageSize)\(next)")
            guard case .array(let objects) = page["items"] == .null ? [] : page["items"],
                let version = page.at("metadata", "resourceVersion").string
            else {
                throw KubernetesError.invalidAnswer(request: "GET \(resource.path())", problem: "it is not a list")
            }
            items += try objects.map(read)
            token = page.at("metadata", "continue").string ?? ""
            guard !token.isEmpty else { return Listing(items: items, resourceVersion: version) }
        }
        throw KubernetesError.invalidAnswer(request: "GET \(resource.path())", problem: "its pages do not end")
    }
}
