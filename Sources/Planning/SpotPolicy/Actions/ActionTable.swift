/// What finishing the work costs in expectation after each action, by work left, slack and the states of one pool or two;
/// in hours on demand.
struct ActionTable: Sendable {
    /// To wait, or to run on demand, in the first pool or in the second; starts are paid already.
    enum Action: Int {
        case wait
        case onDemand
        case first
        case second
    }

    /// What is not possible costs more than anything does, and adding to it loses nothing that matters.
    static let never: Float = 1e9

    /// How many states the first pool has, and the second.
    let counts: (Int, Int)
    private let slacks: Int
    private let block: Int
    private var values: [Float]

    init(counts: (Int, Int), grid: ActionGrid) {
        self.counts = counts
        slacks = grid.keptSlack.count
        block = 4 * counts.0 * counts.1 + counts.0 + counts.1
        values = [Float](repeating: Self.never, count: grid.keptWork.count * slacks * block)
    }

    /// Keeps what one amount of work left and slack comes to.
    ///
    /// - Parameters:
    ///   - work: its index among the amounts that are kept.
    ///   - slack: the same.
    ///   - actions: for each action a value for each pair of states, those of the second pool together.
    ///   - idle: the least of all actions of who runs nowhere.
    mutating func keep(
        work: Int,
        slack: Int,
        actions: [UnsafeMutablePointer<Float>],
        idle: UnsafeMutablePointer<Float>
    ) {
        let states = counts.0 * counts.1
        var index = (work * slacks + slack) * block
        for action in actions {
            for state in 0..<states { values[index + state] = action[state] }
            index += states
        }
        let lost = SpellState.fresh(isUp: false)
        for second in 0..<counts.1 { values[index + second] = idle[lost * counts.1 + second] }
        index += counts.1
        for first in 0..<counts.0 { values[index + first] = idle[first * counts.1 + lost] }
    }

    /// Where a workload stands between the points of the grid.
    struct Place {
        var work: GridPlace
        var slack: GridPlace
        var first: GridPlace
        var second: GridPlace
    }

    /// The cost after an action.
    func value(of action: Action, at place: Place) -> Double {
        interpolated(at: place) { first, second in
            action.rawValue * counts.0 * counts.1 + first * counts.1 + second
        }
    }

    /// The cost when the first pool, or the second, has just lost its capacity, and the workload ran there.
    func valueAfterLoss(of pool: Action, at place: Place) -> Double {
        let begin = 4 * counts.0 * counts.1
        var place = place
        if pool == .first {
            place.first = GridPlace(index: 0, weight: 0)
            return interpolated(at: place) { _, second in begin + second }
        }
        place.second = GridPlace(index: 0, weight: 0)
        return interpolated(at: place) { first, _ in begin + counts.1 + first }
    }

    @inline(__always)
    private func interpolated(at place: Place, _ offset: (Int, Int) -> Int) -> Double {
        values.withUnsafeBufferPointer { values in
            var sum = 0.0
            for work in 0...1 {
                let workWeight = work == 0 ? 1 - place.work.weight : place.work.weight
                guard workWeight > 0 else { continue }
                for slack in 0...1 {
                    let slackWeight = (slack == 0 ? 1 - place.slack.weight : place.slack.weight) * workWeight
                    guard slackWeight > 0 else { continue }
                    let begin = ((place.work.index + work) * slacks + place.slack.index + slack) * block
                    for first in 0...1 {
                        let firstWeight = (first == 0 ? 1 - place.first.weight : place.first.weight) * slackWeight
                        guard firstWeight > 0 else { continue }
                        for second in 0...1 {
                            let weight =
                                (second == 0 ? 1 - place.second.weight : place.second.weight) * firstWeight
                            guard weight > 0 else { continue }
                            let index = begin + offset(place.first.index + first, place.second.index + second)
                            sum += weight * Double(values[index])
                        }
                    }
                }
            }
            return sum
        }
    }
}
