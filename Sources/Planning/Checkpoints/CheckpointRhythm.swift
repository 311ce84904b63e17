/// How a running workload comes to regular checkpoints.
package enum CheckpointRhythm: Hashable, Sendable {
    /// Only when it is told to stop.
    case never
    /// After so many hours of computing, always.
    case fixed(hours: Double)
    /// As `CheckpointTiming` says.
    case timed
}
