/// Where one workload stands on the grid of tables, before and after a start.
struct ActionSituation {
    private struct Pool {
        var isUp: Bool
        /// Hours.
        var age: Double
        var priceRatio: Double
        var isStanding: Bool
        var place: GridPlace
        var placeAfterStart: GridPlace
    }

    private let grid: ActionGrid
    private let pools: [Pool]
    /// All of these in hours.
    private let changeover: Double
    private let changeoverLeft: Double
    private let workLeft: Double
    /// If it runs nowhere.
    private let slack: Double
    private let step: Double
    private let waitingPrice: Double
    private let isOnDemand: Bool
    private let work: GridPlace
    private let absent = GridPlace(index: 0, weight: 0)

    /// - Parameters:
    ///   - question: about the workload.
    ///   - indices: of one pool of the question, or of two.
    ///   - grid: of the tables to ask.
    init(_ question: SpotQuestion, pools indices: [Int], on grid: ActionGrid) {
        let hour = 3600.0
        let changeover = question.changeover / hour
        self.grid = grid
        self.changeover = changeover
        changeoverLeft = question.changeoverLeft / hour
        workLeft = question.workLeft / hour
        slack = (question.timeLeft - question.workLeft) / hour
        step = question.step / hour
        waitingPrice = question.waitingPrice
        isOnDemand = question.placement == .onDemand
        work = GridPlace(of: workLeft, on: grid.workKept)
        pools = indices.map { index in
            let pool = question.pools[index]
            let age = pool.spellAge / hour
            return Pool(
                isUp: pool.isUp,
                age: age,
                priceRatio: pool.priceRatio,
                isStanding: question.standingPool == index,
                place: SpellState.place(isUp: pool.isUp, age: age),
                placeAfterStart: SpellState.place(isUp: pool.isUp, age: age + changeover)
            )
        }
    }

    /// Adds what a table says of waiting, of running on demand and of each pool to their sums, in hours on demand.
    func add(_ corner: ActionLattice.Corner, to sums: inout [Double]) {
        let table = corner.table
        sums[0] += corner.weight * waiting(table)
        sums[1] += corner.weight * onDemand(table)
        for index in pools.indices { sums[2 + index] += corner.weight * spot(index, corner) }
    }

    private func waiting(_ table: ActionTable) -> Double {
        guard slack >= grid.slack[0] + step - 1e-9 else { return Double(ActionTable.never) }
        return table.value(of: .wait, at: place(slack: slack))
    }

    private func onDemand(_ table: ActionTable) -> Double {
        let unpaid = isOnDemand ? changeoverLeft : changeover
        guard slack - unpaid >= grid.slack[0] else { return (workLeft + unpaid) * (1 + waitingPrice) }
        guard isOnDemand else {
            return changeover * (1 + waitingPrice) + table.value(of: .onDemand, at: place(slack: slack - unpaid))
        }
        return table.value(of: .onDemand, at: standing)
    }

    private func spot(_ index: Int, _ corner: ActionLattice.Corner) -> Double {
        let pool = pools[index]
        let action = index == 0 ? ActionTable.Action.first : .second
        guard pool.isUp else { return Double(ActionTable.never) }
        let price = pool.priceRatio + waitingPrice
        if pool.isStanding {
            // With less slack it is worth staying only to the end, if that is near.
            guard slack - changeoverLeft >= grid.slack[0] - 1e-9 else { return price * (workLeft + changeoverLeft) }
            return corner.table.value(of: action, at: standing)
        }
        guard slack - changeover >= grid.slack[0] - 1e-9 else { return Double(ActionTable.never) }
        let lasts = corner.up.survival(fromAge: pool.age, to: pool.age + changeover)
        let end = corner.up.meanEnd(fromAge: pool.age, within: max(changeover, 1e-6))
        var started = place(slack: slack - changeover)
        if index == 0 { started.first = pool.placeAfterStart } else { started.second = pool.placeAfterStart }
        let working = corner.table.value(of: action, at: started)
        let lost = corner.table.valueAfterLoss(of: action, at: place(slack: slack - end))
        return lasts * (price * changeover + working) + (1 - lasts) * (price * end + lost)
    }

    private func place(slack: Double) -> ActionTable.Place {
        ActionTable.Place(
            work: work,
            slack: GridPlace(of: slack, on: grid.slackKept),
            first: pools[0].place,
            second: pools.count > 1 ? pools[1].place : absent
        )
    }

    /// Where it runs, the rest of its start counted as work.
    private var standing: ActionTable.Place {
        var place = place(slack: slack - changeoverLeft)
        place.work = GridPlace(of: workLeft + changeoverLeft, on: grid.workKept)
        return place
    }
}
