/// The part of an object that a write is about.
package enum Subresource: Sendable, Hashable {
    /// Everything but the status, for kinds that keep their status apart.
    case main
    case status
}
