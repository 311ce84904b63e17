/// The right to act, where several processes may want to: one has it at a time, and it may end at any moment.
package struct Leadership: Sendable {
    /// Grows with every change of hands; the journal refuses an older one.
    package var epoch: Int64
    /// Whether it still lasts. Once it says no it never says yes again.
    package var isCurrent: @Sendable () -> Bool

    package init(epoch: Int64, isCurrent: @escaping @Sendable () -> Bool) {
        self.epoch = epoch
        self.isCurrent = isCurrent
    }
}

/// Why the loop ended by itself: somebody else may act by now.
package struct LeadershipOver: Error, Equatable, CustomStringConvertible {
    package var epoch: Int64

    package var description: String {
        "leadership epoch \(epoch) is over: nothing more is decided or carried out; start the process again to let it "
            + "stand by"
    }
}
