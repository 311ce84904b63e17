package import Model

extension SchedulingObject {
    /// Reads an object that has a say in what runs where, by its own `kind`.
    /// - Parameter json: The whole object, of a manifest or of the API server.
    /// - Returns: The object; nil when it is of another kind.
    /// - Throws: `ObjectError`, which names the object and the field.
    package static func read(_ json: JSON) throws -> SchedulingObject? {
        switch json["kind"].string {
        case "Namespace": try namespace(json: json)
        case "PersistentVolumeClaim": .volumeClaim(try PersistentVolumeClaim(json: json))
        case "PersistentVolume": .volume(try PersistentVolume(json: json))
        case "StorageClass": .storageClass(try StorageClass(json: json))
        case "DaemonSet": .daemonSet(try DaemonSet(json: json))
        case let kind?:
            try WorkloadObject.Kind(rawValue: kind).map { .workload(try WorkloadObject(json: json, kind: $0)) }
        case nil: nil
        }
    }

    /// Reads a core/v1 Namespace as the API server shows it.
    /// - Parameter json: The whole object.
    /// - Returns: Its name and labels.
    /// - Throws: `ObjectError`, which names the namespace and the field.
    package static func namespace(json: JSON) throws -> SchedulingObject {
        let reader = ObjectReader(json, kind: "Namespace")
        let name = try reader.required("metadata", "name")
        var labels = try reader.strings("metadata", "labels")
        // The API server sets it on every namespace; a manifest may lack it.
        labels["kubernetes.io/metadata.name"] = name
        return .namespace(name: name, labels: labels)
    }
}

extension PriorityClass {
    /// Reads a scheduling.k8s.io/v1 PriorityClass.
    /// - Parameter json: The whole object.
    /// - Throws: `ObjectError`, which names the class and the field.
    package init(json: JSON) throws {
        let reader = ObjectReader(json, kind: "PriorityClass")
        self.init(
            name: try reader.required("metadata", "name"),
            value: Int(clamping: try reader.integer("value") ?? 0),
            isDefault: try reader.bool("globalDefault") ?? false
        )
    }
}
