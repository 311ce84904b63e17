import Model

extension Buyer {
    /// Looks for the same service at less cost: takes nodes apart one, two or three at a time and packs their pods
    /// anew, on the rest or on others, as long as that saves; then makes every node the cheapest that holds its load.
    mutating func improve() {
        if items.count <= Self.fewItems, baskets.count <= 80 {
            var attempts = Self.attempts(pods: problem.members.count)
            var improved = true
            while improved, attempts > 0 {
                improved = false
                search: for removal in removals() {
                    attempts -= 1
                    if attempts <= 0 { break }
                    if let better = rebuilt(without: removal) {
                        self = better
                        improved = true
                        break search
                    }
                }
            }
        } else {
            rebuild()
        }
        refit()
        var exchange = Exchange(self)
        exchange.run()
        replaceAll(with: exchange.baskets)
        if !unplaced.isEmpty {
            reclaimUnplaced()
            buy()
            refit()
        }
    }

    /// How many nodes, pairs and triples of a small plan are taken apart at most: each attempt packs pods anew many times.
    private static func attempts(pods: Int) -> Int { max(40, min(1500, 8_000 / max(1, pods))) }

    /// Takes many nodes of a large plan apart at once, again and again.
    private mutating func rebuild() {
        let pods = problem.members.count
        // Pods that keep apart make many small nodes, each a puzzle of its own.
        let patience = items.contains { $0.tally >= 0 } ? Self.longPatience : Self.patience
        var idle = 0
        for round in 0..<Self.rounds(pods: pods) where idle < patience {
            let before = cost
            if pods > Self.fewPods, round < Self.worstParts.count {
                let generosity = Self.generosities[round % Self.generosities.count]
                rebuildWorst(part: Self.worstParts[round], beside: 0, generosity: generosity, round: round)
            } else {
                rebuildWorst(
                    part: Self.smallParts[round % Self.smallParts.count],
                    beside: Self.partBeside,
                    generosity: Self.manyGenerosities[round % Self.manyGenerosities.count],
                    round: round
                )
            }
            idle = cost < before ? 0 : idle + 1
        }
    }

    /// A plan of thousands evens its waste out by itself, and one of hundreds is worth a closer look; so is one of very
    /// many, of which whatever does not depend on their number takes little of the time.
    private static func rounds(pods: Int) -> Int {
        if pods <= fewPods { return min(120, 60_000 / max(1, pods)) }
        return pods > 15_000 ? 8 : max(2, 40_000 / pods - 2)
    }

    /// After so many rounds without a gain there is little left to gain.
    private static let patience = 12
    private static let longPatience = 32

    /// The parts of a large plan's nodes that are taken apart at once, as those that waste most.
    private static let worstParts = [0.2, 0.3, 0.12, 0.45]
    private static let generosities = [1.5, 2, 1.2]
    /// Later on fewer of those, and others by chance: what only the worst have in common they cannot lend each other.
    private static let smallParts = [0.05, 0.1, 0.2, 0.3]
    private static let partBeside = 0.1
    private static let manyGenerosities = [1, 1.2, 1.5, 2, 3]

    /// Takes the nodes that waste most apart, and with them the largest, whose pods make good company for the others.
    ///
    /// - Parameters:
    ///   - part: Of all nodes, those that waste most.
    ///   - beside: Of the others, those that are drawn.
    ///   - generosity: See `Style`.
    ///   - round: What is drawn follows from it: the same plan is made from the same input.
    private mutating func rebuildWorst(part: Double, beside: Double, generosity: Double, round: Int) {
        guard unplaced.isEmpty, baskets.count > 1 else { return }
        let waste = baskets.map { basket in
            let value = basket.load.reduce(0) { $0 + items[lots[$1.lot].item].value * Double($1.count) }
            return problem.cost(basket.candidate, seconds: basket.seconds) / value
        }
        let order = baskets.indices.sorted { waste[$0] == waste[$1] ? $0 < $1 : waste[$0] > waste[$1] }
        let worst = order.prefix(Int(Double(baskets.count) * part))
        let largest = baskets.indices.max { left, right in
            let (a, b) = (
                baskets[left].load.reduce(0) { $0 + $1.count }, baskets[right].load.reduce(0) { $0 + $1.count }
            )
            return a == b ? left > right : a < b
        }
        var removed = Set(worst + [largest].compactMap(\.self))
        if beside > 0 {
            var lot = Fingerprint()
            for index in order.dropFirst(worst.count) {
                lot.mix(UInt64(round))
                if Double(lot.value >> 32) < beside * 0x1p32 { removed.insert(index) }
            }
        }
        var trial = self
        trial.takeApart(removed)
        trial.fillUp(style: Style(order: .dearestFirst, generosity: generosity, isDense: false))
        // Costs go in steps, and many a way down begins on the level.
        let isLevel = beside > 0 && trial.unplaced.isEmpty && trial.cost <= cost
        if isLevel || trial.isBetter(than: self) { self = trial }
    }

