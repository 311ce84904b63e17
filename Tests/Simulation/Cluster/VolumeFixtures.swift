import Kubernetes
import Model

/// A volume in one zone, the claim `vision/data` that is bound to it, and a pod that reads it.
enum VolumeFixtures {
    static let claim: JSON = [
        "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": ["name": "data", "namespace": "vision"],
        "spec": ["volumeName": "pv-1", "storageClassName": "fast", "accessModes": ["ReadWriteOnce"]],
    ]

    /// Of a pod beside what else it needs.
    static let podSpec: JSON = ["volumes": [["name": "data", "persistentVolumeClaim": ["claimName": "data"]]]]

    static func volume(zone: String) -> JSON {
        let expression: JSON = ["key": "topology.ebs.csi.aws.com/zone", "operator": "In", "values": [.string(zone)]]
        return [
            "apiVersion": "v1", "kind": "PersistentVolume", "metadata": ["name": "pv-1"],
            "spec": [
                "capacity": ["storage": "10Gi"], "accessModes": ["ReadWriteOnce"], "storageClassName": "fast",
                "claimRef": ["namespace": "vision", "name": "data"],
                "nodeAffinity": ["required": ["nodeSelectorTerms": [["matchExpressions": [expression]]]]],
            ],
        ]
    }

    /// What planning is told of the claim.
    static func expected(zone: String) -> VolumeClaim {
        let requirement = NodeSelectorRequirement(key: Label.zone, operator: .isIn, values: [zone])
        return VolumeClaim(
            namespace: "vision",
            name: "data",
            volume: "pv-1",
            reachableFrom: [NodeSelectorTerm(requirements: [requirement])]
        )
    }
}
