import Kubernetes
import Model

/// A workload of a manifest with its pod templates, each with its path in the object, so that every finding has its
/// place.
struct CheckedWorkload {
    /// The spec of a batch/v1 Job, wherever it stands.
    struct JobSpec {
        /// Such as `spec` or `spec.replicatedJobs[0].template.spec`.
        var path: String
        var json: JSON
        /// Annotations of the Job itself.
        var annotations: [String: String]
    }

    /// A pod template and who makes pods of it.
    struct Template {
        /// Such as `spec.template`.
        var path: String
        var json: JSON
        /// The Job that makes its pods, where one does.
        var job: JobSpec?
        /// The replica spec of a Kubeflow job, and its path: its restart policy overrules the template's.
        var replica: (path: String, json: JSON)?

        var spec: JSON { json["spec"] }
        var annotations: [String: String] { json.at("metadata", "annotations").strings }
        /// Where the annotations of its pods stand.
        var annotationPath: String { path.isEmpty ? "metadata.annotations" : "\(path).metadata.annotations" }

        func field(_ name: String) -> String { path.isEmpty ? "spec.\(name)" : "\(path).spec.\(name)" }
    }

    let object: ManifestObject
    let kind: String
    let namespace: String
    let title: String
    let templates: [Template]

    /// Nil when it is of a kind that makes no pods.
    init?(_ object: ManifestObject) {
        guard let templates = Self.templates(object.json, kind: object.kind) else { return nil }
        self.object = object
        self.templates = templates
        kind = object.kind
        let metadata = object.json["metadata"]
        namespace = metadata["namespace"].string ?? "default"
        title = "\(kind) \(namespace)/\(metadata["name"].string ?? "")"
    }

    private static func templates(_ json: JSON, kind: String) -> [Template]? {
        let spec = json["spec"]
        switch kind {
        case "Pod":
            return [Template(path: "", json: json)]
        case "Job":
            let job = JobSpec(path: "spec", json: spec, annotations: json.at("metadata", "annotations").strings)
            return [Template(path: "spec.template", json: spec["template"], job: job)]
        case "CronJob":
            return [template(ofJob: spec["jobTemplate"], path: "spec.jobTemplate")]
        case "JobSet":
            return spec["replicatedJobs"].elements.enumerated().map {
                template(ofJob: $1["template"], path: "spec.replicatedJobs[\($0)].template")
            }
        case "PyTorchJob", "MPIJob":
            let field = kind == "MPIJob" ? "mpiReplicaSpecs" : "pytorchReplicaSpecs"
            return spec[field].fields.sorted { $0.key < $1.key }.map { role, replica in
                let path = "spec.\(field).\(role)"
                return Template(path: "\(path).template", json: replica["template"], replica: (path, replica))
            }
        case "Deployment", "ReplicaSet", "StatefulSet", "ReplicationController":
            return [Template(path: "spec.template", json: spec["template"])]
        default:
            return nil
        }
    }

    private static func template(ofJob json: JSON, path: String) -> Template {
        let job = JobSpec(
            path: "\(path).spec",
            json: json["spec"],
            annotations: json.at("metadata", "annotations").strings
        )
        return Template(path: "\(path).spec.template", json: json.at("spec", "template"), job: job)
    }

    /// The object's own spec.
    var spec: JSON { object.json["spec"] }

    /// Whether its pods are a gang: more than one at a time that need each other.
    var isGang: Bool {
        if ["JobSet", "PyTorchJob", "MPIJob"].contains(kind) { return podCount > 1 }
        return templates.contains {
            annotation("gang", of: $0) != nil || (annotation("gang-size", of: $0).flatMap { Int($0) } ?? 1) > 1
        }
    }

    /// How many pods run at one time.
    private var podCount: Int64 {
        templates.enumerated().reduce(0) { sum, entry in
            let template = entry.element
            let jobs =
                kind == "JobSet" ? spec["replicatedJobs"][entry.offset]["replicas"].integer ?? 1 : 1
            let pods =
                template.job.map { $0.json["parallelism"].integer ?? 1 }
                ?? template.replica.map { $0.json["replicas"].integer ?? 1 } ?? 1
            return sum + min(max(0, jobs), 100_000) * min(max(0, pods), 100_000)
        }
    }

    /// What counts of what is said. The kinds that stand for several templates are one workload: what the object says
    /// holds for all of them, else what the first template says that says anything.
    ///
    /// - Parameters:
    ///   - name: Without the prefix.
    ///   - template: Whose pods are asked about.
    /// - Returns: The value.
    func annotation(_ name: String, of template: Template) -> String? {
        let key = Annotation.prefix + name
        let whole = object.json.at("metadata", "annotations").strings[key]
        let job = template.job?.annotations[key]
        switch kind {
        case "JobSet", "PyTorchJob", "MPIJob":
            return whole ?? templates.lazy.compactMap { $0.annotations[key] }.first ?? job
        case "CronJob":
            return template.annotations[key] ?? job
        default:
            return template.annotations[key] ?? job ?? whole
        }
    }

    func finding(
        _ severity: Finding.Severity,
        _ check: String,
        _ field: String,
        _ problem: String,
        do remedy: String = ""
    ) -> Finding {
        Finding(
            severity: severity,
            check: check,
            workload: title,
            field: field,
            place: object.place(ofField: field),
            problem: problem,
            remedy: remedy
        )
    }
}
