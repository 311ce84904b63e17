/// A node's taint, as in core/v1.
package struct Taint: Hashable, Codable, Sendable {
    package enum Effect: String, Hashable, Codable, Sendable {
        case noSchedule = "NoSchedule"
        case preferNoSchedule = "PreferNoSchedule"
        case noExecute = "NoExecute"
    }

    package var key: String
    package var value: String
    package var effect: Effect

    package init(key: String, value: String = "", effect: Effect) {
        self.key = key
        self.value = value
        self.effect = effect
    }

    /// On every node of ours until it is initialised, and for a gang until its last node is.
    package static let starting = Taint(key: "gleaner.dev/starting", effect: .noSchedule)

    /// On a node that is being emptied; its value says why.
    package static func draining(_ reason: String) -> Taint {
        Taint(key: "gleaner.dev/draining", value: reason, effect: .noSchedule)
    }
}

/// A pod's toleration, as in core/v1.
package struct Toleration: Hashable, Codable, Sendable {
    /// An absent or empty key tolerates every key, with `Exists`.
    package var key: String?
    /// True for `Exists`, false for `Equal`.
    package var exists: Bool
    package var value: String
    /// An absent effect tolerates every effect.
    package var effect: Taint.Effect?

    package init(key: String?, exists: Bool, value: String = "", effect: Taint.Effect? = nil) {
        self.key = key
        self.exists = exists
        self.value = value
        self.effect = effect
    }

    package func tolerates(_ taint: Taint) -> Bool {
        if let effect, effect != taint.effect { return false }
        guard let key, !key.isEmpty else { return exists }
        return key == taint.key && (exists || value == taint.value)
    }
}
