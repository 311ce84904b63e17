import Model
import Planning

/// What makes a node's price and the cost of finishing work on it two things, as far as it is known here.
extension Autoscaler {
    /// The configured speeds, and the interruptions to expect after all that was seen until now.
    func economics(at now: Timestamp) -> Economics {
        let configured = configuration.economics
        let estimate = HazardEstimate(
            exposures: state.exposures,
            priorInterruptionsPerDay: configured.priorInterruptionsPerDay,
            halfLife: configured.hazardHalfLife,
            at: now
        )
        return Economics(
            relativeSpeed: configured.relativeSpeed,
            interruptionsPerHour: estimate.interruptionsPerHour,
            priorInterruptionsPerHour: estimate.priorInterruptionsPerHour,
            maximumPoolShare: configured.maximumPoolShare
        )
    }

    /// How likely each spot pool is to take nodes back, by the age of its spell, after all that was seen until now. The
    /// configured interruptions a day are those of a node's first day.
    func spellHazards(at now: Timestamp) -> SpellHazardEstimate {
        SpellHazardEstimate(
            exposures: state.exposures,
            prior: SpellHazard(interruptionsInFirstDay: configuration.economics.priorInterruptionsPerDay),
            halfLife: configuration.economics.hazardHalfLife,
            at: now
        )
    }

    /// How often a workload saves, as it says, and how long that takes, as its last save showed.
    func checkpoints(of record: State.Record) -> CheckpointHabit {
        CheckpointHabit(
            intervalSeconds: record.workload.checkpointIntervalSeconds,
            costSeconds: record.savingSeconds ?? 0
        )
    }

    /// The data that a workload reads, where copies of it are known.
    func dataset(of record: State.Record) -> Dataset? {
        record.workload.dataset.flatMap(dataset(named:))
    }
}
