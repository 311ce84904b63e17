/// A checkpoint that every rank of a running workload is asked for because enough time has passed, as the journal keeps it:
/// nobody is told to stop.
package enum RegularCheckpointStep: Hashable, Codable, Sendable {
    /// All are asked at once.
    case requested(attempt: Int, [CheckpointRequest])
    /// All have answered, the slowest so many seconds after it was asked.
    case completed(attempt: Int, requestedAt: Timestamp, seconds: Int64)
    /// One could not be asked, or did not answer. So many seconds had gone by since all were asked; nil where nobody was,
    /// and in entries of older versions, which did not say it.
    case failed(attempt: Int, reason: String, seconds: Int64? = nil)
}
