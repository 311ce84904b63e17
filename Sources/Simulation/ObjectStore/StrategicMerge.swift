import Kubernetes

/// The API's strategic merge patch: a merge patch that merges some lists element by element.
///
/// Which lists, and by which key, is written in the API types' `patchMergeKey` tags; here are those of the kinds the
/// world serves. A list without a key is replaced whole, as `tolerations` are.
enum StrategicMerge {
    private static let mergeKeys: [String: [String]] = [
        "containers": ["name"], "initContainers": ["name"], "ephemeralContainers": ["name"], "env": ["name"],
        "volumes": ["name"], "imagePullSecrets": ["name"], "secrets": ["name"], "resourceClaims": ["name"],
        "schedulingGates": ["name"], "volumeMounts": ["mountPath"], "volumeDevices": ["devicePath"],
        // A container's ports and a service's.
        "ports": ["containerPort", "port"], "conditions": ["type"], "addresses": ["type"], "taints": ["key"],
        "ownerReferences": ["uid"], "hostAliases": ["ip"], "podIPs": ["ip"], "hostIPs": ["ip"],
        "topologySpreadConstraints": ["topologyKey"],
    ]

    /// Lists of plain values that merge as sets.
    private static let sets: Set<String> = ["finalizers", "podCIDRs"]

    static func merged(_ target: JSON, _ patch: JSON) -> JSON {
        guard case .object(var changes) = patch else { return patch }
        let directive = changes.removeValue(forKey: "$patch")?.string
        let retained = changes.removeValue(forKey: "$retainKeys")?.array?.compactMap(\.string)
        if directive == "delete" { return .emptyObject }
        var fields = directive == "replace" ? [:] : target.fields
        if let retained { fields = fields.filter { retained.contains($0.key) } }
        // Sorted, so that a list's deletions come before its additions whatever the dictionary's order.
        for (key, change) in changes.sorted(by: { $0.key < $1.key }) {
            if key.hasPrefix("$setElementOrder/") { continue }
            if key.hasPrefix("$deleteFromPrimitiveList/") {
                let name = String(key.dropFirst("$deleteFromPrimitiveList/".count))
                guard let present = fields[name]?.array else { continue }
                fields[name] = .array(present.filter { !change.elements.contains($0) })
                continue
            }
            fields[key] = value(fields[key] ?? .null, change, name: key)
        }
        return .object(fields)
    }

    private static func value(_ present: JSON, _ change: JSON, name: String) -> JSON? {
        switch change {
        case .null: return nil
        case .object:
            // A map that is deleted by directive is gone, not empty.
            if change["$patch"].string == "delete" { return nil }
            return merged(present, change)
        case .array(let elements):
            if sets.contains(name) {
                return .array(present.elements + elements.filter { !present.elements.contains($0) })
            }
            guard let keys = mergeKeys[name] else { return .array(elements) }
            return .array(list(present.elements, elements, keys: keys))
        default: return change
        }
    }

    private static func list(_ present: [JSON], _ changes: [JSON], keys: [String]) -> [JSON] {
        let isReplaced = changes.contains { $0["$patch"].string == "replace" && keys.allSatisfy($0.lacks) }
        var elements = isReplaced ? [] : present
        for change in changes {
            let directive = change["$patch"].string
            guard let key = keys.first(where: { !change[$0].isNull }) else {
                if directive == nil { elements.append(change) }
                continue
            }
            let index = elements.firstIndex { $0[key] == change[key] }
            switch (index, directive) {
            case (_, "delete"): elements.removeAll { $0[key] == change[key] }
            case (let index?, _): elements[index] = merged(elements[index], change)
            case (nil, _): elements.append(merged(.emptyObject, change))
            }
        }
        return elements
    }
}

extension JSON {
    fileprivate func lacks(_ key: String) -> Bool { self[key].isNull }
}
