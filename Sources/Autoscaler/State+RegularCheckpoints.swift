import Model

/// What facts say of saves after which nobody is told to stop.
extension State {
    /// One that is under way.
    struct RegularSave: Equatable, Sendable {
        var attempt: Int
        var askedAt: Timestamp
        /// To every rank, sorted by pod.
        var requests: [CheckpointRequest]

        /// When it is given up.
        var deadline: Timestamp { requests.map(\.deadline).max() ?? askedAt }
    }

    /// Where nothing is ever proven, older saves are taken to lie before what is lost.
    private static let mostRecentSaves = 1000

    mutating func apply(_ step: RegularCheckpointStep, to id: WorkloadID, at now: Timestamp) {
        switch step {
        case .requested(let attempt, let requests):
            guard records[id]?.running?.number == attempt else { return }
            regularSaves[id] = RegularSave(attempt: attempt, askedAt: now, requests: requests)
            records[id]?.lastRegularAt = now
        case .completed(let attempt, let asked, let seconds):
            guard let record = records[id], record.running?.number == attempt,
                regularSaves.removeValue(forKey: id) != nil
            else { return }
            records[id]?.lastRegularAt = now
            records[id]?.regularFailure = nil
            records[id]?.regularFailures = 0
            records[id]?.failedSavingSeconds = nil
            // Beside another request it says little of what one takes.
            if record.checkpointRequestedAt == nil { records[id]?.savingSeconds = max(1, seconds) }
            noteSaving(id, from: asked, seconds: seconds)
            // Where proof was promised, an answer alone is none.
            if record.workload.checkpointPrefix == nil {
                noteDurable(id, until: asked)
            } else {
                records[id]?.regularProof = Span(start: asked, end: now + Autoscaler.voluntaryPatience)
            }
        case .failed(let attempt, let reason, let seconds):
            guard records[id]?.running?.number == attempt else { return }
            regularSaves[id] = nil
            records[id]?.lastRegularAt = now
            records[id]?.regularFailure = reason
            records[id]?.regularFailures += 1
            guard let seconds, seconds > 0 else { return }
            let known = records[id]?.failedSavingSeconds ?? 0
            records[id]?.failedSavingSeconds = max(known, seconds)
            noteSaving(id, from: now - .seconds(seconds), seconds: seconds)
        }
    }

    /// Takes in what of the running attempt's time went into a save.
    private mutating func noteSaving(_ id: WorkloadID, from asked: Timestamp, seconds: Int64) {
        guard let known = records[id]?.recentSaves else { return }
        let end = asked + .seconds(seconds)
        let start = max(asked, known.last?.end ?? asked)
        guard start < end else { return }
        records[id]?.regularSavingSeconds += (end - start).components.seconds
        records[id]?.recentSaves.append(Span(start: start, end: end))
        if known.count >= Self.mostRecentSaves { records[id]?.recentSaves.removeFirst() }
    }

    /// What belongs to an attempt goes with it.
    mutating func forgetRegularSaves(of id: WorkloadID) {
        regularSaves[id] = nil
        records[id]?.lastRegularAt = nil
        records[id]?.regularSavingSeconds = 0
        records[id]?.recentSaves = []
        records[id]?.regularFailure = nil
        records[id]?.regularFailures = 0
        records[id]?.regularProof = nil
    }
}

extension State.Record {
    /// What went into saves after which nobody was told to stop, up to a time in the running attempt.
    func savingSeconds(before time: Timestamp) -> Int64 {
        recentSaves.reduce(regularSavingSeconds) { sum, save in
            sum - max(0, (save.end - max(save.start, time)).components.seconds)
        }
    }
}
