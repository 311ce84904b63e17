import Foundation

/// Tables that policies share: what a table holds follows from its terms alone, so it does not matter who had it
/// reckoned, or when it is forgotten.
package final class ActionTables: Sendable {
    /// Terms that are remembered, the latest ones: at most nine tables each of 2 MB for two pools, of 0.2 MB for one.
    private static let mostTerms = 24

    private let lock = NSLock()
    nonisolated(unsafe) private var lattices: [ActionTerms: ActionLattice] = [:]
    nonisolated(unsafe) private var order: [ActionTerms] = []

    package init() {}

    func lattice(_ terms: ActionTerms) -> ActionLattice {
        lock.withLock {
            if let known = lattices[terms] { return known }
            if order.count >= Self.mostTerms { lattices[order.removeFirst()] = nil }
            let lattice = ActionLattice(terms)
            lattices[terms] = lattice
            order.append(terms)
            return lattice
        }
    }
}
