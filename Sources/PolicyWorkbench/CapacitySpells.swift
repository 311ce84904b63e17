package import Simulation

/// How long spells of capacity lasted in a measured trace.
package struct CapacitySpells: Sendable {
    package struct Spell: Hashable, Sendable {
        package var ticks: Int
        /// False of one that lasts beyond the end of the trace.
        package var wasEnded: Bool
    }

    package let name: String
    package let gapSeconds: Int64
    /// In order, each with the ticks without capacity before it.
    package let spells: [(gap: Int, spell: Spell)]

    /// - Parameters:
    ///   - name: by which answers call the trace.
    ///   - trace: the measurement.
    ///   - nodes: how many instances the workload needs at once.
    /// - Throws: `PolicyTrialError` when that is not 1 or more, or capacity is never there.
    package init(name: String, trace: CapacityTrace, nodes: Int64 = 1) throws(PolicyTrialError) {
        guard nodes >= 1 else { throw .badNodes(nodes) }
        self.name = name
        gapSeconds = trace.gapSeconds
        var spells: [(gap: Int, spell: Spell)] = []
        var (up, down) = (0, 0)
        for count in trace.counts {
            if count >= nodes {
                up += 1
                continue
            }
            if up > 0 {
                spells.append((down, Spell(ticks: up, wasEnded: true)))
                (up, down) = (0, 0)
            }
            down += 1
        }
        if up > 0 { spells.append((down, Spell(ticks: up, wasEnded: false))) }
        guard !spells.isEmpty else { throw .noSpells(name, nodes: nodes) }
        self.spells = spells
    }

    /// Spells that ended.
    package var endedCount: Int { spells.count { $0.spell.wasEnded } }
}
