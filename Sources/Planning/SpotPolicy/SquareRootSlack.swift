/// A closed form (SSR): the slack below which waiting for spot capacity does not pay grows with the square root of
/// changeover times time left, and how much slack a start on spot is worth falls with the age of its spell.
///
/// The constants were fitted to the traces published with *Can't Be Late* (NSDI 2024), all of them together.
package struct SquareRootSlack: SpotPolicy {
    package init() {}

    package func choose(_ question: SpotQuestion) -> SpotPlacement {
        if let pool = question.standingPool { return .spot(pool: pool) }
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
}
