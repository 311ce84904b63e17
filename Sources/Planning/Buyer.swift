import Model

/// Chooses nodes for pods outside gangs. A greedy search buys, again and again, the node whose pods would cost most
/// elsewhere for what it costs itself; `improve` then takes pairs of nodes apart and packs them anew.
struct Buyer {
    /// How one greedy run proceeds. Several are tried and the best is kept.
    struct Style {
        enum Order: CaseIterable {
            case longestFirst
            case dearestFirst
            case scarcestFirst
        }

        /// Which pods are served first.
        var order: Order
        /// Prefers nodes that hold much to nodes that are cheap for what they hold: for when limits bite.
        var isDense: Bool
    }

    let problem: Problem
    var ledger: Ledger
    private(set) var baskets: [Basket] = []
    /// Pods by kind for which nothing can be bought.
    private(set) var unplaced: [Int: Int] = [:]

    /// The candidates that may be bought; nil for all.
    private let allowed: Set<Int>?

    init(_ problem: Problem) {
        self.problem = problem
        ledger = Ledger(problem.headroom)
        allowed = nil
    }

    /// - Parameters:
    ///   - problem: What is planned.
    ///   - allowed: The only candidates that may be bought.
    ///   - ledger: What is left of the pools' limits.
    init(_ problem: Problem, only allowed: Set<Int>, ledger: Ledger) {
        self.problem = problem
        self.ledger = ledger
        self.allowed = allowed
    }

    /// The estimated cost of everything bought.
    var cost: Double {
        baskets.reduce(0) { $0 + problem.cost($1.candidate, seconds: $1.seconds) * Double($1.copies) }
    }

    /// What the unplaced pods are worth: less is better than any saving.
    var missing: Double {
        unplaced.sorted { $0.key < $1.key }.reduce(0) { $0 + problem.kinds[$1.key].value * Double($1.value) }
    }

    /// Finds room for pods on what was bought before and buys for the rest.
    mutating func buy(_ waiting: [(kind: Int, count: Int)]) {
        guard !waiting.isEmpty else { return }
        var start = self
        let rest = start.insert(waiting)
        var best = start
        best.fillUp(rest, style: Style(order: .longestFirst, isDense: false))
        // Far beyond that many kinds the greedy's waste is small and its time is not.
        if rest.count <= 300 {
            for order in Style.Order.allCases { best.consider(start, rest, Style(order: order, isDense: false)) }
        }
        if best.missing > start.missing {
            for order in Style.Order.allCases { best.consider(start, rest, Style(order: order, isDense: true)) }
        }
        self = best
    }

    private mutating func consider(_ start: Buyer, _ rest: [(kind: Int, count: Int)], _ style: Style) {
        var trial = start
        trial.fillUp(rest, style: style)
        if trial.isBetter(than: self) { self = trial }
    }

    func isBetter(than other: Buyer) -> Bool {
        let (mine, theirs) = (missing, other.missing)
        if abs(mine - theirs) > 1e-9 * max(mine, theirs) { return mine < theirs }
        return cost < other.cost * (1 - 1e-12)
    }

    // MARK: - Buying

    mutating func fillUp(_ waiting: [(kind: Int, count: Int)], style: Style) {
        var remaining = [Int](repeating: 0, count: problem.kinds.count)
        for (kind, count) in waiting { remaining[kind] += count }
        var seeds = waiting.map(\.kind).uniqueSorted()
        sort(&seeds, by: style.order)
        var byTime = seeds
        sort(&byTime, by: .longestFirst)
        var byValue = seeds
        sort(&byValue, by: .dearestFirst)
        var next = 0
        while next < seeds.count {
            let seed = seeds[next]
            guard remaining[seed] > 0 else {
                next += 1
                continue
            }
            guard let basket = bestNode(for: seed, remaining, [byTime, byValue], style) else {
                unplaced[seed, default: 0] += remaining[seed]
                remaining[seed] = 0
                continue
            }
            for entry in basket.load { remaining[entry.kind] -= entry.count * basket.copies }
            byTime.removeAll { remaining[$0] == 0 }
            byValue.removeAll { remaining[$0] == 0 }
            add(basket)
        }
    }

    /// The best node that holds at least one pod of the seed, as many times as it can be bought and filled alike.
    private func bestNode(for seed: Int, _ remaining: [Int], _ orders: [[Int]], _ style: Style) -> Basket? {
        var best: (basket: Basket, value: Double, ratio: Double)?
        for candidate in problem.kinds[seed].candidates {
            let room = ledger.room(for: problem.candidates[candidate])
            guard room > 0, allowed?.contains(candidate) ?? true else { continue }
            for (index, order) in orders.enumerated() {
                let seeds = index == 0 ? remaining[seed] : 1
                let (load, seconds, value) = fill(candidate, seed, seeds, remaining, order)
                guard !load.isEmpty else { continue }
                let ratio = problem.cost(candidate, seconds: seconds) / value
                if let best {
                    let (a, b) = style.isDense ? (-value, -best.value) : (ratio, best.ratio)
                    if a > b + abs(b) * 1e-12 { continue }
                    if a >= b - abs(b) * 1e-12, ratio >= best.ratio * (1 - 1e-12) { continue }
                }
                let copies = load.reduce(room) { min($0, remaining[$1.kind] / $1.count) }
                best = (Basket(candidate: candidate, load: load, seconds: seconds, copies: copies), value, ratio)
            }
        }
        return best?.basket
    }

