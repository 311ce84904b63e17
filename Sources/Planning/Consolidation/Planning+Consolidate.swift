package import Model

extension Planning {
    /// Decides which standing nodes may go: empty ones; then those whose pods all fit on others that stand; then those,
    /// alone or several together, that something cheaper can replace.
    ///
    /// A node is never chosen while it runs a member of a gang, a pod that must not be disrupted, that has no controller
    /// or has not begun, or one whose deadline leaves no room for a move. A move is chosen only when it saves more
    /// within the pool's `repayWithin` than it costs. Disruption budgets are kept over the whole answer, and no node that
    /// takes in pods is itself emptied. The search is bounded: what it does not come to is left for the next call.
    ///
    /// - Parameter input: Everything that may be looked at.
    /// - Returns: What is to be done, in the order in which it was decided; every later one reckons with those before.
    package static func consolidate(_ input: ConsolidationInput) -> [Consolidation] {
        var consolidator = Consolidator(input)
        consolidator.removeEmpty()
        consolidator.removeWhatFitsElsewhere()
        consolidator.replace()
        return consolidator.chosen
    }

    /// Decides which empty nodes may go now, and nothing else.
    ///
    /// - Parameter input: As for `consolidate`; its hosts and choices are not looked at.
    /// - Returns: One action a node, the dearest first.
    package static func removeEmpty(_ input: ConsolidationInput) -> [Consolidation] {
        var consolidator = Consolidator(input)
        consolidator.removeEmpty()
        return consolidator.chosen
    }
}
