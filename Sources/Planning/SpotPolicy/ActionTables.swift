import Foundation

/// Tables that policies share: what a table holds follows from its terms alone, so it does not matter who had it
/// reckoned, or when it is forgotten.
package final class ActionTables: Sendable {
    /// Terms that are remembered, those that were asked for last. A table is 2 MB for two pools and 0.5 MB for one, and of
    /// the nine that terms have hardly more than four are ever asked for.
    private static let mostTerms = 32

    private let lock = NSLock()
    nonisolated(unsafe) private var lattices: [ActionTerms: ActionLattice] = [:]
    /// The one that was asked for last at the end.
    nonisolated(unsafe) private var order: [ActionTerms] = []
    nonisolated(unsafe) private var forgotten = 0

    package init() {}

    /// How many tables were reckoned so far: each takes as long as thousands of decisions, so whoever has little time counts
    /// them.
    package var reckoned: Int {
        lock.withLock { lattices.values.reduce(forgotten) { $0 + $1.tableCount } }
    }

    func lattice(_ terms: ActionTerms) -> ActionLattice {
        lock.withLock {
            if let known = lattices[terms] {
                if order.last != terms {
                    order.removeAll { $0 == terms }
                    order.append(terms)
                }
                return known
            }
            if order.count >= Self.mostTerms, let oldest = lattices.removeValue(forKey: order.removeFirst()) {
                forgotten += oldest.tableCount
            }
            let lattice = ActionLattice(terms)
            lattices[terms] = lattice
            order.append(terms)
            return lattice
        }
    }
}
