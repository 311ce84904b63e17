import Model

extension Buyer {
    /// Looks for the same service at less cost: takes nodes apart one, two or three at a time and packs their pods
    /// anew, on the rest or on others, as long as that saves; then makes every node the cheapest that holds its load.
    mutating func improve() {
        var attempts = 1500
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
        refit()
        if !unplaced.isEmpty {
            let waiting = reclaimUnplaced().sorted { left, right in
                (-problem.kinds[left.kind].priority, left.kind) < (-problem.kinds[right.kind].priority, right.kind)
            }
            for priority in waiting.map({ problem.kinds[$0.kind].priority }).uniqueSorted().reversed() {
                buy(waiting.filter { problem.kinds[$0.kind].priority == priority })
            }
            refit()
        }
    }

    /// Which nodes to take apart, the least worth their cost first: single ones, pairs and, in small plans, triples.
    private func removals() -> [[Int]] {
        let efficiency = baskets.map { basket in
            basket.load.reduce(0) { $0 + problem.kinds[$1.kind].value * Double($1.count) }
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
        var counts: [Int: Int] = [:]
        for index in removal.sorted(by: >) {
            for entry in baskets[index].load { counts[entry.kind, default: 0] += entry.count }
            start.takeOut(index)
        }
        let waiting = counts.sorted { $0.key < $1.key }.map { (kind: $0.key, count: $0.value) }
        var inserted = start
        let rest = inserted.insert(waiting)
        var best: Buyer?
        for (base, pods) in [(inserted, rest), (start, waiting)] {
            for order in Style.Order.allCases {
                for isDense in [false, true] {
                    var trial = base
                    trial.fillUp(pods, style: Style(order: order, isDense: isDense))
                    if trial.isWorthwhile(than: best ?? self) { best = trial }
                }
            }
        }
        return best
    }

    /// Better by more than rounding, and without leaving any other pod out.
    private func isWorthwhile(than other: Buyer) -> Bool {
        unplaced == other.unplaced && cost < other.cost * (1 - 1e-9)
    }

    /// Makes each group of equal nodes the cheapest that takes its load; among equals the preferred capacity type.
    private mutating func refit() {
        for index in baskets.indices {
            let basket = baskets[index]
            guard let first = basket.load.first else { continue }
            let kind = problem.kinds[first.kind]
            var best = basket.candidate
            for candidate in problem.candidates.indices where candidate != best {
                let (current, other) = (problem.candidates[best], problem.candidates[candidate])
                guard other.choice.closedBecause == nil, other.pricePerHour <= current.pricePerHour else { continue }
                if other.pricePerHour == current.pricePerHour,
                    kind.rank(of: other.offering.capacityType) >= kind.rank(of: current.offering.capacityType)
                {
                    continue
                }
                guard basket.load.allSatisfy({ problem.takes(candidate, $0.kind) }), holds(candidate, basket) else {
                    continue
                }
                var trial = ledger
                trial.giveBack(problem.candidates[basket.candidate], count: basket.copies)
                if trial.room(for: other) >= basket.copies { best = candidate }
            }
            if best != basket.candidate { replace(index, candidate: best) }
        }
    }

    private func holds(_ candidate: Int, _ basket: Basket) -> Bool {
        var free = problem.candidates[candidate].size
        for entry in basket.load {
            guard problem.count(of: entry.kind, fitting: free, limit: entry.count) == entry.count else { return false }
            problem.take(entry.count, of: entry.kind, from: &free)
        }
        return true
    }
}
