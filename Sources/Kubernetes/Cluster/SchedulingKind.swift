import Model

/// A kind that has a say in where pods run beside pods and nodes. A cluster, or our role in it, may be without: then
/// plans are made without knowing what it says.
struct SchedulingKind: Sendable {
    var resource: APIResource
    /// What is not known without it.
    var meaning: String
    var read: @Sendable (JSON) throws -> SchedulingObject

    static let all = [
        SchedulingKind(
            resource: APIResource(prefix: "/api/v1", plural: "namespaces"),
            meaning: "by their labels, as pod affinity may name them",
            read: { try .namespace(json: $0) }
        ),
        SchedulingKind(
            resource: APIResource(prefix: "/api/v1", plural: "persistentvolumeclaims"),
            meaning: "and so where pods with volumes can run",
            read: { .volumeClaim(try PersistentVolumeClaim(json: $0)) }
        ),
        SchedulingKind(
            resource: APIResource(prefix: "/api/v1", plural: "persistentvolumes"),
            meaning: "and so the zones of volumes",
            read: { .volume(try PersistentVolume(json: $0)) }
        ),
        SchedulingKind(
            resource: APIResource(prefix: "/apis/storage.k8s.io/v1", plural: "storageclasses"),
            meaning: "and so where new volumes can be made",
            read: { .storageClass(try StorageClass(json: $0)) }
        ),
        SchedulingKind(
            resource: APIResource(prefix: "/apis/apps/v1", plural: "daemonsets"),
            meaning: "but by their pods, so that the first nodes may come out too small",
            read: { .daemonSet(try DaemonSet(json: $0)) }
        ),
    ]
}

/// The server does not let us watch a kind that plans can do without.
struct UnwatchedKind: Error {
    var resource: APIResource
    var reason: String
}

/// Which of these kinds we may not list or watch, and who was told so.
struct MissingKinds: Sendable {
    /// Listed, but not watched.
    var unwatched: Set<APIResource> = []
    /// Not even listed in the last try.
    var unlisted: Set<APIResource> = []
    private var told: Set<APIResource> = []

    /// Whether this is the first that is heard of it.
    mutating func isNews(_ resource: APIResource) -> Bool { told.insert(resource).inserted }
}

extension KubernetesError {
    /// Whether the server does not have a kind, or does not show it to us, which waiting does not mend.
    var isLasting: Bool { [403, 404, 405].contains(code) }
}
