import Model

/// What the processes of one workload compute together: progress, what of it is durable, and what was lost.
struct Training: Sendable {
    var description: ProcessDescription
    /// What is told until when its work is durable: the Job, or the pod when it has none or computes a part of its own.
    var owner: PodID
    /// Every such Job, where its members are of several.
    var owners: Set<PodID> = []
    var isJob: Bool
    /// The uid of the Job whose work this is, or a part of it.
    var job: String?
    var members: Int
    var accelerators: Int64 = 0

    /// Work that a restart begins with.
    var durable = Duration.zero
    /// Work at the moment at which computing last stopped, or began.
    var progress = Duration.zero
    var computingSince: Timestamp?
    /// Members that are restored and wait, or compute.
    var ready: Set<String> = []
    /// Members that were computing together when it stopped, and have not saved yet; nil when nothing is being saved.
    var unsaved: Set<String>?
    /// Counts stops and starts, so that a timer of an earlier run is known as such.
    var run = 0

    var attempts = 0
    var interruptions = 0
    var lost = Duration.zero
    var isCompleted = false
    var lastCheckpointAt: Timestamp?

    init(description: ProcessDescription, owner: PodID, isJob: Bool, job: String?, members: Int) {
        self.description = description
        self.owner = owner
        self.isJob = isJob
        self.job = job
        self.members = members
    }

    func progress(at now: Timestamp) -> Duration {
        computingSince.map { progress + (now - $0) } ?? progress
    }

    /// All members are there: computing begins at what is durable.
    mutating func start(at now: Timestamp) {
        run += 1
        attempts += 1
        unsaved = nil
        progress = durable
        computingSince = now
    }

    /// All members are there, and nothing stands in the way of computing.
    var canStart: Bool {
        ready.count >= members && computingSince == nil && unsaved == nil && !isCompleted
    }

    /// Computing stops; what was computed is kept in memory until it is saved or given up.
    /// - Returns: Who begins to save: all members together, because a part of the state is worth nothing.
    mutating func stop(at now: Timestamp, becauseOfReclaim: Bool) -> Set<String> {
        guard computingSince != nil else { return [] }
        progress = progress(at: now)
        computingSince = nil
        run += 1
        if becauseOfReclaim { interruptions += 1 }
        if description.kind == .training, description.savesOnSignal { unsaved = ready } else { giveUp() }
        return unsaved ?? []
    }

    /// What was not saved is lost.
    mutating func giveUp() {
        unsaved = nil
        guard progress > durable else { return }
        // A notebook computes nothing that could be lost.
        if description.kind == .training { lost += progress - durable }
        progress = durable
    }

    /// A member has saved its part; true when with it everything is durable.
    mutating func saved(_ member: String, at now: Timestamp) -> Bool {
        guard unsaved?.remove(member) != nil, unsaved?.isEmpty == true else { return false }
        unsaved = nil
        durable = max(durable, progress)
        lastCheckpointAt = now
        return true
    }
}
