import Kubernetes
import Model

/// Makes of an object of the past what is submitted to the world.
struct ReplayConverter {
    var records: ReplayRecords
    /// Volume claims that the world knows, as `namespace/name`.
    var claims: Set<String>
    var assumedLength: Duration
    var restore: Duration
    /// How many claims pods named that the world does not know.
    var droppedClaims = 0

    /// Pods of one template, and how many of them.
    private struct Part {
        var name: String
        var template: JSON
        var count: Int
    }

    /// How a workload's members run.
    private struct Form {
        var parts: [Part]
        /// Pods that must succeed, and how many one after another.
        var members: Int
        var waves: Int
    }

    /// Labels that the Job controller adds to templates.
    private static let controllerLabels = [
        "controller-uid", "job-name", "batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name",
    ]

    /// - Returns: Nil for a Job that is suspended by somebody else and never ran.
    /// - Throws: `ReplayError` when it has no name, or does not say when it was submitted.
    mutating func workload(_ object: ManifestObject) throws -> ReplayWorkload? {
        let json = object.json
        let (kind, metadata) = (object.kind, json["metadata"])
        let namespace = metadata["namespace"].string.flatMap { $0.isEmpty ? nil : $0 } ?? "default"
        guard let name = metadata["name"].string, !name.isEmpty else {
            throw ReplayError.badWorkload(
                place: object.place(ofField: "metadata"),
                problem: "a \(kind) has no metadata.name"
            )
        }
        let created = metadata["creationTimestamp"].string ?? ""
        guard let submittedAt = Timestamp(rfc3339: created) else {
            throw ReplayError.badWorkload(
                place: object.place(ofField: "metadata.creationTimestamp"),
                problem: "\(kind) \(namespace)/\(name): metadata.creationTimestamp "
                    + (created.isEmpty ? "is missing" : "\"\(created)\" is no time") + "; it says when to submit, "
                    + "as in 2026-10-01T09:00:00Z"
            )
        }
        if json.at("spec", "suspend").bool == true, kind == "Job", !isOurs(json),
            json.at("status", "startTime").isNull
        {
            return nil
        }
        let form = form(of: json, kind: kind)
        guard !form.parts.isEmpty, form.parts.allSatisfy({ $0.template["spec"].object != nil }) else {
            throw ReplayError.badWorkload(
                place: object.place(ofField: "spec"),
                problem: "\(kind) \(namespace)/\(name): has no pod template"
            )
        }
        let annotations = annotations(of: json, form)
        let (work, source) = length(of: json, kind: kind, form, annotations)
        let gang = annotations[Annotation.gang.key].flatMap { $0.isEmpty ? nil : $0 }
        let isSplit = form.parts.count > 1
        var result = ReplayWorkload(
            namespace: namespace,
            name: name,
            kind: kind,
            submittedAt: submittedAt,
            deadline: annotations[Annotation.deadline.key].flatMap { Timestamp(rfc3339: $0) },
            work: work,
            source: source,
            billedName: gang ?? name,
            parts: [],
            objects: []
        )
        for part in form.parts {
            let partName = isSplit ? "\(name)-\(part.name)" : name
            var template = template(part.template, in: namespace, own: json, work: work)
            if isSplit {
                let total = form.parts.reduce(0) { $0 + $1.count }
                let accelerators = form.parts.reduce(Int64(0)) {
                    $0 + Self.accelerators(of: $1.template) * Int64($1.count)
                }
                template["metadata"]["annotations"][Annotation.gang.key] = .string(result.billedName)
                template["metadata"]["annotations"][ProcessDescription.prefix + "members"] = .string("\(total)")
                template["metadata"]["annotations"][ProcessDescription.prefix + "accelerators"] = .string(
                    "\(accelerators)"
                )
                if annotations[Annotation.gangSize.key] == nil {
                    template["metadata"]["annotations"][Annotation.gangSize.key] = .string("\(total)")
                }
            } else if ["JobSet", "PyTorchJob", "MPIJob"].contains(kind), part.count > 1 {
                template["metadata"]["annotations"].setDefault(Annotation.gangSize.key, .string("\(part.count)"))
            }
            result.parts.append(partName)
            result.objects.append(
                kind == "Pod"
                    ? pod(template, name: partName, namespace: namespace)
                    : job(json, kind: kind, template, name: partName, namespace: namespace, part.count)
            )
        }
        return result
    }

