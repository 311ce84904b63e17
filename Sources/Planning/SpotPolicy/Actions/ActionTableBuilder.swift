/// Reckons a table: a dynamic programme over the work that is left, from none on, and within that over slack.
///
/// To run for as long as it takes from one amount of work to the next below leaves slack as it is; to wait takes from one
/// slack to the next below; a start goes through its changeover at once. Spells last and end by their hazards, each pool
/// for itself. Where a pool that the workload runs in ends its spell between two amounts of work, it ends when it does on
/// average. A change during a wait is acted upon at the wait's end, which makes waiting dearer than it is. That is on
/// purpose: pools of one region come and go together more often than chance has it, so a second pool helps less than it
/// seems to, and on the traces published with *Can't Be Late* (NSDI 2024) waits that are reckoned to the moment cost more.
struct ActionTableBuilder {
    private let terms: ActionTerms
    private let grid: ActionGrid
    private let up: SpellHazard
    private let down: SpellHazard
    private let counts: (Int, Int)

    /// Of each slack, how the pools go on while it is waited for the next below; empty for the first.
    private let waits: [[SpellStep]]
    /// How they go on through a changeover.
    private let starts: [SpellStep]
    /// Of each slack, where it lies after a start.
    private let afterStart: [GridPlace]

    private let rows: ActionLayer

    init(terms: ActionTerms, grid: ActionGrid, up: SpellHazard, down: SpellHazard) {
        self.terms = terms
        self.grid = grid
        self.up = up
        self.down = down
        let hasSecond = terms.priceRatios.count > 1
        func steps(_ hours: Double) -> [SpellStep] {
            [
                SpellStep(hours: hours, up: up, down: down),
                SpellStep(hours: hours, up: hasSecond ? up : nil, down: down),
            ]
        }
        counts = (SpellState.count, hasSecond ? SpellState.count : 1)
        starts = steps(terms.changeover)
        waits = grid.slack.indices.map { $0 == 0 ? [] : steps(grid.slack[$0] - grid.slack[$0 - 1]) }
        afterStart = grid.slack.map { GridPlace(of: $0 - terms.changeover, on: grid.slack) }
        rows = ActionLayer(slacks: 1, states: counts.0 * counts.1)
    }

