/// What Gleaner keeps of a persistent volume claim. An observation: never written to the journal.
package struct PersistentVolumeClaim: Hashable, Sendable {
    package var namespace: String
    package var name: String
    /// The volume it is bound to; nil while unbound.
    package var volume: String?
    /// Nil or empty where it asks for none.
    package var storageClass: String?

    package init(namespace: String, name: String, volume: String? = nil, storageClass: String? = nil) {
        self.namespace = namespace
        self.name = name
        self.volume = volume
        self.storageClass = storageClass
    }
}
