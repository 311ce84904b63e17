import Foundation
import Planning

/// Rounds what the tables of a policy depend on, so that workloads which hardly differ share them: a table takes as long
/// as a thousand decisions, and prices and starts are not known to a percent.
///
/// Only the policy's choice is about rounded numbers; the shield around it reckons with the true ones.
struct RoundedSpotPolicy: SpotPolicy {
    /// The longest start over what is expected of one.
    private static let times = [1, 1.5, 2, 3, 5, 8.0]

    private var policy: any SpotPolicy

    init(_ policy: any SpotPolicy) {
        self.policy = policy
    }

    mutating func choose(_ question: SpotQuestion) -> SpotPlacement {
        var rounded = question
        rounded.changeover = Self.power(max(1, question.changeover), perDoubling: 2)
        // Upwards: it is the most that a start may take.
        let times = question.largestChangeover / rounded.changeover
        rounded.largestChangeover = (Self.times.first { $0 >= times } ?? times.rounded(.up)) * rounded.changeover
        if question.waitingPrice > 0 { rounded.waitingPrice = Self.power(question.waitingPrice, perDoubling: 1) }
        for index in rounded.pools.indices {
            rounded.pools[index].priceRatio = max(0.1, (rounded.pools[index].priceRatio * 10).rounded() / 10)
        }
        return policy.choose(rounded)
    }

    private static func power(_ value: Double, perDoubling count: Double) -> Double {
        exp2((log2(value) * count).rounded() / count)
    }
}
