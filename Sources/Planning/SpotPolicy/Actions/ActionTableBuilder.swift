/// Reckons a table: a dynamic programme over the work that is left, from none on, and within that over slack.
///
/// To run for as long as it takes from one amount of work to the next below leaves slack as it is; to wait takes from one
/// slack to the next below; a start goes through its changeover at once. Spells last and end by their hazards, each pool
/// for itself. Where a pool that the workload runs in ends its spell between two amounts of work, it ends when it does on
/// average. A change during a wait is acted upon at the wait's end, which makes waiting dearer than it is. That is on
/// purpose: pools of one region come and go together more often than chance has it, so a second pool helps less than it
/// seems to, and on the traces published with *Can't Be Late* (NSDI 2024) waits that are reckoned to the moment cost more.
struct ActionTableBuilder {
    /// A pool as the one that it runs in: how many states it has and how far they are apart among the states of both, and
    /// the same of the other one.
    private struct Side {
        let action: ActionTable.Action
        let priceRatio: Double
        let stateStride: Int
        let otherCount: Int
        let otherStride: Int

        /// Where the states of the other one are.
        var others: StrideTo<Int> { stride(from: 0, to: otherCount * otherStride, by: otherStride) }
    }

    private let terms: ActionTerms
    private let grid: ActionGrid
    private let up: SpellHazard
    private let down: SpellHazard
    private let counts: (Int, Int)
    private let sides: [Side]

    /// Of each slack, how the pools go on while it is waited for the next below; nil for the first.
    private let waits: [PoolSteps?]
    /// How they go on through a changeover.
    private let starts: PoolSteps
    /// Of each slack, where it lies after a start.
    private let afterStart: [GridPlace]

    private let rows: ActionLayer

    init(terms: ActionTerms, grid: ActionGrid, up: SpellHazard, down: SpellHazard) {
        self.terms = terms
        self.grid = grid
        self.up = up
        self.down = down
        let count = SpellState.count
        let hasSecond = terms.priceRatios.count > 1
        counts = (count, hasSecond ? count : 1)
        let first = Side(
            action: .first,
            priceRatio: terms.priceRatios[0],
            stateStride: counts.1,
            otherCount: counts.1,
            otherStride: 1
        )
        let second = terms.priceRatios.dropFirst().map {
            Side(action: .second, priceRatio: $0, stateStride: 1, otherCount: count, otherStride: count)
        }
        sides = [first] + second
        func steps(_ hours: Double) -> PoolSteps {
            PoolSteps(hours: hours, up: up, down: down, areTwo: hasSecond)
        }
        starts = steps(terms.changeover)
        waits = grid.slack.indices.map { $0 == 0 ? nil : steps(grid.slack[$0] - grid.slack[$0 - 1]) }
        afterStart = grid.slack.map { GridPlace(of: $0 - terms.changeover, on: grid.slack) }
        rows = ActionLayer(slacks: 1, states: counts.0 * counts.1)
    }

    /// Reckons everything; takes some 10 ms for one pool, and 60 to 100 for two.
    func table() -> ActionTable {
        var table = ActionTable(counts: counts, grid: grid)
        let states = counts.0 * counts.1
        var below = ActionLayer(slacks: grid.slack.count, states: states)
        var layer = ActionLayer(slacks: grid.slack.count, states: states)
        below.fill(with: 0)
        var kept = 0
        for work in grid.work.indices {
            if work > 0 {
                reckon(layer, above: below, work: work)
                swap(&layer, &below)
            }
            guard kept < grid.keptWork.count, grid.keptWork[kept] == work else { continue }
            for (index, slack) in grid.keptSlack.enumerated() {
                table.keep(
                    work: kept,
                    slack: index,
                    actions: [.wait, .onDemand, .first, .second].map { below.values($0, slack: slack) },
                    idle: below.idle(slack: slack)
                )
            }
            kept += 1
        }
        return table
    }

    private func reckon(_ layer: ActionLayer, above below: ActionLayer, work: Int) {
        let hours = grid.work[work] - grid.work[work - 1]
        let steps = PoolSteps(hours: hours, up: up, down: down, areTwo: sides.count > 1)
        // A start needs them at all lower slacks.
        for slack in grid.slack.indices { runOnDemand(layer, below, slack, hours: Float(hours), steps) }
        for slack in grid.slack.indices {
            wait(layer, slack)
            startOnDemand(layer, slack, work: Float(grid.work[work]))
            for side in sides { run(in: side, layer, below, slack, hours: Float(hours), steps) }
            guard canStart(at: slack) else { continue }
            for side in sides { start(in: side, layer, slack) }
        }
    }

