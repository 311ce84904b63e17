import Autoscaler
import Model

/// How often a workload should save, in the API.
struct CheckpointAdviceView: Encodable {
    /// Absent when no regular checkpoint is worth its cost.
    var intervalSeconds: Int64?
    var costSeconds: Int64
    var costIsMeasured: Bool
    /// Parts of its time, from 0 to 1.
    var wastedShare: Double
    var presentWastedShare: Double
    var savedPerHour: String
    var asksAt: String?
    var failure: String?

    init(_ advice: Status.CheckpointAdvice) {
        intervalSeconds = advice.intervalSeconds
        costSeconds = advice.costSeconds
        costIsMeasured = advice.isMeasured
        let worth = advice.worth()
        wastedShare = Self.rounded(worth.wastedShare)
        presentWastedShare = Self.rounded(worth.presentWastedShare)
        savedPerHour = worth.savedPerHour.formatted()
        asksAt = advice.asksAt?.description
        failure = advice.failure
    }

    private static func rounded(_ share: Double) -> Double { (share * 1e4).rounded() / 1e4 }
}
