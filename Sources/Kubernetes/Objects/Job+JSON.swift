package import Model

extension Job {
    /// Reads a batch/v1 Job as the API server shows it.
    /// - Parameter json: The whole object.
    /// - Throws: `ObjectError`, which names the job and the field.
    package init(json: JSON) throws {
        let reader = ObjectReader(json, kind: "Job")
        self.init(
            namespace: try reader.required("metadata", "namespace"),
            name: try reader.required("metadata", "name"),
            uid: try reader.required("metadata", "uid"),
            createdAt: try reader.creation()
        )
        annotations = try reader.strings("metadata", "annotations").filter { $0.key.hasPrefix(Annotation.prefix) }
        parallelism = max(0, Int(clamping: try reader.integer("spec", "parallelism") ?? 1))
        completions = try reader.integer("spec", "completions").map { max(0, Int(clamping: $0)) }
        isSuspended = try reader.bool("spec", "suspend") ?? false
        owner = try reader.controller()
        let metadata: [String] = ["spec", "template", "metadata"]
        gang = try reader.strings(metadata + ["annotations"])[Annotation.gang.key].flatMap { $0.isEmpty ? nil : $0 }
        podGroup = Pod.podGroup(labels: try reader.strings(metadata + ["labels"]))
        succeeded = max(0, Int(clamping: try reader.integer("status", "succeeded") ?? 0))
        if isSuspended, try isOurs(reader) { template = try Self.template(json, owner: self) }
        completedAt = try reader.conditionTime("Complete")
        failedAt = try reader.conditionTime("Failed")
    }

    /// Where Kueue writes what it manages; the annotation is from before the label.
    private static let kueueQueue = "kueue.x-k8s.io/queue-name"

    /// Whether it is ours to unsuspend: it asks for it, and neither Kueue nor another controller nor what made it does.
    private func isOurs(_ reader: ObjectReader) throws -> Bool {
        let labels = try reader.strings("metadata", "labels")
        let annotations = try reader.strings("metadata", "annotations")
        let manager = try reader.string("spec", "managedBy") ?? ""
        let isBeingDeleted = try reader.timestamp("metadata", "deletionTimestamp") != nil
        return labels[Label.queue] != nil && labels[Self.kueueQueue] == nil && annotations[Self.kueueQueue] == nil
            && ["", "kubernetes.io/job-controller"].contains(manager)
            && owner.flatMap { WorkloadObject.Kind(rawValue: $0.kind) } == nil
            && !isBeingDeleted
    }

    /// The pod that the Job would make, as the scheduler would find no room for it.
    private static func template(_ json: JSON, owner job: Job) throws -> Pod {
        var object = json.at("spec", "template")
        var metadata: JSON = ["labels": object["metadata"]["labels"], "annotations": object["metadata"]["annotations"]]
        for field in ["namespace", "name", "uid", "creationTimestamp"] { metadata[field] = json["metadata"][field] }
        object["metadata"] = metadata
        object["status"] = .null
        var pod = try Pod(json: object)
        pod.owner = Pod.Owner(kind: "Job", name: job.name, uid: job.uid)
        pod.isUnschedulable = true
        return pod
    }
}

extension ObjectReader {
    /// When the condition of that type became true; nil when it is not true.
    fileprivate func conditionTime(_ type: String) throws -> Timestamp? {
        guard let condition = try condition(type), try condition.string("status") == "True" else { return nil }
        guard let time = try condition.timestamp("lastTransitionTime") else {
            throw ObjectError.missing(object: object, field: "status.conditions[\(type)].lastTransitionTime")
        }
        return time
    }
}
