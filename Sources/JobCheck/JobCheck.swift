import Kubernetes

/// What is missing in the workloads of a manifest for interruptions to cost nothing: the checkpoint contract, grace,
/// and limits on retries that interruptions would use up.
package struct JobCheck: Sendable {
    /// The workloads that were looked at, as `Job default/training`.
    package private(set) var workloads: [String] = []
    /// In the order of the file; of one workload the gravest first.
    package private(set) var findings: [Finding] = []
    /// What the containers run, in the order of the file.
    package private(set) var containers: [ContainerCommand] = []

    /// Reads a file and checks every workload in it; objects of other kinds are left out, except that claims and storage
    /// classes say what the volumes are.
    ///
    /// - Parameter path: Of the file, YAML or JSON.
    /// - Throws: `ManifestError` when it cannot be read, when an object in it is no such object, or when it holds no
    ///   workload.
    package init(path: String) throws {
        // Refuses what an API server would: everything below may then take fields as they are.
        var objects = ClusterObjects(readsTemplates: true)
        try objects.read(path: path)
        var volumes = VolumeKinds()
        var checked: [CheckedWorkload] = []
        try Manifests.read(path: path) { object in
            volumes.add(object)
            if let workload = CheckedWorkload(object) { checked.append(workload) }
        }
        guard !checked.isEmpty else {
            throw ManifestError(
                file: path,
                problem: "holds no workload: a Pod, a Job, or another kind that makes pods"
            )
        }
        for workload in checked {
            workloads.append(workload.title)
            var found = workload.checkpointFindings()
            found += workload.restartFindings()
            found += workload.placeFindings(volumes)
            found += workload.annotationFindings()
            let order = Finding.Severity.allCases
            findings += order.flatMap { severity in found.filter { $0.severity == severity } }
            containers += workload.containers()
        }
    }

    /// Whether anything is missing by which an interruption would cost work or retries.
    package var hasErrors: Bool { findings.contains { $0.severity == .error } }
}
