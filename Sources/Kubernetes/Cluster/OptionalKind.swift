import Model

/// A kind that has a say in what runs where, beside pods, nodes and jobs. A cluster, or our role in it, may be without:
/// then Gleaner works without knowing what it says, and looks for it now and then.
struct OptionalKind: Sendable {
    /// The versions that we can read, the preferred first. The first that the server has is the one that is watched.
    var resources: [APIResource]
    /// What is not known without it: ends the sentence "Gleaner works without knowing them, ...".
    var meaning: String
    /// Whether every cluster has it. Others are installed by whoever wants them, and nobody is warned where they are not.
    var isBuiltIn: Bool
    var read: @Sendable (JSON) throws -> SchedulingObject

    /// How people call it, and what it is known by here.
    var plural: String { resources.first?.plural ?? "" }

    /// Every kind that is listed and watched where it is there.
    static let all = surroundings + provisioning

    private static let surroundings = [
        OptionalKind(
            builtIn: APIResource(prefix: "/api/v1", plural: "namespaces"),
            meaning: "by their labels, as pod affinity may name them",
            read: { try .namespace(json: $0) }
        ),
        OptionalKind(
            builtIn: APIResource(prefix: "/api/v1", plural: "persistentvolumeclaims"),
            meaning: "and so where pods with volumes can run",
            read: { .volumeClaim(try PersistentVolumeClaim(json: $0)) }
        ),
        OptionalKind(
            builtIn: APIResource(prefix: "/api/v1", plural: "persistentvolumes"),
            meaning: "and so the zones of volumes",
            read: { .volume(try PersistentVolume(json: $0)) }
        ),
        OptionalKind(
            builtIn: APIResource(prefix: "/apis/storage.k8s.io/v1", plural: "storageclasses"),
            meaning: "and so where new volumes can be made",
            read: { .storageClass(try StorageClass(json: $0)) }
        ),
        OptionalKind(
            builtIn: APIResource(prefix: "/apis/apps/v1", plural: "daemonsets"),
            meaning: "but by their pods, so that the first nodes may come out too small",
            read: { .daemonSet(try DaemonSet(json: $0)) }
        ),
    ]
}

extension OptionalKind {
    /// A kind of Kubernetes itself.
    init(builtIn resource: APIResource, meaning: String, read: @escaping @Sendable (JSON) throws -> SchedulingObject) {
        self.init(resources: [resource], meaning: meaning, isBuiltIn: true, read: read)
    }

    /// A kind that somebody has to install.
    ///
    /// - Parameters:
    ///   - group: Of its API.
    ///   - versions: That we can read, the preferred first.
    ///   - plural: Its name in paths.
    ///   - meaning: What is not known without it.
    ///   - read: Makes an object of what the server shows, in any of the versions.
    init(
        group: String,
        versions: [String],
        plural: String,
        meaning: String,
        read: @escaping @Sendable (JSON) throws -> SchedulingObject
    ) {
        self.init(
            resources: versions.map { APIResource(prefix: "/apis/\(group)/\($0)", plural: plural) },
            meaning: meaning,
            isBuiltIn: false,
            read: read
        )
    }
}

/// The server does not let us watch a kind that we can do without.
struct UnwatchedKind: Error {
    var kind: OptionalKind
    var reason: String
}

/// Which of these kinds we may not list or watch, and who was told so. They are known by their plural.
struct MissingKinds: Sendable {
    /// Listed, but not watched.
    var unwatched: Set<String> = []
    /// Not even listed in the last try.
    var unlisted: Set<String> = []
    private var told: Set<String> = []

    /// Whether this is the first that is heard of it.
    mutating func isNews(_ plural: String) -> Bool { told.insert(plural).inserted }
}

extension KubernetesError {
    /// Whether the server does not have a kind, or does not show it to us, which waiting does not mend.
    var isLasting: Bool { [403, 404, 405].contains(code) }
}
