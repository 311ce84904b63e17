/// One row of the API server's table: what a kind of object is called, where it is served and how it behaves.
package final class ResourceKind: Sendable, Hashable {
    /// The API group, empty for the core group.
    package let group: String
    /// The versions served, the stored one first, each with its group: `v1`, `batch/v1`.
    package let apiVersions: [String]
    package let kind: String
    package let plural: String
    package let singular: String
    package let shortNames: [String]
    package let isNamespaced: Bool
    /// Whether status is written through its own subresource only.
    package let hasStatus: Bool
    /// Whether a change of `spec` counts up `metadata.generation`.
    package let countsGenerations: Bool
    /// The fields a field selector may name, besides name and namespace.
    package let selectableFields: Set<String>

    package init(
        _ kind: String,
        _ plural: String,
        apiVersions: [String],
        shortNames: [String] = [],
        isNamespaced: Bool = true,
        hasStatus: Bool = false,
        countsGenerations: Bool = false,
        selectableFields: Set<String> = []
    ) {
        let first = apiVersions.first ?? "v1"
        self.group = first.contains("/") ? String(first.prefix { $0 != "/" }) : ""
        self.apiVersions = apiVersions
        self.kind = kind
        self.plural = plural
        self.singular = kind.lowercased()
        self.shortNames = shortNames
        self.isNamespaced = isNamespaced
        self.hasStatus = hasStatus
        self.countsGenerations = countsGenerations
        self.selectableFields = selectableFields
    }

    /// The version objects are stored in.
    package var apiVersion: String { apiVersions.first ?? "v1" }

    /// The name in messages: `pods`, `jobs.batch`.
    package var qualifiedName: String { group.isEmpty ? plural : "\(plural).\(group)" }

    package static func == (left: ResourceKind, right: ResourceKind) -> Bool { left === right }

    package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

extension ResourceKind {
    package static let pods = ResourceKind(
        "Pod",
        "pods",
        apiVersions: ["v1"],
        shortNames: ["po"],
        hasStatus: true,
        selectableFields: [
            "spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "status.phase",
            "status.podIP", "status.nominatedNodeName", "spec.hostNetwork",
        ]
    )
    package static let nodes = ResourceKind(
        "Node",
        "nodes",
        apiVersions: ["v1"],
        shortNames: ["no"],
        isNamespaced: false,
        hasStatus: true,
        selectableFields: ["spec.unschedulable"]
    )
    package static let jobs = ResourceKind(
        "Job",
        "jobs",
        apiVersions: ["batch/v1"],
        hasStatus: true,
        countsGenerations: true,
        selectableFields: ["status.successful"]
    )
    package static let podDisruptionBudgets = ResourceKind(
        "PodDisruptionBudget",
        "poddisruptionbudgets",
        apiVersions: ["policy/v1", "policy/v1beta1"],
        shortNames: ["pdb"],
        hasStatus: true,
        countsGenerations: true
    )
    package static let leases = ResourceKind("Lease", "leases", apiVersions: ["coordination.k8s.io/v1"])
    package static let events = ResourceKind(
        "Event",
        "events",
        apiVersions: ["v1", "events.k8s.io/v1"],
        shortNames: ["ev"],
        selectableFields: [
            "involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid",
            "involvedObject.apiVersion", "involvedObject.resourceVersion", "involvedObject.fieldPath", "reason",
            "reportingComponent", "source", "type",
        ]
    )
    package static let namespaces = ResourceKind(
        "Namespace",
        "namespaces",
        apiVersions: ["v1"],
        shortNames: ["ns"],
        isNamespaced: false,
        hasStatus: true,
        selectableFields: ["status.phase"]
    )
    package static let priorityClasses = ResourceKind(
        "PriorityClass",
        "priorityclasses",
        apiVersions: ["scheduling.k8s.io/v1"],
        shortNames: ["pc"],
        isNamespaced: false
    )

    package static let persistentVolumeClaims = ResourceKind(
        "PersistentVolumeClaim",
        "persistentvolumeclaims",
        apiVersions: ["v1"],
        shortNames: ["pvc"],
        hasStatus: true
    )
    package static let persistentVolumes = ResourceKind(
        "PersistentVolume",
        "persistentvolumes",
        apiVersions: ["v1"],
        shortNames: ["pv"],
        isNamespaced: false,
        hasStatus: true
    )
    package static let daemonSets = ResourceKind(
        "DaemonSet",
        "daemonsets",
        apiVersions: ["apps/v1"],
        shortNames: ["ds"],
        hasStatus: true,
        countsGenerations: true
    )
    package static let storageClasses = ResourceKind(
        "StorageClass",
        "storageclasses",
        apiVersions: ["storage.k8s.io/v1"],
        shortNames: ["sc"],
        isNamespaced: false
    )

    /// Every kind the world serves; those after the storage classes are stored and watched, and nothing acts on them.
    package static let all: [ResourceKind] = [
        pods, nodes, jobs, podDisruptionBudgets, leases, events, namespaces, priorityClasses, persistentVolumeClaims,
        persistentVolumes, storageClasses, daemonSets,
        ResourceKind("Service", "services", apiVersions: ["v1"], shortNames: ["svc"], hasStatus: true),
        ResourceKind("Endpoints", "endpoints", apiVersions: ["v1"], shortNames: ["ep"]),
        ResourceKind("ConfigMap", "configmaps", apiVersions: ["v1"], shortNames: ["cm"]),
        ResourceKind("Secret", "secrets", apiVersions: ["v1"], selectableFields: ["type"]),
        ResourceKind("ServiceAccount", "serviceaccounts", apiVersions: ["v1"], shortNames: ["sa"]),
        ResourceKind("LimitRange", "limitranges", apiVersions: ["v1"], shortNames: ["limits"]),
        ResourceKind("ResourceQuota", "resourcequotas", apiVersions: ["v1"], shortNames: ["quota"], hasStatus: true),
        ResourceKind("CSINode", "csinodes", apiVersions: ["storage.k8s.io/v1"], isNamespaced: false),
    ]

    /// The kind served under that version and plural name.
    package static func find(apiVersion: String, plural: String) -> ResourceKind? {
        all.first { $0.plural == plural && $0.apiVersions.contains(apiVersion) }
    }

    /// The kind an object of that version and kind belongs to.
    package static func find(apiVersion: String, kind: String) -> ResourceKind? {
        all.first { $0.kind == kind && $0.apiVersions.contains(apiVersion) }
    }
}
