package import Model

extension Planning {
    /// Decides which standing nodes may go: empty ones; then those of workloads that the spot policy wants elsewhere; then
    /// those that must be replaced, whatever that costs; then those whose pods all fit on others that stand; then those,
    /// alone or several together, that something cheaper can replace.
    ///
    /// Apart from such moves a node is never chosen while it runs a member of a gang, a pod that must not be disrupted, that has no controller
    /// or has not begun, or one whose deadline leaves no room for a move. A move is chosen only when it saves more
    /// within the pool's `repayWithin` than it costs. Disruption budgets are kept over the whole answer, and no node that
    /// takes in pods is itself emptied. The search is bounded: what it does not come to is left for the next call.
    ///
    /// - Parameter input: Everything that may be looked at.
    /// - Returns: What is to be done, in the order in which it was decided; every later one reckons with those before.
    package static func consolidate(_ input: ConsolidationInput) -> [Consolidation] {
        var consolidator = Consolidator(input)
        consolidator.removeEmpty()
        consolidator.move()
        consolidator.replaceOutdated()
        guard !input.isBusy else { return consolidator.chosen }
        consolidator.removeWhatFitsElsewhere()
        consolidator.replace()
        return consolidator.chosen
    }

    /// Whether a node may be taken away now, as far as the disruption budgets of its pool are concerned.
    ///
    /// - Parameters:
    ///   - claim: One of the input's nodes; that it is not ready itself does not count against it.
    ///   - reason: Why it would be taken away.
    ///   - input: As for `consolidate`; its hosts and choices are not looked at.
    /// - Returns: False also when it is none of the nodes.
    package static func mayDisrupt(
        _ claim: ClaimID,
        for reason: Disruption.Reason,
        in input: ConsolidationInput
    ) -> Bool {
        guard let node = input.nodes.first(where: { $0.claim == claim }) else { return false }
        return DisruptionAllowance(input, besides: [claim]).allows([node.pool], for: reason)
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
