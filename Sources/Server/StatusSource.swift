package import Autoscaler
package import Billing
package import Model
package import Runtime

/// What the server reads, and the few things it may ask for. Everything it shows comes through here.
package protocol StatusSource: Sendable {
    var now: Timestamp { get }
    /// When this process began.
    var startedAt: Timestamp { get }
    var configuration: GleanerConfiguration { get }

    /// Why nothing is known or done here while another process leads; nil for the one that leads.
    var standby: String? { get }

    func status() async -> Status

    /// The part of the status that probes need; anybody may ask for it, so it costs nothing.
    func freshness() async -> Freshness

    /// The moment of the first entry in the books; nil while there is none.
    func firstEntryAt() async -> Timestamp?

    func report(_ query: CostQuery) async -> CostReport

    /// What every workload has cost since it was first seen, sorted by its id.
    func workloadCosts(shareIdle: Bool) async -> [WorkloadCost]

    /// The latest decisions, newest first, at most `limit`.
    func decisions(limit: Int) async -> [DecisionRecord]

    /// The latest nodes that the cloud took back, newest first.
    func interruptions() async -> [InterruptionRecord]

    /// Counts since the journal began.
    func counters() async -> Counters

    /// What came out of the interruption queue since this process began; nil where there is none.
    func queueTally() async -> QueueTally?

    /// Every namespace that anything shown may speak of.
    func namespaces() async -> Set<String>

    /// Takes in what an agent reports; returns when what follows from it is in the journal.
    /// - Returns: False when it must come again.
    func take(_ notice: Notice) async -> Bool

    /// Asks to stop or to allow launches; `by` says who asked.
    func setPaused(_ paused: Bool, by: String) async
}

extension StatusSource {
    package var standby: String? { nil }

    package func queueTally() async -> QueueTally? { nil }
}
