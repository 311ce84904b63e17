/// What Gleaner keeps of a storage class. An observation: never written to the journal.
package struct StorageClass: Hashable, Sendable {
    package var name: String
    /// Where its volumes are made, as alternatives; empty means everywhere.
    package var allowedTopologies: [NodeSelectorTerm]
    /// Whether volumes are made for claims. When not, a claim takes one that is there, such as a node's own disk.
    package var provisions: Bool
    /// Whether a volume is chosen for a claim only once a pod that uses it has a node.
    package var waitsForConsumer: Bool

    package init(
        name: String,
        allowedTopologies: [NodeSelectorTerm] = [],
        provisions: Bool = true,
        waitsForConsumer: Bool = false
    ) {
        self.name = name
        self.allowedTopologies = allowedTopologies
        self.provisions = provisions
        self.waitsForConsumer = waitsForConsumer
    }
}