    /// Reckons everything; takes some 5 ms for one pool, and 50 for two.
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
        let hasSecond = counts.1 > 1
        let steps = [
            SpellStep(hours: hours, up: up, down: down),
            SpellStep(hours: hours, up: hasSecond ? up : nil, down: down),
        ]
        // A start needs them at all lower slacks.
        for slack in grid.slack.indices { runOnDemand(layer, below, slack, hours: Float(hours), steps) }
        for slack in grid.slack.indices {
            wait(layer, slack)
            startOnDemand(layer, slack, work: Float(grid.work[work]))
            runFirst(layer, below, slack, hours: Float(hours), steps)
            if hasSecond { runSecond(layer, below, slack, hours: Float(hours), steps) }
            guard canStart(at: slack) else { continue }
            startFirst(layer, slack)
            if hasSecond { startSecond(layer, slack) }
        }
    }

    /// Whether enough slack is left after a start.
    private func canStart(at slack: Int) -> Bool {
        grid.slack[slack] - terms.changeover >= grid.slack[0] - 1e-9
    }

    private var waitingPrice: Float { Float(terms.waitingPrice) }

    private func price(_ pool: Int) -> Float { Float(terms.priceRatios[pool]) + waitingPrice }

    // MARK: - Waiting, and on demand

    private func wait(_ layer: ActionLayer, _ slack: Int) {
        let values = layer.values(.wait, slack: slack)
        guard slack > 0 else {
            values.update(repeating: ActionTable.never, count: layer.states)
            return
        }
        expect(layer.idle(slack: slack - 1), after: waits[slack], into: values)
        let cost = waitingPrice * Float(grid.slack[slack] - grid.slack[slack - 1])
        for state in 0..<layer.states { values[state] += cost }
    }

    private func runOnDemand(
        _ layer: ActionLayer,
        _ below: ActionLayer,
        _ slack: Int,
        hours: Float,
        _ steps: [SpellStep]
    ) {
        let values = layer.values(.onDemand, slack: slack)
        let least = rows.values(.onDemand, slack: 0)
        Self.least(below.values(.onDemand, slack: slack), below.idle(slack: slack), layer.states, into: least)
        expect(least, after: steps, into: values)
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

    // MARK: - In the first pool

    private func runFirst(
        _ layer: ActionLayer,
        _ below: ActionLayer,
        _ slack: Int,
        hours: Float,
        _ steps: [SpellStep]
    ) {
        let width = counts.1
        let values = layer.values(.first, slack: slack)
        let idle = layer.idle(slack: slack)
        let least = rows.values(.first, slack: 0)
        Self.least(below.values(.first, slack: slack), below.idle(slack: slack), layer.states, into: least)
        // What comes after a loss, if all of the work were done by then.
        let lost = rows.values(.wait, slack: 0)
        let mixed = rows.values(.second, slack: 0)
        expectSecond(below.idle(slack: slack), after: steps[1], into: lost)
        let onDemand = hours * (1 + waitingPrice)
        for state in SpellState.fresh(isUp: true)..<counts.0 {
            let target = steps[0].targets[state]
            let weight = steps[0].weights[state]
            let (young, old) = (least + Int(target[0]) * width, least + Int(target[1]) * width)
            for second in 0..<width { mixed[second] = weight[0] * young[second] + weight[1] * old[second] }
            expectSecond(mixed, after: steps[1], into: values + state * width)
            let ends = weight[2]
            let held = (1 - ends) * hours + ends * steps[0].end[state]
            let done = steps[0].end[state] / hours
            for second in 0..<width {
                let now = min(idle[second], lost[second] + onDemand)
                let loss = done * lost[second] + (1 - done) * now
                values[state * width + second] += price(0) * held + ends * loss
            }
        }
    }

    private func startFirst(_ layer: ActionLayer, _ slack: Int) {
        let width = counts.1
        let place = afterStart[slack]
        let (low, high) = (
            layer.values(.first, slack: place.index), layer.values(.first, slack: place.index + 1)
        )
        let weight = Float(place.weight)
        let idle = layer.idle(slack: slack)
        let mixed = rows.values(.wait, slack: 0)
        let value = rows.values(.second, slack: 0)
        let changeover = Float(terms.changeover)
        for state in SpellState.fresh(isUp: true)..<counts.0 {
            let target = starts[0].targets[state]
            let weights = starts[0].weights[state]
            let end = starts[0].end[state]
            let lost = GridPlace(of: grid.slack[slack] - Double(end), on: grid.slack)
            let (lostLow, lostHigh) = (layer.idle(slack: lost.index), layer.idle(slack: lost.index + 1))
            let lostWeight = Float(lost.weight)
            for second in 0..<width {
                let young = Int(target[0]) * width + second
                let old = Int(target[1]) * width + second
                mixed[second] =
                    weights[0] * ((1 - weight) * low[young] + weight * high[young])
                    + weights[1] * ((1 - weight) * low[old] + weight * high[old])
                    + weights[2] * ((1 - lostWeight) * lostLow[second] + lostWeight * lostHigh[second])
            }
            expectSecond(mixed, after: starts[1], into: value)
            let held = (1 - weights[2]) * changeover + weights[2] * end
            for second in 0..<width {
                let index = state * width + second
                idle[index] = min(idle[index], value[second] + price(0) * held)
            }
        }
    }

    // MARK: - In the second pool

    private func runSecond(
        _ layer: ActionLayer,
        _ below: ActionLayer,
        _ slack: Int,
        hours: Float,
        _ steps: [SpellStep]
    ) {
        let width = counts.1
        let values = layer.values(.second, slack: slack)
        let idle = layer.idle(slack: slack)
        let least = rows.values(.first, slack: 0)
        Self.least(below.values(.second, slack: slack), below.idle(slack: slack), layer.states, into: least)
        let after = below.idle(slack: slack)
        let onDemand = hours * (1 + waitingPrice)
        for first in 0..<counts.0 {
            let target = steps[0].targets[first]
            let weight = steps[0].weights[first]
            let (young, old, flipped) = (
                Int(target[0]) * width, Int(target[1]) * width, Int(target[2]) * width
            )
            let lost = weight[0] * after[young] + weight[1] * after[old] + weight[2] * after[flipped]
            let now = min(idle[first * width], lost + onDemand)
            for state in SpellState.fresh(isUp: true)..<width {
                let goal = steps[1].targets[state]
                let chance = steps[1].weights[state]
                let (next, later) = (Int(goal[0]), Int(goal[1]))
                func mixed(_ second: Int) -> Float {
                    weight[0] * least[young + second] + weight[1] * least[old + second]
                        + weight[2] * least[flipped + second]
                }
                let ends = chance[2]
                let end = steps[1].end[state]
                let held = (1 - ends) * hours + ends * end
                let loss = end / hours * lost + (1 - end / hours) * now
                values[first * width + state] =
                    chance[0] * mixed(next) + chance[1] * mixed(later) + price(1) * held + ends * loss
            }
        }
    }

    private func startSecond(_ layer: ActionLayer, _ slack: Int) {
        let width = counts.1
        let place = afterStart[slack]
        let (low, high) = (
            layer.values(.second, slack: place.index), layer.values(.second, slack: place.index + 1)
        )
        let weight = Float(place.weight)
        let idle = layer.idle(slack: slack)
        let mixed = rows.values(.wait, slack: 0)
        let changeover = Float(terms.changeover)
        for state in SpellState.fresh(isUp: true)..<width {
            let target = starts[1].targets[state]
            let weights = starts[1].weights[state]
            let (next, later) = (Int(target[0]), Int(target[1]))
            let end = starts[1].end[state]
            let lost = GridPlace(of: grid.slack[slack] - Double(end), on: grid.slack)
            let (lostLow, lostHigh) = (layer.idle(slack: lost.index), layer.idle(slack: lost.index + 1))
            let lostWeight = Float(lost.weight)
            for first in 0..<counts.0 {
                let row = first * width
                mixed[first] =
                    weights[0] * ((1 - weight) * low[row + next] + weight * high[row + next])
                    + weights[1] * ((1 - weight) * low[row + later] + weight * high[row + later])
                    + weights[2] * ((1 - lostWeight) * lostLow[row] + lostWeight * lostHigh[row])
            }
            let held = (1 - weights[2]) * changeover + weights[2] * end
            for first in 0..<counts.0 {
                let goal = starts[0].targets[first]
                let chance = starts[0].weights[first]
                let value =
                    chance[0] * mixed[Int(goal[0])] + chance[1] * mixed[Int(goal[1])]
                    + chance[2] * mixed[Int(goal[2])]
                idle[first * width + state] = min(idle[first * width + state], value + price(1) * held)
            }
        }
    }

    // MARK: - Expectations

    private static func least(
        _ first: UnsafeMutablePointer<Float>,
        _ second: UnsafeMutablePointer<Float>,
        _ count: Int,
        into result: UnsafeMutablePointer<Float>
    ) {
        for index in 0..<count { result[index] = min(first[index], second[index]) }
    }

    /// What values come to on average once both pools have gone on.
    private func expect(
        _ values: UnsafeMutablePointer<Float>,
        after steps: [SpellStep],
        into result: UnsafeMutablePointer<Float>
    ) {
        let width = counts.1
        let mixed = rows.values(.second, slack: 0)
        for first in 0..<counts.0 {
            let target = steps[0].targets[first]
            let weight = steps[0].weights[first]
            let (young, old, flipped) = (
                values + Int(target[0]) * width, values + Int(target[1]) * width, values + Int(target[2]) * width
            )
            for second in 0..<width {
                mixed[second] = weight[0] * young[second] + weight[1] * old[second] + weight[2] * flipped[second]
            }
            expectSecond(mixed, after: steps[1], into: result + first * width)
        }
    }

    /// What one row of values comes to on average once the second pool has gone on.
    private func expectSecond(
        _ row: UnsafeMutablePointer<Float>,
        after step: SpellStep,
        into result: UnsafeMutablePointer<Float>
    ) {
        guard counts.1 > 1 else {
            result[0] = row[0]
            return
        }
        for second in 0..<counts.1 {
            let target = step.targets[second]
            let weight = step.weights[second]
            result[second] =
                weight[0] * row[Int(target[0])] + weight[1] * row[Int(target[1])] + weight[2] * row[Int(target[2])]
        }
    }
}