    /// Whether enough slack is left after a start.
    private func canStart(at slack: Int) -> Bool {
        grid.slack[slack] - terms.changeover >= grid.slack[0] - 1e-9
    }

    private var waitingPrice: Float { Float(terms.waitingPrice) }

    // MARK: - Waiting, and on demand

    private func wait(_ layer: ActionLayer, _ slack: Int) {
        let values = layer.values(.wait, slack: slack)
        guard slack > 0, let steps = waits[slack] else {
            values.update(repeating: ActionTable.never, count: layer.states)
            return
        }
        expect(layer.idle(slack: slack - 1), after: steps, into: values)
        let cost = waitingPrice * Float(grid.slack[slack] - grid.slack[slack - 1])
        for state in 0..<layer.states { values[state] += cost }
    }

    private func runOnDemand(
        _ layer: ActionLayer,
        _ below: ActionLayer,
        _ slack: Int,
        hours: Float,
        _ steps: PoolSteps
    ) {
        let values = layer.values(.onDemand, slack: slack)
        expect(least(of: .onDemand, below, slack), after: steps, into: values)
        for state in 0..<layer.states { values[state] += hours * (1 + waitingPrice) }
    }

    /// To wait or to start on demand, whichever is better: all that can be done without capacity.
    private func startOnDemand(_ layer: ActionLayer, _ slack: Int, work: Float) {
        let idle = layer.idle(slack: slack)
        let waiting = layer.values(.wait, slack: slack)
        let changeover = Float(terms.changeover) * (1 + waitingPrice)
        guard canStart(at: slack) else {
            // Too late for anything else: it runs through.
            let cost = changeover + work * (1 + waitingPrice)
            for state in 0..<layer.states { idle[state] = min(waiting[state], cost) }
            return
        }
        let place = afterStart[slack]
        let low = layer.values(.onDemand, slack: place.index)
        let high = layer.values(.onDemand, slack: place.index + 1)
        let weight = Float(place.weight)
        for state in 0..<layer.states {
            idle[state] = min(waiting[state], changeover + (1 - weight) * low[state] + weight * high[state])
        }
    }

    // MARK: - In a pool

    private func price(_ side: Side) -> Float { Float(side.priceRatio) + waitingPrice }

    private func run(
        in side: Side,
        _ layer: ActionLayer,
        _ below: ActionLayer,
        _ slack: Int,
        hours: Float,
        _ steps: PoolSteps
    ) {
        let values = layer.values(side.action, slack: slack)
        let idle = layer.idle(slack: slack)
        let least = least(of: side.action, below, slack)
        // What comes after a loss, if all of the work were done by then.
        let lost = rows.values(.wait, slack: 0)
        let mixed = rows.values(.second, slack: 0)
        expectOther(of: side, below.idle(slack: slack), after: steps, into: lost)
        let onDemand = hours * (1 + waitingPrice)
        for state in SpellState.fresh(isUp: true)..<SpellState.count {
            let target = steps.alone.targets[state]
            let weight = steps.alone.weights[state]
            let (young, old) = (least + Int(target[0]) * side.stateStride, least + Int(target[1]) * side.stateStride)
            for place in side.others { mixed[place] = weight[0] * young[place] + weight[1] * old[place] }
            let row = values + state * side.stateStride
            expectOther(of: side, mixed, after: steps, into: row)
            let ends = weight[2]
            let end = steps.alone.end[state]
            let cost = price(side) * ((1 - ends) * hours + ends * end)
            let done = end / hours
            for place in side.others {
                let now = min(idle[place], lost[place] + onDemand)
                row[place] += cost + ends * (done * lost[place] + (1 - done) * now)
            }
        }
    }

