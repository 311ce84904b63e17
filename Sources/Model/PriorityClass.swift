/// What a priority class's name stands for.
package struct PriorityClass: Hashable, Sendable {
    package var name: String
    package var value: Int
    /// Whether it counts for pods that name none.
    package var isDefault: Bool

    package init(name: String, value: Int, isDefault: Bool = false) {
        self.name = name
        self.value = value
        self.isDefault = isDefault
    }

    /// Those that every cluster has.
    package static let system = [
        PriorityClass(name: "system-cluster-critical", value: 2_000_000_000),
        PriorityClass(name: "system-node-critical", value: 2_000_001_000),
    ]
}
