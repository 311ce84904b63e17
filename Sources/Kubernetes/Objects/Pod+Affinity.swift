import Model

extension Pod {
    private static let required = "requiredDuringSchedulingIgnoredDuringExecution"
    private static let preferred = "preferredDuringSchedulingIgnoredDuringExecution"

    /// Reads which nodes and which other pods it wants to be near to or far from. Its labels are read already.
    mutating func readAffinity(_ reader: ObjectReader) throws {
        guard let affinity = try reader.object("spec", "affinity") else { return }
        nodeAffinity = try affinity.nodeSelectorTerms(["nodeAffinity", Self.required, "nodeSelectorTerms"])
        for entry in try affinity.elements(["nodeAffinity", Self.preferred]) {
            // One that demands nothing prefers nothing.
            guard let preference = try entry.object("preference"),
                preference.json.fields.values.contains(where: { $0 != [] })
            else { continue }
            try prefer(.node(preference.nodeSelectorTerm()), weight: entry.weight())
        }
        podAffinity = try affinity.elements(["podAffinity", Self.required]).map { try podTerm($0, isAnti: false) }
        podAntiAffinity = try affinity.elements(["podAntiAffinity", Self.required]).map {
            try podTerm($0, isAnti: true)
        }
        for (kind, sign) in [("podAffinity", 1), ("podAntiAffinity", -1)] {
            for entry in try affinity.elements([kind, Self.preferred]) {
                guard let term = try entry.object("podAffinityTerm") else { continue }
                try prefer(.pods(podTerm(term, isAnti: sign < 0)), weight: sign * entry.weight())
            }
        }
    }

    private mutating func prefer(_ term: SchedulingPreference.Term, weight: Int) {
        guard weight != 0 else { return }
        preferences.append(SchedulingPreference(weight: weight, term: term))
    }

    /// An unknown operator makes the pod run in fewer places: near nothing, or far from everything.
    private func podTerm(_ reader: ObjectReader, isAnti: Bool) throws -> PodAffinityTerm {
        let namespaces = Set(try reader.strings(in: "namespaces")).sorted()
        let namespaceSelector = try reader.labelSelector("namespaceSelector", isWide: isAnti)
        let selector = try reader.labelSelector("labelSelector", isWide: isAnti) ?? .nothing
        return PodAffinityTerm(
            selector:
                selector
                .merging(keys: try reader.strings(in: "matchLabelKeys"), .isIn, from: labels)
                .merging(keys: try reader.strings(in: "mismatchLabelKeys"), .notIn, from: labels),
            namespaces: namespaces.isEmpty && namespaceSelector == nil ? [id.namespace] : namespaces,
            namespaceSelector: namespaceSelector,
            topologyKey: try reader.required("topologyKey")
        )
    }

    /// Reads how it wants its like to be spread. Its labels are read already.
    mutating func readTopologySpread(_ reader: ObjectReader) throws {
        topologySpread = try reader.elements("spec", "topologySpreadConstraints").map { constraint in
            let selector = try constraint.labelSelector("labelSelector") ?? .nothing
            return TopologySpreadConstraint(
                maxSkew: max(1, Int(clamping: try constraint.integer("maxSkew") ?? 1)),
                topologyKey: try constraint.required("topologyKey"),
                isRequired: try constraint.string("whenUnsatisfiable") != "ScheduleAnyway",
                minDomains: max(1, Int(clamping: try constraint.integer("minDomains") ?? 1)),
                selector: selector.merging(
                    keys: try constraint.strings(in: "matchLabelKeys"),
                    .isIn,
                    from: labels
                ),
                honorsNodeAffinity: try constraint.string("nodeAffinityPolicy") != "Ignore",
                honorsNodeTaints: try constraint.string("nodeTaintsPolicy") == "Honor"
            )
        }
    }
}

extension ObjectReader {
    /// 1 to 100; nothing for what is out of range.
    fileprivate func weight() throws -> Int {
        Int(min(100, max(0, try integer("weight") ?? 0)))
    }
}
