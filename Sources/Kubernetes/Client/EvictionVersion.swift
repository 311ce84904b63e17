/// The version of the Eviction object that the server takes: policy/v1 since Kubernetes 1.22, policy/v1beta1 before.
actor EvictionVersion {
    private static let newest = "policy/v1"

    private var known: String?
    /// The one question that everybody who evicts waits for.
    private var asking: Task<String?, Never>?

    /// Asks the server once. While it does not say, the newest version is taken for granted.
    func version(_ client: KubernetesClient) async -> String {
        if let known { return known }
        let task = asking ?? Task { await Self.ask(client) }
        asking = task
        let answer = await task.value
        asking = nil
        known = known ?? answer
        return known ?? Self.newest
    }

    private static func ask(_ client: KubernetesClient) async -> String? {
        guard let resources = try? await client.resources(in: "/api/v1") else { return nil }
        guard let eviction = resources.first(where: { $0.name == "pods/eviction" }), !eviction.version.isEmpty else {
            return nil
        }
        return "\(eviction.group)/\(eviction.version)"
    }
}
