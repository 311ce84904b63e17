extension JSON {
    /// Sets what an API server would have set when the object was created, where a file leaves it out: namespace, uid
    /// and creation, the namespace first, since uids are made from it.
    ///
    /// - Parameter isNamespaced: Whether objects of its kind live in namespaces.
    mutating func completeMetadata(isNamespaced: Bool) {
        guard case .object(var metadata) = self["metadata"] else { return }
        func isAbsent(_ key: String) -> Bool { metadata[key, default: .null].isNull }
        if isNamespaced, isAbsent("namespace") || metadata["namespace"] == "" { metadata["namespace"] = "default" }
        let name = metadata["name"]?.string ?? ""
        if isAbsent("uid") {
            let namespace = isNamespaced ? metadata["namespace"]?.string.map { "\($0)/" } : nil
            metadata["uid"] = .string((namespace ?? "") + name)
        }
        if isAbsent("creationTimestamp") { metadata["creationTimestamp"] = "1970-01-01T00:00:00Z" }
        for (index, reference) in metadata["ownerReferences"]?.elements.enumerated() ?? [].enumerated()
        where reference["uid"].isNull {
            metadata["ownerReferences"]?[index]["uid"] = .string("\(reference["kind"])/\(reference["name"])")
        }
        self["metadata"] = .object(metadata)
    }
}
