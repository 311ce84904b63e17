import Model

/// A node as the scheduler sees it once it stands: a host of the input, a node of the plan, or one that could be had.
struct JudgedNode {
    /// Labels, taints and what can be read from them are judged once for all nodes of one class.
    var classIndex: Int
    var name: String
    var free: Resources
    var ports: [HostPort] = []
    var reservedFor: WorkloadID?
    /// Of a new node.
    var pool: String?
    var capacityType: CapacityType?
    var isNew: Bool
}

/// What nodes have in common to whom the same pods may go.
struct NodeClass: Hashable {
    /// Without the host's name, unless it is the class of that one host.
    var labels: [String: String]
    var taints: [Taint]

    /// The node's domain under a topology key; every node is its own under the host's name.
    func domain(_ key: String, of node: JudgedNode) -> String? {
        key == Label.hostname ? labels[key] ?? node.name : labels[key]
    }

    func has(_ key: String) -> Bool { key == Label.hostname || labels[key] != nil }
}
