import Foundation

/// A closed form (SSR): the slack below which waiting for spot capacity does not pay grows with the square root of
/// changeover times time left, and how much slack a start on spot is worth falls with the age of its spell. Without a
/// deadline it weighs what spot is expected to save against what waiting costs.
///
/// The constants were fitted to the traces published with *Can't Be Late* (NSDI 2024), all of them together.
package struct SquareRootSlack: SpotPolicy {
    package init() {}

    package func choose(_ question: SpotQuestion) -> SpotPlacement {
        if let pool = question.standingPool { return .spot(pool: pool) }
        guard question.timeLeft < .infinity else { return chooseWithoutDeadline(question) }
        let hour = 3600.0
        let isOnDemand = question.placement == .onDemand
        let changeover = question.changeover / hour
        let timeLeft = question.timeLeft / hour
        let slack =
            (question.timeLeft - question.workLeft - (isOnDemand ? question.changeoverLeft : 0)) / hour
        if let pool = question.preferredPool {
            let risk = 0.5 * timeLeft / (1 + 1.2 * (question.pools[pool].spellAge / hour))
            if slack >= changeover * (2 + (isOnDemand ? risk : 0.5 * risk)) { return .spot(pool: pool) }
        }
        if isOnDemand { return .onDemand }
        let share = min(0.15, 0.05 + changeover)
        let leastSlack = max(1.2 * (changeover * timeLeft).squareRoot(), share * question.workLeft / hour)
        return slack >= leastSlack ? .waiting : .onDemand
    }

    /// Spells of capacity, and of none, end with a hazard of 0.8 / (y + 0.4) an hour at an age of y hours.
    private static let shape = 0.8
    private static let scale = 0.4

    /// Takes spot where it saves more over all the work left than the starts cost that it is expected to take, and
    /// without capacity waits while the chance that it comes back within the next hour, times what it would save until it
    /// goes again, is more than an hour of waiting costs. Only the best of several pools counts: they are not independent.
    /// All sums are in hours at the on-demand price.
    private func chooseWithoutDeadline(_ question: SpotQuestion) -> SpotPlacement {
        let hour = 3600.0
        let isOnDemand = question.placement == .onDemand
        let changeover = question.changeover / hour
        let workLeft = question.workLeft / hour
        let price = max(0, question.waitingPrice)
        if let pool = question.preferredPool {
            let ratio = question.pools[pool].priceRatio
            let age = question.pools[pool].spellAge / hour
            let interruptions = Self.shape * log1p(workLeft / (age + Self.scale))
            // Whoever runs on demand already pays for the start on spot as well, and twice that it may have to come back.
            let starts = interruptions + (isOnDemand ? 2 : 0)
            if (1 - ratio) * workLeft > starts * changeover * (ratio + price) { return .spot(pool: pool) }
        }
        if isOnDemand { return .onDemand }
        // How long a new spell is expected to serve the work.
        let use = Self.scale / (1 - Self.shape) * (pow(1 + workLeft / Self.scale, 1 - Self.shape) - 1)
        let worth = question.pools.filter { !$0.isUp }.reduce(0.0) { best, pool in
            let saving = (1 - pool.priceRatio) * use - changeover * (pool.priceRatio + price)
            return max(best, Self.shape / (pool.spellAge / hour + Self.scale) * saving)
        }
        return worth > price ? .waiting : .onDemand
    }
}
