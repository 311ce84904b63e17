/// A text that must never be shown: printing, interpolating or dumping it says `[redacted]`.
package struct Secret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// What is shown in its place.
    static let shown = "[redacted]"

    package let value: String

    package init(_ value: String) {
        self.value = value
    }

    package var description: String { Self.shown }
    package var debugDescription: String { Self.shown }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
