/// What was seen of the spells of one pool, of capacity and of none.
///
/// Of spells with a Lomax distribution of known scale this is all that can be learnt of the shape: how many have ended,
/// and the sum of ln(1 + age / scale) over all of them, the unfinished ones included (`SpellHazard`). What fades counts in
/// parts.
package struct SpellRecord: Hashable, Sendable {
    /// Spells of capacity that ended.
    package var ends: Double
    /// Of spells of capacity.
    package var logAges: Double
    /// Spells without capacity that ended.
    package var returns: Double
    /// Of spells without capacity.
    package var logAbsences: Double

    package init(ends: Double = 0, logAges: Double = 0, returns: Double = 0, logAbsences: Double = 0) {
        self.ends = ends
        self.logAges = logAges
        self.returns = returns
        self.logAbsences = logAbsences
    }
}
