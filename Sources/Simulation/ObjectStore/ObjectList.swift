package import Kubernetes

/// A page of a list.
package struct ObjectList: Sendable, Hashable {
    package var items: [JSON]
    /// Where a watch may go on from.
    package var resourceVersion: Int64
    /// Names the next page; none on the last.
    package var continueToken: String?
    /// How many objects the later pages hold, when nothing but the namespace selects them.
    package var remaining: Int?
}
