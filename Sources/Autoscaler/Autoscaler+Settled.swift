extension Autoscaler {
    /// Whether no claim is left and the reason of every end is known: the books will not change by themselves.
    package var isSettled: Bool {
        state.claims.isEmpty && state.openLaunches.isEmpty && state.endsWithoutReason.isEmpty
    }
}
