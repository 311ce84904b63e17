import Model

/// What facts say of saves after which nobody is told to stop.
extension State {
    /// One that is under way.
    struct RegularSave: Equatable, Sendable {
        var attempt: Int
        var askedAt: Timestamp
        /// To every rank, sorted by pod.
        var requests: [CheckpointRequest]
    }

    mutating func apply(_ step: RegularCheckpointStep, to id: WorkloadID, at now: Timestamp) {
        switch step {
        case .requested(let attempt, let requests):
            guard records[id]?.running?.number == attempt else { return }
            regularSaves[id] = RegularSave(attempt: attempt, askedAt: now, requests: requests)
            records[id]?.lastRegularAt = now
            // What is saved now is to be proven now.
            records[id]?.provenAttempt = nil
        case .completed(let attempt, let asked, let seconds):
            guard let record = records[id], record.running?.number == attempt,
                regularSaves.removeValue(forKey: id) != nil
            else { return }
            records[id]?.lastRegularAt = now
            records[id]?.regularSavingSeconds += seconds
            records[id]?.regularFailure = nil
            // Beside another request it says little of what one takes.
            if record.checkpointRequestedAt == nil { records[id]?.savingSeconds = max(1, seconds) }
            // Where proof was promised, an answer alone is none.
            if record.workload.checkpointPrefix == nil { noteDurable(id, until: asked) }
        case .failed(let attempt, let reason):
            guard records[id]?.running?.number == attempt else { return }
            regularSaves[id] = nil
            records[id]?.lastRegularAt = now
            records[id]?.regularFailure = reason
        }
    }

    /// What belongs to an attempt goes with it.
    mutating func forgetRegularSaves(of id: WorkloadID) {
        regularSaves[id] = nil
        records[id]?.lastRegularAt = nil
        records[id]?.regularSavingSeconds = 0
        records[id]?.regularFailure = nil
    }
}
