import Model

/// A workload as its owner writes it, before anything of it exists: the pods that its controllers would make.
struct WorkloadManifest {
    /// A pod template and how many pods are made from it.
    private struct Part {
        var name: String
        var template: JSON
        var count: Int
    }

    /// More members than this is no workload that anybody starts.
    private static let memberLimit = 10_000

    var pods: [Pod] = []
    /// Only for a Job or what makes one: its own annotations count too.
    var job: Job?

    /// - Parameters:
    ///   - json: The object.
    ///   - kind: What it is.
    /// - Returns: Nil when it is of a kind that makes no pods, or that is not understood.
    /// - Throws: `ObjectError`, which names the object and the field.
    init?(_ json: JSON, kind: String) throws {
        var object = json
        object.completeMetadata(isNamespaced: true)
        let reader = ObjectReader(object, kind: kind)
        var runsTogether = false
        let parts: [Part]
        switch kind {
        case "Job":
            job = try Job(json: object)
            parts = [try Self.jobPart(object, reader, name: "")]
        case "CronJob":
            object["spec"] = object.at("spec", "jobTemplate", "spec")
            object["kind"] = "Job"
            job = try Job(json: object)
            parts = [try Self.jobPart(object, ObjectReader(object, kind: kind), name: "")]
        case "Deployment", "ReplicaSet", "StatefulSet", "ReplicationController":
            let count = try reader.integer("spec", "replicas") ?? 1
            parts = [Part(name: "", template: object.at("spec", "template"), count: Self.clamped(count))]
        case "JobSet":
            runsTogether = true
            parts = try reader.elements("spec", "replicatedJobs").flatMap { entry in
                let name = try entry.required("name")
                let one = try Self.jobPart(entry.json["template"], reader, name: name)
                let count = Self.clamped(try entry.integer("replicas") ?? 1)
                return (0..<count).map { Part(name: "\(name)-\($0)-", template: one.template, count: one.count) }
            }
        case "PyTorchJob", "MPIJob":
            runsTogether = true
            let field = kind == "MPIJob" ? "mpiReplicaSpecs" : "pytorchReplicaSpecs"
            parts = object.at("spec", field).fields.sorted { $0.key < $1.key }.map { role, spec in
                Part(
                    name: role.lowercased() + "-",
                    template: spec["template"],
                    count: Self.clamped(spec["replicas"].integer ?? 1)
                )
            }
        default:
            return nil
        }
        try makePods(parts, of: object, reader, kind: job == nil ? kind : "Job", runsTogether: runsTogether)
    }

    private mutating func makePods(
        _ parts: [Part],
        of object: JSON,
        _ reader: ObjectReader,
        kind: String,
        runsTogether: Bool
    ) throws {
        let total = parts.reduce(0) { $0 + $1.count }
        guard total <= Self.memberLimit else {
            throw ObjectError.invalid(
                object: reader.object,
                field: "spec",
                value: "a workload of \(total) pods",
                expected: "one of \(Self.memberLimit) at most"
            )
        }
        let name = try reader.required("metadata", "name")
        for part in parts where part.count > 0 {
            guard part.template["spec"].object != nil else {
                throw ObjectError.missing(object: reader.object, field: "spec.template.spec")
            }
            var json: JSON = ["metadata": part.template["metadata"], "spec": part.template["spec"]]
            json["metadata"]["namespace"] = object.at("metadata", "namespace")
            json["metadata"]["name"] = .string("\(name)-\(part.name)0")
            if job == nil {
                json["metadata"]["annotations"] = .object(
                    object.at("metadata", "annotations").fields
                        .merging(part.template.at("metadata", "annotations").fields) { _, own in own }
                )
            }
            json["metadata"]["ownerReferences"] = [
                [
                    "kind": .string(kind), "name": .string(name), "uid": object.at("metadata", "uid"),
                    "controller": true,
                ]
            ]
            json.completeMetadata(isNamespaced: true)
            var pod = try Pod(json: json)
            if runsTogether, total > 1, pod.annotation(.gangSize) == nil {
                pod.annotations[Annotation.gangSize.key] = "\(total)"
            }
            for index in 0..<part.count {
                pod.id.name = "\(name)-\(part.name)\(index)"
                pod.uid = pod.id.description
                pods.append(pod)
            }
        }
    }

    /// As many pods run at once as `parallelism` lets, and no more than are to complete.
    private static func jobPart(_ job: JSON, _ reader: ObjectReader, name: String) throws -> Part {
        let parallelism = job.at("spec", "parallelism").integer ?? 1
        let count = min(parallelism, job.at("spec", "completions").integer ?? parallelism)
        return Part(name: name, template: job.at("spec", "template"), count: clamped(count))
    }

    private static func clamped(_ count: Int64) -> Int { Int(min(max(0, count), Int64(memberLimit) + 1)) }
}
