package import Model

extension PersistentVolumeClaim {
    /// Reads a core/v1 PersistentVolumeClaim as the API server shows it.
    /// - Parameter json: The whole object.
    /// - Throws: `ObjectError`, which names the claim and the field.
    package init(json: JSON) throws {
        let reader = ObjectReader(json, kind: "PersistentVolumeClaim")
        self.init(
            namespace: try reader.required("metadata", "namespace"),
            name: try reader.required("metadata", "name"),
            volume: try reader.string("spec", "volumeName").flatMap { $0.isEmpty ? nil : $0 },
            // The annotation is older than the field and still counts.
            storageClass: try reader.string("metadata", "annotations", "volume.beta.kubernetes.io/storage-class")
                ?? reader.string("spec", "storageClassName")
        )
    }
}

extension PersistentVolume {
    /// Reads a core/v1 PersistentVolume as the API server shows it.
    /// - Parameter json: The whole object.
    /// - Throws: `ObjectError`, which names the volume and the field.
    package init(json: JSON) throws {
        let reader = ObjectReader(json, kind: "PersistentVolume")
        let affinity = try reader.nodeSelectorTerms(["spec", "nodeAffinity", "required", "nodeSelectorTerms"])
        // A label's value may be several zones: https://kubernetes.io/docs/reference/labels-annotations-taints/#topologykubernetesiozone
        let zones = try reader.strings("metadata", "labels").compactMap { key, value -> NodeSelectorRequirement? in
            let key = TopologyLabel.current(key)
            guard key == Label.zone || key == Label.region else { return nil }
            return NodeSelectorRequirement(
                key: key,
                operator: .isIn,
                values: Set(value.split(separator: "_").map(String.init)).sorted()
            )
        }
        let demanded = zones.sorted { $0.key < $1.key }
        let alternatives = affinity.isEmpty && !demanded.isEmpty ? [NodeSelectorTerm(requirements: [])] : affinity
        let terms = alternatives.map { term in
            TopologyLabel.current(TopologyLabel.current(term).requirements + demanded)
        }
        self.init(
            name: try reader.required("metadata", "name"),
            reachableFrom: terms,
            storageClass: try reader.string("spec", "storageClassName"),
            isClaimed: try reader.object("spec", "claimRef") != nil
        )
    }
}

extension StorageClass {
    /// Reads a storage.k8s.io/v1 StorageClass as the API server shows it.
    /// - Parameter json: The whole object.
    /// - Throws: `ObjectError`, which names the class and the field.
    package init(json: JSON) throws {
        let reader = ObjectReader(json, kind: "StorageClass")
        let topologies = try reader.elements("allowedTopologies").map { term in
            let requirements = try term.elements("matchLabelExpressions").map { expression in
                NodeSelectorRequirement(
                    key: try expression.required("key"),
                    operator: .isIn,
                    values: try expression.strings(in: "values")
                )
            }
            return TopologyLabel.current(NodeSelectorTerm(requirements: requirements))
        }
        self.init(
            name: try reader.required("metadata", "name"),
            allowedTopologies: topologies,
            provisions: try reader.string("provisioner") != "kubernetes.io/no-provisioner",
            waitsForConsumer: try reader.string("volumeBindingMode") == "WaitForFirstConsumer"
        )
    }
}

/// The labels by which storage drivers and older clusters name zone and region. A node that is still to be bought has
/// only the well-known ones, and their values are the same.
private enum TopologyLabel {
    private static let successors = [
        "failure-domain.beta.kubernetes.io/zone": Label.zone,
        "failure-domain.beta.kubernetes.io/region": Label.region,
        "topology.ebs.csi.aws.com/zone": Label.zone,
        "topology.gke.io/zone": Label.zone,
    ]

    static func current(_ key: String) -> String { successors[key] ?? key }

    static func current(_ term: NodeSelectorTerm) -> NodeSelectorTerm {
        current(
            term.requirements.map {
                NodeSelectorRequirement(key: current($0.key), operator: $0.operator, values: $0.values)
            }
        )
    }

    /// A zone lies in one region: beside a zone the region says nothing more.
    static func current(_ requirements: [NodeSelectorRequirement]) -> NodeSelectorTerm {
        let hasZone = requirements.contains { $0.key == Label.zone && $0.operator == .isIn }
        var result: [NodeSelectorRequirement] = []
        for requirement in requirements where !(hasZone && requirement.key == Label.region) {
            if !result.contains(requirement) { result.append(requirement) }
        }
        return NodeSelectorTerm(requirements: result)
    }
}
