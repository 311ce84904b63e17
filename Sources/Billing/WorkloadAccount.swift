import Model

/// What the books know of one workload. All times in whole seconds since 1970, rounded down.
struct WorkloadAccount: Sendable {
    struct AttemptAccount: Sendable {
        var number: Int
        var from: Int64
        var to: Int64?
        var outcome: Attempt.Outcome?
        /// The first of its nodes: where it is counted when costs are broken down by nodes.
        var claim: ClaimID?
        var lostSeconds: Int64 = 0
        var lostAcceleratorSeconds: Int64 = 0
        var checkpointSeconds: Int64 = 0
        /// When it saved and went on, in order and without overlap.
        var saves: [Range<Int64>] = []
    }

    /// What the workload was doing with the share that it held.
    struct Phase: Sendable {
        /// Index of the attempt.
        var attempt: Int
        var part: CostPart
        var time: Range<Int64>
    }

    /// A member as it stood when the first attempt started: what an on-demand node would have had to offer it.
    struct Member: Sendable {
        var shape: Shape
        var accelerators: Int64
        var millionths: Int64
    }

    let id: WorkloadID
    /// Nil for pods of a workload that was never admitted.
    var workload: Workload?
    private(set) var attempts: [AttemptAccount] = []
    /// In order and without overlap; between them its shares are boot.
    private(set) var phases: [Phase] = []
    var members: [Member] = []
    var succeeded: Bool?

    init(id: WorkloadID) {
        self.id = id
    }

    var interruptions: Int { attempts.count { $0.outcome == .interrupted } }
    var lostAcceleratorSeconds: Int64 { attempts.reduce(0) { $0 + $1.lostAcceleratorSeconds } }

    mutating func start(_ attempt: Attempt) {
        guard !attempts.contains(where: { $0.number == attempt.number }) else { return }
        attempts.append(
            AttemptAccount(number: attempt.number, from: attempt.startedAt.seconds, claim: attempt.claims.first)
        )
        rebuildPhases()
    }

    mutating func end(_ end: AttemptEnd) {
        guard let index = attempts.lastIndex(where: { $0.number == end.number }), attempts[index].to == nil else {
            return
        }
        attempts[index].to = max(end.at.seconds, attempts[index].from)
        attempts[index].outcome = end.outcome
        attempts[index].lostSeconds = max(0, end.lostWork.seconds)
        attempts[index].lostAcceleratorSeconds = max(0, end.lostWork.acceleratorSeconds)
        attempts[index].checkpointSeconds = max(0, end.checkpointSeconds)
        rebuildPhases()
    }

    /// Takes in that an attempt has saved, and goes on.
    mutating func save(attempt number: Int, from: Int64, seconds: Int64) {
        guard seconds > 0, let index = attempts.lastIndex(where: { $0.number == number }), attempts[index].to == nil
        else { return }
        let start = max(from, attempts[index].saves.last?.upperBound ?? attempts[index].from)
        guard start < from + seconds else { return }
        let save = start..<(from + seconds)
        attempts[index].saves.append(save)
        // There may be thousands: the open end of the last phase is all that changes.
        guard let last = phases.last, last.attempt == index, last.part == .workload,
            last.time.lowerBound <= save.lowerBound, save.upperBound <= last.time.upperBound
        else {
            rebuildPhases()
            return
        }
        phases.removeLast()
        appendWork(last.time, of: index, around: [save])
    }

    /// Work, but for the times in which it saved.
    private mutating func appendWork(_ time: Range<Int64>, of index: Int, around saves: [Range<Int64>]) {
        func append(_ part: CostPart, _ time: Range<Int64>) {
            if !time.isEmpty { phases.append(Phase(attempt: index, part: part, time: time)) }
        }
        var from = time.lowerBound
        for save in saves.map({ $0.clamped(to: time) }) where !save.isEmpty {
            append(.workload, from..<max(from, save.lowerBound))
            append(.checkpoint, save)
            from = save.upperBound
        }
        append(.workload, from..<time.upperBound)
    }

    /// An attempt is work, with saves in it, then what of it was lost, then the saving at its end. The lost seconds are
    /// counted back from the moment at which it ceased to compute and began to save.
    private mutating func rebuildPhases() {
        phases = []
        var free = Int64.min
        let order = attempts.indices.sorted { (attempts[$0].from, $0) < (attempts[$1].from, $1) }
        for (position, index) in order.enumerated() {
            let attempt = attempts[index]
            let from = max(attempt.from, free)
            // One that was never seen to end stops, at the latest, where the next starts.
            let next = position + 1 < order.count ? attempts[order[position + 1]].from : .max
            let to = max(from, attempt.to ?? next)
            let saving = attempt.to == nil ? to : max(from, to - attempt.checkpointSeconds)
            let losing = attempt.to == nil ? to : max(from, saving - attempt.lostSeconds)
            appendWork(from..<losing, of: index, around: attempt.saves)
            for (part, time) in [(CostPart.lostWork, losing..<saving), (.checkpoint, saving..<to)]
            where !time.isEmpty {
                phases.append(Phase(attempt: index, part: part, time: time))
            }
            free = to
        }
    }

    /// Index of the first phase that ends after a moment.
    func firstPhase(endingAfter time: Int64) -> Int {
        var low = 0
        var high = phases.count
        while low < high {
            let middle = (low + high) / 2
            if phases[middle].time.upperBound <= time { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// What a share that it holds at a moment is spent on.
    func part(at time: Int64) -> CostPart {
        let index = firstPhase(endingAfter: time)
        return index < phases.count && phases[index].time.contains(time) ? phases[index].part : .boot
    }

    /// When its first attempt started; nil before.
    var firstStart: Int64? { attempts.first?.from }

    var state: WorkloadCost.State {
        if let succeeded { return succeeded ? .succeeded : .failed }
        return attempts.contains { $0.to == nil } ? .running : .waiting
    }
}
