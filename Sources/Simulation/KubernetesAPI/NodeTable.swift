import Kubernetes

/// A node's row: `NAME STATUS ROLES AGE VERSION`, and wide its addresses and system.
enum NodeTable {
    static var layout: Table.Layout {
        Table.Layout(
            columns: [
                Table.nameColumn, Table.Column(name: "Status"), Table.Column(name: "Roles"), Table.Column(name: "Age"),
                Table.Column(name: "Version"), Table.Column(name: "Internal-IP", priority: 1),
                Table.Column(name: "External-IP", priority: 1), Table.Column(name: "OS-Image", priority: 1),
                Table.Column(name: "Kernel-Version", priority: 1),
                Table.Column(name: "Container-Runtime", priority: 1),
            ],
            cells: cells
        )
    }

    private static func cells(_ node: JSON, _ now: Int64) -> [JSON] {
        let info = node["status"]["nodeInfo"]
        func address(_ type: String) -> JSON {
            let found = node["status"]["addresses"].elements.first { $0["type"].string == type }
            return .string(found?["address"].string ?? "<none>")
        }
        func known(_ field: String) -> JSON { .string(info[field].string ?? "<unknown>") }
        return [
            node["metadata"]["name"], .string(status(node)), .string(roles(node)), Table.age(node, now),
            .string(info["kubeletVersion"].string ?? ""), address("InternalIP"), address("ExternalIP"),
            known("osImage"), known("kernelVersion"), known("containerRuntimeVersion"),
        ]
    }

    private static func status(_ node: JSON) -> String {
        let ready = node["status"]["conditions"].elements.first { $0["type"].string == "Ready" }
        let word = ready.map { $0["status"].string == "True" ? "Ready" : "NotReady" } ?? "Unknown"
        return node["spec"]["unschedulable"].bool == true ? "\(word),SchedulingDisabled" : word
    }

    private static func roles(_ node: JSON) -> String {
        let prefix = "node-role.kubernetes.io/"
        var roles = Set<String>()
        for (key, value) in node["metadata"]["labels"].strings {
            if key.hasPrefix(prefix), key.count > prefix.count { roles.insert(String(key.dropFirst(prefix.count))) }
            if key == "kubernetes.io/role", !value.isEmpty { roles.insert(value) }
        }
        return roles.isEmpty ? "<none>" : roles.sorted().joined(separator: ",")
    }
}
