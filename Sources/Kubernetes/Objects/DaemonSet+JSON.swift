package import Model

extension DaemonSet {
    /// What the controller lets every pod of a daemon set tolerate:
    /// https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/#taints-and-tolerations
    private static let tolerated: [(key: String, effect: Taint.Effect)] = [
        ("node.kubernetes.io/not-ready", .noExecute), ("node.kubernetes.io/unreachable", .noExecute),
        ("node.kubernetes.io/disk-pressure", .noSchedule), ("node.kubernetes.io/memory-pressure", .noSchedule),
        ("node.kubernetes.io/pid-pressure", .noSchedule), ("node.kubernetes.io/unschedulable", .noSchedule),
    ]

    /// Reads an apps/v1 DaemonSet as the API server shows it.
    /// - Parameter json: The whole object.
    /// - Throws: `ObjectError`, which names the daemon set, or a pod of its name, and the field.
    package init(json: JSON) throws {
        let reader = ObjectReader(json, kind: "DaemonSet")
        let name = try reader.required("metadata", "name")
        let uid = try reader.required("metadata", "uid")
        var object = json.at("spec", "template")
        var metadata: JSON = ["labels": object["metadata"]["labels"], "annotations": object["metadata"]["annotations"]]
        for field in ["namespace", "name", "uid", "creationTimestamp"] { metadata[field] = json["metadata"][field] }
        object["metadata"] = metadata
        object["status"] = .null
        var template = try Pod(json: object)
        template.owner = Pod.Owner(kind: "DaemonSet", name: name, uid: uid)
        template.isNodeBound = true
        template.tolerations += Self.tolerated.map { Toleration(key: $0.key, exists: true, effect: $0.effect) }
        if json.at("spec", "template", "spec", "hostNetwork").bool == true {
            let key = "node.kubernetes.io/network-unavailable"
            template.tolerations.append(Toleration(key: key, exists: true, effect: .noSchedule))
        }
        self.init(uid: uid, template: template)
    }
}
