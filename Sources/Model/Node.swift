/// What Gleaner keeps of a Kubernetes node. An observation: never written to the journal.
package struct Node: Hashable, Sendable {
    package var name: String
    package var uid: String
    /// `spec.providerID`, such as `aws:///us-east-1a/i-0123456789abcdef0`.
    package var providerID: String?
    package var labels: [String: String] = [:]
    package var taints: [Taint] = []
    package var allocatable = Resources()
    package var isReady = false
    package var isUnschedulable = false
    package var createdAt: Timestamp

    package init(name: String, uid: String, createdAt: Timestamp) {
        self.name = name
        self.uid = uid
        self.createdAt = createdAt
    }

    /// The cloud's instance behind it, read from the provider id.
    package var instanceID: InstanceID? {
        providerID.flatMap { $0.split(separator: "/").last }.map { InstanceID(String($0)) }
    }
}

/// A change to a node object; nil fields are left alone.
package struct NodeUpdate: Hashable, Codable, Sendable {
    package var node: String
    package var unschedulable: Bool?
    package var addTaints: [Taint]
    package var removeTaintKeys: [String]
    package var addLabels: [String: String]

    package init(
        node: String,
        unschedulable: Bool? = nil,
        addTaints: [Taint] = [],
        removeTaintKeys: [String] = [],
        addLabels: [String: String] = [:]
    ) {
        self.node = node
        self.unschedulable = unschedulable
        self.addTaints = addTaints
        self.removeTaintKeys = removeTaintKeys
        self.addLabels = addLabels
    }
}
