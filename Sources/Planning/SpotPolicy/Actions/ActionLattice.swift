import Foundation

/// The tables of one set of terms, for hazards of some shapes: what lies between them is interpolated. A table is reckoned
/// when it is first asked for.
final class ActionLattice: Sendable {
    /// Of spells of capacity; those of the published traces lie between 0.5 and 1.3.
    private static let upShapes = [0.6, 0.95, 1.5]
    /// Of spells without; between 0.7 and 1.8 there.
    private static let downShapes = [0.75, 1.1, 1.65]
    private static let logUpShapes = upShapes.map { log($0) }
    private static let logDownShapes = downShapes.map { log($0) }

    let terms: ActionTerms
    let grid: ActionGrid
    private let lock = NSLock()
    nonisolated(unsafe) private var tables: [ActionTable?]

    init(_ terms: ActionTerms) {
        self.terms = terms
        grid = ActionGrid(reserve: terms.reserve, poolCount: terms.priceRatios.count)
        tables = Array(repeating: nil, count: Self.upShapes.count * Self.downShapes.count)
    }

    /// Tables that were reckoned so far.
    var tableCount: Int { lock.withLock { tables.count { $0 != nil } } }

    /// A table, what it counts, and the hazard of the spells of capacity that it reckons with.
    struct Corner {
        let table: ActionTable
        let weight: Double
        let up: SpellHazard
    }

    /// Finds the tables between whose hazards some lie.
    ///
    /// - Parameters:
    ///   - up: the shape for spells of capacity.
    ///   - down: the shape for spells without.
    /// - Returns: one to four, their weights adding up to 1.
    func corners(up: Double, down: Double) -> [Corner] {
        let upPlace = GridPlace(of: log(up), on: Self.logUpShapes)
        let downPlace = GridPlace(of: log(down), on: Self.logDownShapes)
        var corners: [Corner] = []
        for first in 0...1 {
            let upWeight = first == 0 ? 1 - upPlace.weight : upPlace.weight
            guard upWeight > 0 else { continue }
            for second in 0...1 {
                let weight = (second == 0 ? 1 - downPlace.weight : downPlace.weight) * upWeight
                guard weight > 0 else { continue }
                let index = (up: upPlace.index + first, down: downPlace.index + second)
                corners.append(
                    Corner(
                        table: table(up: index.up, down: index.down),
                        weight: weight,
                        up: SpellHazard(shape: Self.upShapes[index.up])
                    )
                )
            }
        }
        return corners
    }

    private func table(up: Int, down: Int) -> ActionTable {
        let index = up * Self.downShapes.count + down
        if let known = lock.withLock({ tables[index] }) { return known }
        let table = ActionTableBuilder(
            terms: terms,
            grid: grid,
            up: SpellHazard(shape: Self.upShapes[up]),
            down: SpellHazard(shape: Self.downShapes[down])
        ).table()
        // Whoever else reckoned it meanwhile has reckoned the same.
        lock.withLock { tables[index] = table }
        return table
    }
}
