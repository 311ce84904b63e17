/// Who somebody is, as the cluster knows them.
package struct ClusterUser: Hashable, Sendable {
    package var name: String
    package var uid: String
    package var groups: [String]
    /// What else the cluster says of them, such as the pod that a service account's token is bound to.
    package var extra: [String: [String]]

    package init(name: String, uid: String = "", groups: [String] = [], extra: [String: [String]] = [:]) {
        self.name = name
        self.uid = uid
        self.groups = groups
        self.extra = extra
    }
}

/// The machine under a pod.
package struct NodeIdentity: Hashable, Sendable {
    package var node: String
    /// The cloud's instance behind the node; nil where the cluster does not say.
    package var instance: String?

    package init(node: String, instance: String?) {
        self.node = node
        self.instance = instance
    }
}
