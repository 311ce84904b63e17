import HTTPTransport
import Logging
package import Model

extension KubernetesCluster {
    /// How often a Job is read again when somebody else wrote it in between.
    private static let unsuspendAttempts = 8

    package func unsuspend(_ unsuspension: Unsuspension) async -> UnsuspensionOutcome {
        var attempt = 1
        while true {
            do {
                let json = try await client.get(.jobs, namespace: unsuspension.namespace, name: unsuspension.name)
                let job = try Job(json: json)
                guard job.uid == unsuspension.uid else { return .gone }
                guard job.isSuspended else { return .accepted }
                // It may have become somebody else's since it was last seen.
                guard job.template != nil else { return .refused }
                _ = try await client.patch(
                    .jobs,
                    namespace: unsuspension.namespace,
                    name: unsuspension.name,
                    [
                        "metadata": ["resourceVersion": json.at("metadata", "resourceVersion")],
                        "spec": ["suspend": false],
                    ]
                )
                return .accepted
            } catch let error as KubernetesError {
                switch error.code {
                case 404: return .gone
                case 409 where attempt < Self.unsuspendAttempts: attempt += 1
                default: return .failed(message: error.description)
                }
            } catch {
                return .failed(message: "\(error)")
            }
        }
    }
}