    // MARK: - What it is made of

    private func form(of json: JSON, kind: String) -> Form {
        switch kind {
        case "Pod":
            return Form(parts: [Part(name: "", template: json, count: 1)], members: 1, waves: 1)
        case "Job":
            let parallelism = max(1, Int(json.at("spec", "parallelism").integer ?? 1))
            let completions = max(1, Int(json.at("spec", "completions").integer ?? Int64(parallelism)))
            let part = Part(name: "", template: json.at("spec", "template"), count: min(parallelism, completions))
            let own = json.at("metadata", "annotations").strings
            let annotations = own.merging(part.template.at("metadata", "annotations").strings) { $1 }
            // A gang computes as one, from its beginning to its end.
            if Self.isGang(annotations) { return Form(parts: [part], members: part.count, waves: 1) }
            return Form(parts: [part], members: completions, waves: (completions + parallelism - 1) / parallelism)
        default:
            var parts: [Part] = []
            for part in replicas(of: json, kind: kind) where part.count > 0 {
                // Those that are made alike run as one Job.
                if let index = parts.firstIndex(where: { $0.template == part.template }) {
                    parts[index].count += part.count
                } else {
                    parts.append(part)
                }
            }
            return Form(parts: parts, members: parts.reduce(0) { $0 + $1.count }, waves: 1)
        }
    }

    private func replicas(of json: JSON, kind: String) -> [Part] {
        if kind == "JobSet" {
            return json.at("spec", "replicatedJobs").elements.map { entry in
                let job = entry.at("template", "spec")
                let parallelism = job["parallelism"].integer ?? 1
                let each = min(parallelism, job["completions"].integer ?? parallelism)
                return Part(
                    name: entry["name"].string ?? "",
                    template: job["template"],
                    count: Self.clamped((entry["replicas"].integer ?? 1) * each)
                )
            }
        }
        let field = kind == "MPIJob" ? "mpiReplicaSpecs" : "pytorchReplicaSpecs"
        return json.at("spec", field).fields.sorted { $0.key < $1.key }.map { role, spec in
            Part(
                name: role.lowercased(),
                template: spec["template"],
                count: Self.clamped(spec["replicas"].integer ?? 1)
            )
        }
    }

    /// More members than this is no workload that anybody starts.
    private static func clamped(_ count: Int64) -> Int { Int(min(max(0, count), 10_000)) }

    private static func accelerators(of template: JSON) -> Int64 {
        template.at("spec", "containers").elements.reduce(0) { sum, container in
            let requests = container.at("resources", "limits").fields.merging(
                container.at("resources", "requests").fields
            ) {
                _,
                own in own
            }
            return sum
                + Resources.acceleratorNames.reduce(Int64(0)) { sum, name in
                    sum + (requests[name].flatMap { $0.integer ?? $0.string.flatMap { Int64($0) } } ?? 0)
                }
        }
    }

    // MARK: - What it says

    /// Gleaner's annotations and the world's, the pods' own above those of the object.
    private func annotations(of json: JSON, _ form: Form) -> [String: String] {
        var result = json.at("metadata", "annotations").strings
        for part in form.parts { result.merge(part.template.at("metadata", "annotations").strings) { $1 } }
        return result
    }

    /// How long each member computes, and who says so.
    private func length(
        of json: JSON,
        kind: String,
        _ form: Form,
        _ annotations: [String: String]
    ) -> (Duration, ReplayWorkload.LengthSource) {
        func duration(_ key: String) -> Duration? {
            annotations[key].flatMap { Duration(shorthand: $0) }.flatMap { $0 > .zero ? $0 : nil }
        }
        if let work = duration(ProcessDescription.prefix + "work") { return (work, .world) }
        if let seconds = records.seconds(of: json, kind: kind, members: form.members, waves: form.waves) {
            return (.seconds(seconds), .record)
        }
        let expected = duration(Annotation.expectedRuntime.key)
        let whole = expected ?? assumedLength
        let seconds = max(1, whole.components.seconds / Int64(max(1, form.waves)))
        return (.seconds(seconds), expected == nil ? .assumed : .expectedRuntime)
    }

    private static func isGang(_ annotations: [String: String]) -> Bool {
        annotations[Annotation.gang.key] != nil || annotations[Annotation.gangSize.key] != nil
    }

