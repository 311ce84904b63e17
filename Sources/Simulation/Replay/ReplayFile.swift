package import Kubernetes
import Model

/// A file of past workloads, as `kubectl get jobs,pods -A -o yaml` prints it: what people wrote is replayed, what the
/// cluster added is read where it tells a length, and left out otherwise.
package struct ReplayFile {
    /// In the order of their submission.
    package private(set) var workloads: [ReplayWorkload] = []
    /// What stands in the cluster from the start.
    package private(set) var surroundings: [JSON] = []
    /// What was left out, and what was taken for granted.
    package private(set) var notes: [String] = []

    private static let workloadKinds: Set<String> = ["Job", "JobSet", "PyTorchJob", "MPIJob", "Pod"]
    private static let surroundingKinds: Set<String> = [
        "Namespace", "PersistentVolume", "PersistentVolumeClaim", "StorageClass", "PriorityClass",
        "PodDisruptionBudget",
    ]
    /// Owners of pods that run until somebody takes them away.
    private static let endlessOwners: Set<String> = [
        "ReplicaSet", "StatefulSet", "DaemonSet", "ReplicationController", "Node",
    ]

    /// - Parameters:
    ///   - path: YAML or JSON: a List, or any number of documents.
    ///   - assumedLength: Of a workload of which nobody says how long it computes.
    ///   - restore: How long a restart takes from the container's start until work goes on.
    /// - Throws: `ReplayError`, `ManifestError`.
    package init(path: String, assumedLength: Duration, restore: Duration) throws {
        var objects: [ManifestObject] = []
        var others: [String: Int] = [:]
        try Manifests.read(path: path, assuming: "Job") { object in
            if Self.workloadKinds.contains(object.kind) {
                objects.append(object)
            } else if Self.surroundingKinds.contains(object.kind) {
                surroundings.append(Self.surrounding(object.json))
            } else {
                others[object.kind, default: 0] += 1
            }
        }
        let converter = ReplayConverter(
            records: ReplayRecords(objects.map { ($0.kind, $0.json) }),
            claims: Set(
                surroundings.filter { $0["kind"].string == "PersistentVolumeClaim" }
                    .map { "\($0.at("metadata", "namespace").string ?? "default")/\($0.at("metadata", "name"))" }
            ),
            assumedLength: assumedLength,
            restore: restore
        )
        try convert(objects, converter)
        guard !workloads.isEmpty else { throw ReplayError.noWorkloads(path: path) }
        workloads.sort { ($0.submittedAt, $0.namespace, $0.name) < ($1.submittedAt, $1.namespace, $1.name) }
        if !others.isEmpty {
            let kinds = others.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
            notes.append("objects of other kinds are left out: \(kinds.joined(separator: ", "))")
        }
        noteLengths(assumedLength)
    }

    private mutating func convert(_ objects: [ManifestObject], _ converter: ReplayConverter) throws {
        var converter = converter
        var seen: Set<String> = []
        var uids: Set<String> = []
        var endless = 0
        var idle = 0
        for object in objects {
            let json = object.json
            if let uid = json.at("metadata", "uid").string, !uid.isEmpty, !uids.insert(uid).inserted { continue }
            if let owner = ReplayRecords.owner(of: json) {
                // What made it stands in the file itself.
                if converter.records.holds(owner, in: json) { continue }
                if Self.endlessOwners.contains(owner["kind"].string ?? "") {
                    endless += 1
                    continue
                }
            }
            guard var workload = try converter.workload(object) else {
                idle += 1
                continue
            }
            guard seen.insert("\(workload.namespace)/\(workload.name)").inserted else {
                throw ReplayError.badWorkload(
                    place: object.place(ofField: "metadata.name"),
                    problem: "\(workload.kind) \(workload.namespace)/\(workload.name): there are two of this name; "
                        + "rename one, since reports go by name"
                )
            }
            workload.submittedAt = Timestamp(seconds: workload.submittedAt.seconds)
            workloads.append(workload)
        }
        if endless > 0 {
            notes.append("\(endless) pods of Deployments, StatefulSets and DaemonSets are left out: they have no end")
        }
        if idle > 0 { notes.append("\(idle) suspended Jobs that never ran are left out") }
        if converter.droppedClaims > 0 {
            notes.append(
                "\(converter.droppedClaims) volume claims that are not in the file are taken to be reachable from "
                    + "everywhere"
            )
        }
    }

    private mutating func noteLengths(_ assumed: Duration) {
        let counts = Dictionary(grouping: workloads, by: \.source).mapValues(\.count)
        if let count = counts[.assumed] {
            notes.append(
                "\(count) of \(workloads.count) workloads do not say how long they compute: taken for \(assumed.shorthand)"
            )
        }
    }

    /// Without what the cluster wrote there.
    private static func surrounding(_ json: JSON) -> JSON {
        var result = json
        for field in ["uid", "resourceVersion", "ownerReferences", "finalizers", "managedFields", "creationTimestamp"] {
            result["metadata"][field] = .null
        }
        return result
    }
}

extension Duration {
    /// As annotations write it: `8h`, `1h30m`.
    var shorthand: String {
        var left = components.seconds
        var text = ""
        for (unit, seconds) in [("d", Int64(86_400)), ("h", 3600), ("m", 60), ("s", 1)] where left >= seconds {
            text += "\(left / seconds)\(unit)"
            left %= seconds
        }
        return text.isEmpty ? "0s" : text
    }
}