    private func fill(
        _ candidate: Int,
        _ seed: Int,
        _ seeds: Int,
        _ remaining: [Int],
        _ order: [Int]
    ) -> (load: [Basket.Load], seconds: Int64, value: Double) {
        var free = problem.candidates[candidate].size
        let first = problem.count(of: seed, fitting: free, limit: seeds)
        guard first > 0 else { return ([], 0, 0) }
        problem.take(first, of: seed, from: &free)
        var load = [Basket.Load(kind: seed, count: first)]
        var seconds = problem.kinds[seed].seconds
        var value = problem.kinds[seed].value * Double(first)
        for kind in order {
            let left = kind == seed ? remaining[seed] - first : remaining[kind]
            guard left > 0 else { continue }
            let count = problem.count(of: kind, fitting: free, limit: left)
            guard count > 0, problem.takes(candidate, kind) else { continue }
            let worth = problem.kinds[kind].value * Double(count)
            let longest = max(seconds, problem.kinds[kind].seconds)
            guard problem.cost(candidate, seconds: longest) - problem.cost(candidate, seconds: seconds) <= worth else {
                continue
            }
            problem.take(count, of: kind, from: &free)
            seconds = longest
            value += worth
            if kind == seed { load[0].count += count } else { load.append(Basket.Load(kind: kind, count: count)) }
        }
        return (load.sorted { $0.kind < $1.kind }, seconds, value)
    }

    private func sort(_ kinds: inout [Int], by order: Style.Order) {
        let all = problem.kinds
        switch order {
        case .longestFirst:
            kinds.sort { (-all[$0].seconds, -all[$0].value, $0) < (-all[$1].seconds, -all[$1].value, $1) }
        case .dearestFirst:
            kinds.sort { (-all[$0].value, -all[$0].seconds, $0) < (-all[$1].value, -all[$1].seconds, $1) }
        case .scarcestFirst:
            kinds.sort { left, right in
                (all[left].candidates.count, -all[left].value, left)
                    < (all[right].candidates.count, -all[right].value, right)
            }
        }
    }

    // MARK: - Changing what is bought

    /// Adds nodes and takes them from the ledger; equal ones become one basket.
    mutating func add(_ basket: Basket) {
        ledger.take(problem.candidates[basket.candidate], count: basket.copies)
        if let alike = baskets.firstIndex(where: { $0.isAlike(basket) }) {
            baskets[alike].copies += basket.copies
        } else {
            baskets.append(basket)
        }
    }

    /// Gives back one node of a basket, which disappears with its last.
    mutating func takeOut(_ index: Int) {
        ledger.giveBack(problem.candidates[baskets[index].candidate], count: 1)
        baskets[index].copies -= 1
        if baskets[index].copies == 0 { baskets.remove(at: index) }
    }

    /// Puts pods into the room that is left on nodes bought so far, where that costs less than they are worth.
    ///
    /// - Returns: What found no room.
    mutating func insert(_ waiting: [(kind: Int, count: Int)]) -> [(kind: Int, count: Int)] {
        guard !baskets.isEmpty else { return waiting }
        var rest: [(kind: Int, count: Int)] = []
        let ordered = waiting.sorted { left, right in
            (-problem.kinds[left.kind].value, left.kind) < (-problem.kinds[right.kind].value, right.kind)
        }
        for (kind, count) in ordered {
            var left = count
            while left > 0, let (index, fitting) = bestRoom(for: kind, count: left) {
                let basket = baskets[index]
                let copies = min(basket.copies, left / fitting)
                var fuller = basket
                fuller.copies = copies
                fuller.seconds = max(basket.seconds, problem.kinds[kind].seconds)
                if let entry = fuller.load.firstIndex(where: { $0.kind == kind }) {
                    fuller.load[entry].count += fitting
                } else {
                    fuller.load = (fuller.load + [Basket.Load(kind: kind, count: fitting)])
                        .sorted { $0.kind < $1.kind }
                }
                for _ in 0..<copies { takeOut(index) }
                add(fuller)
                left -= fitting * copies
            }
            if left > 0 { rest.append((kind, left)) }
        }
        return rest
    }

    private func bestRoom(for kind: Int, count: Int) -> (index: Int, fitting: Int)? {
        var best: (index: Int, fitting: Int, cost: Double)?
        for (index, basket) in baskets.enumerated() where problem.takes(basket.candidate, kind) {
            let free = problem.free(on: basket.candidate, after: basket.load)
            let fitting = problem.count(of: kind, fitting: free, limit: count)
            guard fitting > 0 else { continue }
            let longest = max(basket.seconds, problem.kinds[kind].seconds)
            let extra =
                problem.cost(basket.candidate, seconds: longest)
                - problem.cost(basket.candidate, seconds: basket.seconds)
            let share = extra / Double(fitting)
            guard share <= problem.kinds[kind].value, best.map({ share < $0.cost }) ?? true else { continue }
            best = (index, fitting, share)
        }
        return best.map { ($0.index, $0.fitting) }
    }

    mutating func replace(_ index: Int, candidate: Int) {
        let basket = baskets[index]
        ledger.giveBack(problem.candidates[basket.candidate], count: basket.copies)
        ledger.take(problem.candidates[candidate], count: basket.copies)
        baskets[index].candidate = candidate
    }

    /// Takes the pods for which nothing could be bought back into hand.
    mutating func reclaimUnplaced() -> [(kind: Int, count: Int)] {
        defer { unplaced = [:] }
        return unplaced.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}
