package import Model

extension KubernetesCluster {
    /// How often a request is read again when somebody else wrote it in between.
    private static let statusAttempts = 8

    /// Writes conditions into the status of a ProvisioningRequest, beside those that others wrote. One that is gone, or is
    /// another by now, is left alone.
    package func update(_ update: ProvisioningUpdate) async throws {
        let resource = APIResource(prefix: "/apis/\(update.apiVersion)", plural: "provisioningrequests")
        var attempt = 1
        while true {
            do throws(KubernetesError) {
                let request = try await client.get(resource, namespace: update.namespace, name: update.name)
                guard let patch = Self.patch(of: request, by: update) else { return }
                _ = try await client.patch(
                    resource,
                    namespace: update.namespace,
                    name: update.name,
                    subresource: "status",
                    patch
                )
                return
            } catch {
                switch error.code {
                case 404: return
                case 409 where attempt < Self.statusAttempts: attempt += 1
                default: throw error
                }
            }
        }
    }

    /// The merge patch that brings a request's conditions to what they are to be, guarded by the version that was read;
    /// nil when there is nothing to change. A merge patch replaces lists, so it carries the conditions of others too.
    static func patch(of request: JSON, by update: ProvisioningUpdate) -> JSON? {
        guard request.at("metadata", "uid").string == update.uid else { return nil }
        let old = request.at("status", "conditions").elements
        var conditions = old
        for condition in update.conditions {
            let written = condition.json(generation: update.generation)
            if let index = conditions.firstIndex(where: { $0["type"] == written["type"] }) {
                conditions[index] = written
            } else {
                conditions.append(written)
            }
        }
        guard conditions != old else { return nil }
        return .object([
            "metadata": ["resourceVersion": request.at("metadata", "resourceVersion")],
            "status": ["conditions": .array(conditions)],
        ])
    }
}

extension ProvisioningCondition {
    /// As the API writes it; its times have whole seconds.
    fileprivate func json(generation: Int64) -> JSON {
        [
            "type": .string(kind.rawValue), "status": .string(isTrue ? "True" : "False"),
            "observedGeneration": .integer(generation), "reason": .string(reason),
            "message": .string(message),
            "lastTransitionTime": .string(Timestamp(seconds: since.seconds).description),
        ]
    }
}
