/// One run of a workload, from the moment its members were all ready until one of them stopped.
package struct Attempt: Hashable, Codable, Sendable {
    package enum Outcome: String, Hashable, Codable, Sendable {
        case completed
        /// The cloud took a node of it back.
        case interrupted
        /// We moved it.
        case drained
        case failed
    }

    package var workload: WorkloadID
    /// Counted from 1.
    package var number: Int
    package var startedAt: Timestamp
    package var endedAt: Timestamp?
    package var outcome: Outcome?
    package var claims: [ClaimID]
    package var accelerators: Int64

    package init(
        workload: WorkloadID,
        number: Int,
        startedAt: Timestamp,
        claims: [ClaimID],
        accelerators: Int64
    ) {
        self.workload = workload
        self.number = number
        self.startedAt = startedAt
        self.claims = claims
        self.accelerators = accelerators
    }
}

/// What a new start costs before work goes on, in seconds.
package struct Changeover: Hashable, Codable, Sendable {
    package var bootSeconds: Int64
    package var pullSeconds: Int64
    package var restoreSeconds: Int64

    package init(bootSeconds: Int64, pullSeconds: Int64, restoreSeconds: Int64) {
        self.bootSeconds = bootSeconds
        self.pullSeconds = pullSeconds
        self.restoreSeconds = restoreSeconds
    }

    package var totalSeconds: Int64 { bootSeconds + pullSeconds + restoreSeconds }
}

/// Work that was computed after the last durable checkpoint of an attempt and thrown away.
package struct LostWork: Hashable, Codable, Sendable {
    /// Seconds of the whole workload.
    package var seconds: Int64
    package var accelerators: Int64

    package init(seconds: Int64, accelerators: Int64) {
        self.seconds = seconds
        self.accelerators = accelerators
    }

    package var acceleratorSeconds: Int64 { seconds * accelerators }

    package static let none = LostWork(seconds: 0, accelerators: 0)
}