    /// A suspended Job that Gleaner lets begin.
    private func isOurs(_ json: JSON) -> Bool { !json.at("metadata", "labels", Label.queue).isNull }

    // MARK: - What it becomes

    /// A pod template as people wrote it, with what the world must know of its process.
    private mutating func template(_ template: JSON, in namespace: String, own json: JSON, work: Duration) -> JSON {
        var labels = template.at("metadata", "labels").strings
        for label in Self.controllerLabels { labels[label] = nil }
        var annotations = template.at("metadata", "annotations").strings
        for (key, value) in json.at("metadata", "annotations").strings where key.hasPrefix(Annotation.prefix) {
            annotations[key] = annotations[key] ?? value
        }
        // There is neither object storage nor a port in the world, and what was saved then is not saved now.
        for annotation in [Annotation.lastCheckpoint, .checkpointURI, .checkpointURL] {
            annotations[annotation.key] = nil
        }
        if annotations[Annotation.checkpoint.key] == CheckpointContract.http.rawValue {
            annotations[Annotation.checkpoint.key] = CheckpointContract.signal.rawValue
        }
        let interval = annotations[Annotation.checkpointInterval.key] ?? "0s"
        for (name, value) in [
            ("work", work.shorthand), ("restore-duration", restore.shorthand), ("checkpoint-interval", interval),
        ] {
            let key = ProcessDescription.prefix + name
            annotations[key] = annotations[key] ?? value
        }
        return [
            "metadata": ["labels": JSON(labels), "annotations": JSON(annotations)],
            "spec": spec(template["spec"], namespace),
        ]
    }

    private mutating func spec(_ spec: JSON, _ namespace: String) -> JSON {
        var spec = spec
        for field in ["nodeName", "schedulerName", "schedulingGates", "activeDeadlineSeconds"] { spec[field] = .null }
        let volumes = spec["volumes"].elements.filter { volume in
            if !volume["ephemeral"].isNull { return false }
            guard let claim = volume.at("persistentVolumeClaim", "claimName").string else { return true }
            if claims.contains("\(namespace)/\(claim)") { return true }
            droppedClaims += 1
            return false
        }
        spec["volumes"] = volumes.isEmpty ? .null : .array(volumes)
        return spec
    }

    private func pod(_ template: JSON, name: String, namespace: String) -> JSON {
        var result = template
        result["apiVersion"] = "v1"
        result["kind"] = "Pod"
        result["metadata"]["name"] = .string(name)
        result["metadata"]["namespace"] = .string(namespace)
        return result
    }

    private func job(
        _ json: JSON,
        kind: String,
        _ template: JSON,
        name: String,
        namespace: String,
        _ count: Int
    ) -> JSON {
        let annotations = template.at("metadata", "annotations").strings
        let isGang = Self.isGang(annotations)
        var spec: JSON = kind == "Job" ? json["spec"] : .emptyObject
        for field in ["selector", "manualSelector", "suspend", "activeDeadlineSeconds", "successPolicy", "managedBy"] {
            spec[field] = .null
        }
        if kind == "Job" {
            if json.at("spec", "suspend").bool == true, isOurs(json) { spec["suspend"] = true }
        } else {
            // Their operators start again what was disrupted, as often as it takes.
            spec["backoffLimit"] = 10_000
        }
        if kind != "Job" || isGang || spec["parallelism"].integer == 0 {
            spec["parallelism"] = .integer(Int64(count))
            spec["completions"] = .integer(Int64(count))
        }
        // Members of a gang wait for each other; all others compute apart.
        spec["completionMode"] = isGang ? "Indexed" : "NonIndexed"
        spec["ttlSecondsAfterFinished"] = .integer(Replay.keptSeconds)
        spec["template"] = template
        if !["Never", "OnFailure"].contains(template.at("spec", "restartPolicy").string) {
            spec["template"]["spec"]["restartPolicy"] = "Never"
        }
        var labels = json.at("metadata", "labels").strings
        for label in Self.controllerLabels { labels[label] = nil }
        let own = json.at("metadata", "annotations").strings.filter {
            $0.key.hasPrefix(Annotation.prefix) && annotations[$0.key] == $0.value
        }
        return [
            "apiVersion": "batch/v1", "kind": "Job",
            "metadata": [
                "name": .string(name), "namespace": .string(namespace), "labels": JSON(labels),
                "annotations": JSON(own),
            ],
            "spec": spec,
        ]
    }
}