    private func start(in side: Side, _ layer: ActionLayer, _ slack: Int) {
        let place = afterStart[slack]
        let (low, high) = (
            layer.values(side.action, slack: place.index), layer.values(side.action, slack: place.index + 1)
        )
        let weight = Float(place.weight)
        let idle = layer.idle(slack: slack)
        let mixed = rows.values(.wait, slack: 0)
        let value = rows.values(.second, slack: 0)
        let changeover = Float(terms.changeover)
        for state in SpellState.fresh(isUp: true)..<SpellState.count {
            let target = starts.alone.targets[state]
            let weights = starts.alone.weights[state]
            let end = starts.alone.end[state]
            let lost = GridPlace(of: grid.slack[slack] - Double(end), on: grid.slack)
            let (lostLow, lostHigh) = (layer.idle(slack: lost.index), layer.idle(slack: lost.index + 1))
            let lostWeight = Float(lost.weight)
            let (young, old) = (Int(target[0]) * side.stateStride, Int(target[1]) * side.stateStride)
            for place in side.others {
                mixed[place] =
                    weights[0] * ((1 - weight) * low[young + place] + weight * high[young + place])
                    + weights[1] * ((1 - weight) * low[old + place] + weight * high[old + place])
                    + weights[2] * ((1 - lostWeight) * lostLow[place] + lostWeight * lostHigh[place])
            }
            expectOther(of: side, mixed, after: starts, into: value)
            let cost = price(side) * ((1 - weights[2]) * changeover + weights[2] * end)
            let row = idle + state * side.stateStride
            for place in side.others { row[place] = min(row[place], value[place] + cost) }
        }
    }

    // MARK: - Expectations

    /// To go on as before or to stop, whichever is better.
    private func least(
        of action: ActionTable.Action,
        _ layer: ActionLayer,
        _ slack: Int
    ) -> UnsafeMutablePointer<Float> {
        let result = rows.values(.first, slack: 0)
        let (staying, idle) = (layer.values(action, slack: slack), layer.idle(slack: slack))
        for state in 0..<layer.states { result[state] = min(staying[state], idle[state]) }
        return result
    }

    /// What values come to on average once all pools have gone on.
    private func expect(
        _ values: UnsafeMutablePointer<Float>,
        after steps: PoolSteps,
        into result: UnsafeMutablePointer<Float>
    ) {
        let width = counts.1
        let mixed = rows.values(.second, slack: 0)
        for first in 0..<counts.0 {
            let row = result + first * width
            guard width > 1 else {
                Self.mix(values, width: 1, steps.alone, state: first, into: row)
                continue
            }
            let goal = steps.beside(SpellState.isUp(first))
            for isUp in [false, true] {
                Self.mix(values, width: width, steps.beside(isUp), state: first, into: mixed)
                let fresh = SpellState.fresh(isUp: isUp)
                for second in fresh..<(fresh + SpellState.ages.count) {
                    let target = goal.targets[second]
                    let weight = goal.weights[second]
                    row[second] =
                        weight[0] * mixed[Int(target[0])] + weight[1] * mixed[Int(target[1])]
                        + weight[2] * mixed[Int(target[2])]
                }
            }
        }
    }

    /// One row of values for each of the states that the first pool may come to, as they are likely.
    private static func mix(
        _ values: UnsafeMutablePointer<Float>,
        width: Int,
        _ step: SpellStep,
        state: Int,
        into result: UnsafeMutablePointer<Float>
    ) {
        let target = step.targets[state]
        let weight = step.weights[state]
        let (young, old, flipped) = (
            values + Int(target[0]) * width, values + Int(target[1]) * width, values + Int(target[2]) * width
        )
        for second in 0..<width {
            result[second] = weight[0] * young[second] + weight[1] * old[second] + weight[2] * flipped[second]
        }
    }

    /// What the values for one state of a pool with capacity come to on average once the other pool has gone on.
    private func expectOther(
        of side: Side,
        _ row: UnsafeMutablePointer<Float>,
        after steps: PoolSteps,
        into result: UnsafeMutablePointer<Float>
    ) {
        guard side.otherCount > 1 else {
            result[0] = row[0]
            return
        }
        let step = steps.beside(true)
        let stride = side.otherStride
        for other in 0..<side.otherCount {
            let target = step.targets[other]
            let weight = step.weights[other]
            result[other * stride] =
                weight[0] * row[Int(target[0]) * stride] + weight[1] * row[Int(target[1]) * stride]
                + weight[2] * row[Int(target[2]) * stride]
        }
    }
}
