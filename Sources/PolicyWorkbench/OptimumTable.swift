/// For each placement and slack the least cost from one step on, taken back step by step from the deadline.
struct OptimumTable {
    /// More than anything costs, and small enough that adding to it loses nothing that matters.
    private static let never: Float = 1e9

    private let changeover: Int
    private let priceRatios: [Float]

    /// Of waiting, by slack.
    private var waiting: [Float]

    /// Of being on demand (first) and on each pool, by slack.
    private var running: [[Float]]

    /// Scratch: the least of going on with any of them, by slack.
    private var leastRunning: [Float]
    private var nextWaiting: [Float]

    /// Starts at the deadline, where work that is left costs more than anything.
    ///
    /// - Parameters:
    ///   - slacks: how many slacks there are, from none on.
    ///   - changeover: of a start, in the unit of slack.
    ///   - priceRatios: of on-demand capacity (1) and of each pool.
    init(slacks: Int, changeover: Int, priceRatios: [Float]) {
        self.changeover = changeover
        self.priceRatios = priceRatios
        let column = [Float](repeating: Self.never, count: slacks)
        waiting = column
        running = Array(repeating: column, count: priceRatios.count)
        leastRunning = column
        nextWaiting = column
    }

    /// The least cost of a workload that has not started and has all of the slack, in the unit of slack on demand.
    var leastCost: Float { waiting.last ?? Self.never }

    /// Goes one step back in time.
    ///
    /// - Parameters:
    ///   - timeLeft: from the step's beginning to the deadline.
    ///   - step: how long it is.
    ///   - isUp: which placements can be held: on-demand capacity (first) and each pool.
    mutating func stepBack(timeLeft: Int, step: Int, isUp: [Bool]) {
        let slacks = waiting.count
        // Work and changeover left, `timeLeft - slack`, end within the step from here on, and are none from there on.
        let ending = min(timeLeft - step, slacks)
        let ended = min(timeLeft, slacks)
        var isFirst = true
        for index in running.indices where isUp[index] {
            let price = priceRatios[index]
            hold(&running[index], price: price, step: step, timeLeft: timeLeft, ending: ending, ended: ended)
            Self.least(&leastRunning, running[index], isFirst: isFirst)
            isFirst = false
        }
        wait(step: step, ended: ended)
        for index in running.indices {
            // Who runs may as well stop, and must where capacity is gone.
            if isUp[index] {
                Self.least(&running[index], nextWaiting, isFirst: false)
            } else {
                running[index] = nextWaiting
            }
        }
        swap(&waiting, &nextWaiting)
    }

    /// The cost of holding a placement through the step, in place of the cost after it.
    private func hold(_ costs: inout [Float], price: Float, step: Int, timeLeft: Int, ending: Int, ended: Int) {
        costs.withUnsafeMutableBufferPointer { costs in
            let whole = price * Float(step)
            for slack in 0..<ending { costs[slack] += whole }
            for slack in ending..<ended { costs[slack] = price * Float(timeLeft - slack) }
            for slack in ended..<costs.count { costs[slack] = 0 }
        }
    }

    private static func least(_ costs: inout [Float], _ others: [Float], isFirst: Bool) {
        costs.withUnsafeMutableBufferPointer { costs in
            others.withUnsafeBufferPointer { others in
                if isFirst {
                    for slack in costs.indices { costs[slack] = others[slack] }
                } else {
                    for slack in costs.indices {
                        costs[slack] = others[slack] < costs[slack] ? others[slack] : costs[slack]
                    }
                }
            }
        }
    }

    /// The cost of starting nothing from before, in this step: to wait, or to start whatever is best.
    private mutating func wait(step: Int, ended: Int) {
        let changeover = changeover
        nextWaiting.withUnsafeMutableBufferPointer { costs in
            waiting.withUnsafeBufferPointer { after in
                for slack in 0..<min(step, costs.count) { costs[slack] = Self.never }
                for slack in min(step, costs.count)..<costs.count { costs[slack] = after[slack - step] }
            }
            leastRunning.withUnsafeBufferPointer { started in
                for slack in min(changeover, costs.count)..<costs.count {
                    let cost = started[slack - changeover]
                    costs[slack] = cost < costs[slack] ? cost : costs[slack]
                }
            }
            for slack in ended..<costs.count { costs[slack] = 0 }
        }
    }
}
