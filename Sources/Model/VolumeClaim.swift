/// A persistent volume claim and the nodes from which its volume can be reached.
package struct VolumeClaim: Hashable, Codable, Sendable {
    package var namespace: String
    package var name: String
    /// The volume it is bound to; nil while unbound.
    package var volume: String?
    /// Alternatives, of the volume's node affinity, or of the storage class's allowed topologies while it is unbound;
    /// empty means everywhere.
    package var reachableFrom: [NodeSelectorTerm]

    package init(namespace: String, name: String, volume: String? = nil, reachableFrom: [NodeSelectorTerm] = []) {
        self.namespace = namespace
        self.name = name
        self.volume = volume
        self.reachableFrom = reachableFrom
    }
}
