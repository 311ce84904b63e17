/// A suspended Job of ours that is to begin: its capacity stands.
package struct Unsuspension: Hashable, Sendable, CustomStringConvertible {
    package var namespace: String
    package var name: String
    /// Nothing is changed when the Job of this name is another by now.
    package var uid: String

    package init(namespace: String, name: String, uid: String) {
        self.namespace = namespace
        self.name = name
        self.uid = uid
    }

    package var description: String { "\(namespace)/\(name)" }
}

/// What became of an unsuspension.
package enum UnsuspensionOutcome: Hashable, Sendable {
    /// The Job is not suspended any more.
    case accepted
    /// There is no such Job any more.
    case gone
    /// It is not ours to unsuspend any more: its label was taken away, or somebody else manages it.
    case refused
    case failed(message: String)
}
