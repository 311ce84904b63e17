import Foundation

/// What the values of actions depend on, rounded so that workloads that hardly differ share them.
struct ActionTerms: Hashable, Sendable {
    /// What a start is expected to take, in hours.
    let changeover: Double

    /// What a start may take at most, in hours.
    let reserve: Double

    /// The spot price of one pool, or of two, over the on-demand price.
    let priceRatios: [Double]

    /// What each hour until the work is done costs beside capacity, in hours on demand.
    let waitingPrice: Double

    /// - Parameters:
    ///   - question: whose changeover and price of waiting count.
    ///   - pools: indices of one pool of the question, or of two.
    init(_ question: SpotQuestion, pools: [Int]) {
        // A changeover of nothing has no logarithm, and nobody starts within less.
        changeover = Self.rounded(max(question.changeover, 15) / 3600, perDoubling: 8)
        let ratio = question.largestChangeover / max(question.changeover, 15)
        reserve = changeover * (max(1, ratio) * 4).rounded(.up) / 4
        // Nothing is dearer than twice the price that it is never taken at.
        priceRatios = pools.map { min(2, max(0.025, (question.pools[$0].priceRatio * 40).rounded() / 40)) }
        waitingPrice =
            question.waitingPrice > 0 ? Self.rounded(min(question.waitingPrice, 100), perDoubling: 8) : 0
    }

    /// The nearest power of two to the so-manieth of a whole number.
    private static func rounded(_ value: Double, perDoubling count: Double) -> Double {
        exp2((log2(value) * count).rounded() / count)
    }
}
