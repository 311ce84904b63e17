/// What Gleaner keeps of a persistent volume. An observation: never written to the journal.
package struct PersistentVolume: Hashable, Sendable {
    package var name: String
    /// Alternatives: its node affinity, with what its zone and region labels demand in each; empty means everywhere.
    package var reachableFrom: [NodeSelectorTerm]
    package var storageClass: String?
    /// Whether a claim has it, or it is kept for one.
    package var isClaimed: Bool

    package init(
        name: String,
        reachableFrom: [NodeSelectorTerm] = [],
        storageClass: String? = nil,
        isClaimed: Bool = false
    ) {
        self.name = name
        self.reachableFrom = reachableFrom
        self.storageClass = storageClass
        self.isClaimed = isClaimed
    }
}
