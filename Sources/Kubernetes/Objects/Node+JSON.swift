package import Model

extension Node {
    /// Reads a core/v1 Node as the API server shows it.
    /// - Parameter json: The whole object.
    /// - Throws: `ObjectError`, which names the node and the field.
    package init(json: JSON) throws {
        let reader = ObjectReader(json, kind: "Node")
        self.init(
            name: try reader.required("metadata", "name"),
            uid: try reader.required("metadata", "uid"),
            createdAt: try reader.creation()
        )
        providerID = try reader.string("spec", "providerID").flatMap { $0.isEmpty ? nil : $0 }
        labels = try reader.strings("metadata", "labels")
        taints = try reader.elements("spec", "taints").map { taint in
            Taint(
                key: try taint.required("key"),
                value: try taint.string("value") ?? "",
                // An effect that a later Kubernetes may add keeps pods away rather than not.
                effect: Taint.Effect(rawValue: try taint.required("effect")) ?? .noSchedule
            )
        }
        allocatable = try reader.resources("status", "allocatable")
        isReady = try reader.condition("Ready")?.string("status") == "True"
        isUnschedulable = try reader.bool("spec", "unschedulable") ?? false
    }
}