    /// Which nodes to take apart, the least worth their cost first: single ones, pairs and, in small plans, triples.
    private func removals() -> [[Int]] {
        let efficiency = baskets.map { basket in
            basket.load.reduce(0) { $0 + items[lots[$1.lot].item].value * Double($1.count) }
                / problem.cost(basket.candidate, seconds: basket.seconds)
        }
        let order = baskets.indices.sorted { (efficiency[$0], $0) < (efficiency[$1], $1) }.prefix(24).map { $0 }
        var result = order.map { [$0] }
        for (first, left) in order.enumerated() {
            if baskets[left].copies > 1 { result.append([left, left]) }
            for right in order.dropFirst(first + 1) { result.append([left, right]) }
        }
        guard order.count <= 8 else { return result }
        for (first, left) in order.enumerated() {
            for (second, middle) in order.enumerated().dropFirst(first + 1) {
                for right in order.dropFirst(second + 1) { result.append([left, middle, right]) }
            }
        }
        return result
    }

    private func rebuilt(without removal: [Int]) -> Buyer? {
        var start = self
        for index in removal.sorted(by: >) { start.takeOut(index) }
        var inserted = start
        inserted.insertAll()
        var best: Buyer?
        for base in [inserted, start] {
            for order in Style.Order.allCases {
                for (isOrderly, isDense) in [(false, false), (true, false), (true, true)] {
                    var trial = base
                    trial.fillUp(style: Style(order: order, isOrderly: isOrderly, isDense: isDense))
                    if trial.isWorthwhile(than: best ?? self) { best = trial }
                }
            }
        }
        return best
    }

    /// Better by more than the rounding of prices, and without leaving any other pod out.
    private func isWorthwhile(than other: Buyer) -> Bool {
        unplaced == other.unplaced && cost < other.cost * (1 - 1e-6)
    }

    /// Makes each group of equal nodes the cheapest that takes its load; among equals the preferred capacity type.
    private mutating func refit() {
        for index in baskets.indices {
            let basket = baskets[index]
            guard let first = basket.load.first else { continue }
            let assortment = assortments[lots[first.lot].assortment]
            let station = problem.station(of: lots[first.lot].kind)
            let others = Set(basket.load.map { lots[$0.lot].assortment }).subtracting([lots[first.lot].assortment])
            let used = used(by: basket)
            var best = (candidate: basket.candidate, seconds: basket.seconds)
            var bestCost =
                problem.cost(basket.candidate, seconds: basket.seconds) * (1 + reluctance(of: basket, basket.candidate))
            let isPriced = problem.input.economics != nil
            for candidate in assortment.open where candidate != basket.candidate {
                if !isPriced, problem.cost(candidate, seconds: basket.seconds) > bestCost { break }
                guard holds(candidate, used), others.allSatisfy({ assortments[$0].allows[candidate] }) else { continue }
                let seconds =
                    basket.load.map { entry in
                        problem.seconds(items[lots[entry.lot].item].profile, on: candidate)
                    }.max() ?? 0
                let cost = problem.cost(candidate, seconds: seconds) * (1 + reluctance(of: basket, candidate))
                guard cost <= bestCost else { continue }
                let (current, other) = (problem.candidates[best.candidate], problem.candidates[candidate])
                if cost == bestCost, other.pricePerHour >= current.pricePerHour {
                    let rank = station.rank(of: other.offering.capacityType)
                    guard other.pricePerHour == current.pricePerHour,
                        rank < station.rank(of: current.offering.capacityType)
                    else { continue }
                }
                guard isRuleAbiding(basket, on: candidate) else { continue }
                var trial = ledger
                trial.giveBack(problem.candidates[basket.candidate], count: basket.copies)
                guard trial.room(for: other) >= basket.copies else { continue }
                best = (candidate, seconds)
                bestCost = cost
            }
            if best.candidate != basket.candidate { replace(index, candidate: best.candidate, seconds: best.seconds) }
        }
    }

    /// How much dearer a candidate counts because of wishes of the pods on it, in the mean.
    private func reluctance(of basket: Basket, _ candidate: Int) -> Double {
        guard problem.hasWishes else { return 0 }
        var sum = 0.0
        var count = 0
        for entry in basket.load {
            sum += problem.reluctance(problem.kinds[lots[entry.lot].kind].station, candidate) * Double(entry.count)
            count += entry.count
        }
        return sum / Double(max(count, 1))
    }

    private func used(by basket: Basket) -> [Int64] {
        var used = [Int64](repeating: 0, count: problem.width)
        for entry in basket.load {
            problem.take(-entry.count, need: problem.kinds[lots[entry.lot].kind].need, from: &used)
        }
        return used
    }

    private func holds(_ candidate: Int, _ used: [Int64]) -> Bool {
        for resource in 0..<problem.width
        where used[resource] > max(0, problem.sizes[candidate * problem.width + resource]) { return false }
        return true
    }

    /// Whether the daemons of another candidate leave a load alone.
    private func isRuleAbiding(_ basket: Basket, on candidate: Int) -> Bool {
        guard !problem.freshRules[candidate].isEmpty else { return true }
        var rules = problem.freshRules[candidate]
        for entry in basket.load {
            let own = problem.rules(of: lots[entry.lot].kind)
            guard rules.room(for: own, limit: entry.count) == entry.count else { return false }
            rules.add(own, count: entry.count)
        }
        return true
    }
}
