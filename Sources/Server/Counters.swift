package import Model

/// What happened how often since the journal began; none ever falls.
package struct Counters: Hashable, Sendable {
    /// A kind of launch and how it ended.
    package struct Launch: Hashable, Comparable, Sendable {
        package var capacityType: CapacityType
        /// `launched`, or the name of the failure.
        package var outcome: String

        package init(capacityType: CapacityType, outcome: String) {
            self.capacityType = capacityType
            self.outcome = outcome
        }

        package static func < (left: Launch, right: Launch) -> Bool {
            (left.capacityType, left.outcome) < (right.capacityType, right.outcome)
        }
    }

    package var launches: [Launch: Int] = [:]
    package var attempts: [Attempt.Outcome: Int] = [:]
    package var interruptions = 0
    package var terminations = 0
    package var evictions = 0
    package var checkpointRequests = 0
    /// Regular ones, by whether all have answered.
    package var regularCheckpoints: [Bool: Int] = [:]
    /// Accelerator-seconds.
    package var lostWorkSeconds: Int64 = 0
    package var journalEntries: Int64 = 0

    package init() {}
}
