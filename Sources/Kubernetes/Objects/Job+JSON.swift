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
        completedAt = try reader.conditionTime("Complete")
        failedAt = try reader.conditionTime("Failed")
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
