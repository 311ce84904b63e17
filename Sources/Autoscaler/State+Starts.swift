import Model

/// How long each workload's starts took, as its attempts have shown.
extension State {
    /// From the intent to launch the last node that a start needed until its work began.
    struct Starts: Equatable, Sendable {
        var count = 0
        var totalSeconds: Int64 = 0
        var longestSeconds: Int64 = 0

        /// What takes longer than this waited for something else than a node.
        static let longest: Int64 = 7200

        mutating func add(_ seconds: Int64) {
            let seconds = min(seconds, Self.longest)
            count += 1
            totalSeconds += seconds
            longestSeconds = max(longestSeconds, seconds)
        }

        /// - Parameter prior: what one start is reckoned to take beforehand; it counts as one that was seen.
        /// - Returns: Seconds to expect of the next one.
        func expectedSeconds(prior: Int64) -> Double { Double(prior + totalSeconds) / Double(1 + count) }
    }

    /// Takes in that an attempt's work begins: how long that took, and how fast it is. To be told before the attempt
    /// itself is taken in.
    ///
    /// A start on nodes that stood already, or that were bought while the work still ran, says nothing of a new one.
    mutating func measureStart(of attempt: Attempt, _ speeds: [String: Double]) {
        guard let record = records[attempt.workload] else { return }
        let nodes = attempt.claims.compactMap { claims[$0] }
        let known = nodes.map { $0.shape.accelerator.flatMap { speeds[$0] } ?? 1 }.filter { $0 > 0 }
        records[attempt.workload]?.speed = attempt.accelerators > 0 ? known.min() ?? 1 : 1
        let since = [record.stoppedAt, record.interruptedAt].compactMap(\.self).min() ?? record.workload.createdAt
        guard let intended = nodes.map(\.intendedAt).max(), intended >= since, attempt.startedAt > intended else {
            return
        }
        records[attempt.workload]?.starts.add((attempt.startedAt - intended).components.seconds)
    }
}
