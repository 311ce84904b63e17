/// Fills one empty node with pods, in the search for the node that wastes least.
struct Filler {
    /// A node and what fills it.
    struct Filling {
        var candidate: Int
        var load: [Basket.Load]
        var items: [(item: Int, count: Int)]
        var seconds: Int64
        var value: Double
        var cost: Double

        var ratio: Double { cost / value }
    }

    private struct Pick {
        var place: Int
        var load: Basket.Load
    }

    let problem: Problem
    /// The items to choose from, the most valuable first.
    private let shortlist: [Int]
    /// Needs of the shortlist in money, so that resources compare: `width` amounts each.
    private let weighed: [Double]
    private let scale: [Double]

    private var free: [Int64] = []
    private var left: [Double] = []
    private var rules = NodeRules()
    /// What was taken after the seed, and the rules as they stood before the last two of it.
    private var picks: [Pick] = []
    private var rulesBefore = NodeRules()
    private var rulesBeforeLast = NodeRules()
    private var used: [Int]
    private var blocked: [Bool]
    private var isAllowed: [Bool]
    /// Whether an item is worth about what it takes from such a node, or would be better off elsewhere.
    private var isAtHome: [Bool]

    /// An item that is worth less than this part of what it takes only fills what others leave.
    private static let leastWorth = 0.6

    private let isOrderly: Bool

    /// - Parameters:
    ///   - problem: What is planned.
    ///   - items: All items.
    ///   - shortlist: Those that nodes may be filled with.
    ///   - scale: What a unit of each resource costs; makes them comparable.
    ///   - isOrderly: Whether items are taken in the order of the shortlist.
    init(_ problem: Problem, items: [Item], shortlist: [Int], scale: [Double], isOrderly: Bool) {
        self.isOrderly = isOrderly
        self.problem = problem
        self.shortlist = shortlist
        self.scale = scale
        let width = problem.width
        var weighed: [Double] = []
        weighed.reserveCapacity(shortlist.count * width)
        for item in shortlist {
            for resource in 0..<width {
                weighed.append(Double(problem.needs[items[item].need + resource]) * scale[resource])
            }
        }
        self.weighed = weighed
        used = [Int](repeating: 0, count: shortlist.count)
        blocked = [Bool](repeating: false, count: shortlist.count)
        isAllowed = blocked
        isAtHome = [Bool](repeating: true, count: shortlist.count)
    }

    /// Fills a candidate, beginning with a seed, each time with the item that leaves the least behind.
    ///
    /// - Parameters:
    ///   - candidate: The node.
    ///   - seed: Loads that must be on it; their rules are obeyed, and nil is returned when they do not fit.
    ///   - skipped: Places in the shortlist that are not taken first.
    ///   - buyer: Whose items and lots are used.
    /// - Returns: The filled node, and the place in the shortlist of what was taken first.
    mutating func fill(
        _ candidate: Int,
        seed: [Basket.Load],
        skipping skipped: [Int],
        from buyer: Buyer
    ) -> (filling: Filling, first: Int?)? {
        let width = problem.width
        free = problem.size(of: candidate)
        rules = problem.freshRules[candidate]
        var filling = Filling(candidate: candidate, load: [], items: [], seconds: 0, value: 0, cost: 0)
        for load in seed {
            let lot = buyer.lots[load.lot]
            let item = buyer.items[lot.item]
            guard problem.count(need: item.need, fitting: free, limit: load.count) == load.count,
                rules.room(for: problem.rules(of: lot.kind), limit: load.count) == load.count
            else { return nil }
            take(load, lot, item, &filling)
        }
        for place in used.indices {
            used[place] = 0
            isAtHome[place] = isWorthwhile(place, buyer)
            isAllowed[place] = buyer.assortments[buyer.items[shortlist[place]].assortment].allows[candidate]
            blocked[place] = !isAllowed[place]
        }
        for load in seed {
            if let place = shortlist.firstIndex(of: buyer.lots[load.lot].item) { used[place] += load.count }
        }
        left = (0..<width).map { Double(free[$0]) * scale[$0] }
        var first: Int?
        picks.removeAll(keepingCapacity: true)
        rulesBefore = rules
        rulesBeforeLast = rules
        while let place = best(skipping: first == nil ? skipped : [], atHome: true, buyer)
            ?? best(skipping: first == nil ? skipped : [], atHome: false, buyer)
        {
            let number = shortlist[place]
            let item = buyer.items[number]
            guard let load = choose(number, place, filling, buyer) else {
                blocked[place] = true
                continue
            }
            let lot = buyer.lots[load.lot]
            let longest = max(filling.seconds, problem.seconds(item.profile, on: candidate))
            if longest > filling.seconds {
                let extra =
                    problem.cost(candidate, seconds: longest) - problem.cost(candidate, seconds: filling.seconds)
                guard extra <= item.value * Double(load.count) else {
                    blocked[place] = true
                    continue
                }
            }
            if first == nil { first = place }
            picks.append(Pick(place: place, load: load))
            if picks.count >= 2 { rulesBefore = rulesBeforeLast }
            rulesBeforeLast = rules
            take(load, lot, item, &filling)
            used[place] += load.count
            for resource in 0..<width { left[resource] = Double(free[resource]) * scale[resource] }
        }
        filling.cost = problem.cost(candidate, seconds: filling.seconds)
        return (filling, first)
    }

    /// The last two of what was taken, exchanged for the two that leave least behind.
    ///
    /// - Parameters:
    ///   - filling: What this filler has just filled.
    ///   - buyer: Whose items and lots are used.
    /// - Returns: The better filling; nil when there is none.
    mutating func polished(_ filling: Filling, from buyer: Buyer) -> Filling? {
        guard let pair = bestPair(picks.suffix(2), buyer) else { return nil }
        var shorter = filling
        for pick in picks.suffix(2) { giveBack(pick, &shorter, buyer) }
        rules = rulesBefore
        for place in pair {
            let number = shortlist[place]
            guard var load = choose(number, place, shorter, buyer) else { return nil }
            load.count = 1
            take(load, buyer.lots[load.lot], buyer.items[number], &shorter)
            used[place] += 1
        }
        shorter.cost = problem.cost(filling.candidate, seconds: shorter.seconds)
        return shorter.ratio < filling.ratio * (1 - 1e-9) ? shorter : nil
    }

    /// Two places of the shortlist that leave less behind than the picks do.
    private func bestPair(_ picks: ArraySlice<Pick>, _ buyer: Buyer) -> [Int]? {
        let width = problem.width
        guard picks.count == 2, picks.allSatisfy({ $0.load.count == 1 }) else { return nil }
        var room = free
        var rest = left
        for pick in picks {
            for resource in 0..<width {
                room[resource] += problem.needs[buyer.items[shortlist[pick.place]].need + resource]
                rest[resource] += weighed[pick.place * width + resource]
            }
        }
        let usable = shortlist.indices.filter { place in
            let item = shortlist[place]
            let taken = used[place] - picks.count(where: { $0.place == place })
            return isAtHome[place] && isAllowed[place] && buyer.items[item].remaining > taken
                && (0..<width).allSatisfy { problem.needs[buyer.items[item].need + $0] <= room[$0] }
        }
        var least = left.reduce(0) { $0 + $1 * $1 } * (1 - 1e-9)
        var best: [Int]?
        for (index, one) in usable.enumerated() {
            let first = buyer.items[shortlist[one]].need
            for other in usable[index...] {
                let second = buyer.items[shortlist[other]].need
                var sum = 0.0
                var fits = true
                for resource in 0..<width {
                    if problem.needs[first + resource] + problem.needs[second + resource] > room[resource] {
                        fits = false
                        break
                    }
                    let left =
                        rest[resource] - weighed[one * width + resource] - weighed[other * width + resource]
                    sum += left * left
                }
                guard fits, sum < least else { continue }
                if one == other, buyer.items[shortlist[one]].remaining < used[one] + 2 { continue }
                least = sum
                best = [one, other]
            }
        }
        return best
    }

    private mutating func giveBack(_ pick: Pick, _ filling: inout Filling, _ buyer: Buyer) {
        let item = buyer.items[shortlist[pick.place]]
        problem.take(-pick.load.count, need: item.need, from: &free)
        used[pick.place] -= pick.load.count
        filling.value -= item.value * Double(pick.load.count)
        if let index = filling.load.firstIndex(where: { $0.lot == pick.load.lot }) {
            filling.load[index].count -= pick.load.count
            if filling.load[index].count == 0 { filling.load.remove(at: index) }
        }
        if let index = filling.items.firstIndex(where: { $0.item == shortlist[pick.place] }) {
            filling.items[index].count -= pick.load.count
            if filling.items[index].count == 0 { filling.items.remove(at: index) }
        }
    }

    private func isWorthwhile(_ place: Int, _ buyer: Buyer) -> Bool {
        let need = buyer.items[shortlist[place]].need
        let own = buyer.assortments[buyer.items[shortlist[place]].assortment].scale
        var taken = 0.0
        var elsewhere = 0.0
        for resource in 0..<problem.width {
            taken += weighed[place * problem.width + resource]
            elsewhere += Double(problem.needs[need + resource]) * own[resource]
        }
        return elsewhere >= taken * Self.leastWorth
    }

    private mutating func take(_ load: Basket.Load, _ lot: Lot, _ item: Item, _ filling: inout Filling) {
        problem.take(load.count, need: item.need, from: &free)
        rules.add(problem.rules(of: lot.kind), count: load.count)
        filling.seconds = max(filling.seconds, problem.seconds(item.profile, on: filling.candidate))
        filling.value += item.value * Double(load.count)
        if let known = filling.load.firstIndex(where: { $0.lot == load.lot }) {
            filling.load[known].count += load.count
        } else {
            filling.load.append(load)
        }
        if let known = filling.items.firstIndex(where: { $0.item == lot.item }) {
            filling.items[known].count += load.count
        } else {
            filling.items.append((lot.item, load.count))
        }
    }

    /// The item that leaves the least behind, as the square of what is left of all resources.
    private func best(skipping skipped: [Int], atHome: Bool, _ buyer: Buyer) -> Int? {
        let width = problem.width
        var best: Int?
        var least = Double.infinity
        problem.needs.withUnsafeBufferPointer { needs in
            buyer.items.withUnsafeBufferPointer { items in
                for place in shortlist.indices where !blocked[place] && isAtHome[place] == atHome {
                    let item = shortlist[place]
                    guard items[item].remaining > used[place], !skipped.contains(place) else { continue }
                    let need = items[item].need
                    var sum = 0.0
                    var fits = true
                    for resource in 0..<width {
                        if needs[need + resource] > free[resource] {
                            fits = false
                            break
                        }
                        let rest = left[resource] - weighed[place * width + resource]
                        sum += rest * rest
                    }
                    if fits, sum < least {
                        least = sum
                        best = place
                        if isOrderly { break }
                    }
                }
            }
        }
        return best
    }

    /// Pods of an item's strictest lot that the node's rules admit: many at once while there is much room.
    private func choose(_ number: Int, _ place: Int, _ filling: Filling, _ buyer: Buyer) -> Basket.Load? {
        let item = buyer.items[number]
        let fitting = problem.count(need: item.need, fitting: free, limit: item.remaining - used[place])
        let portion = max(1, fitting / 12)
        for lot in item.lots {
            let taken = filling.load.first { $0.lot == lot }?.count ?? 0
            let left = buyer.lots[lot].remaining - taken
            guard left > 0 else { continue }
            let rules = problem.rules(of: buyer.lots[lot].kind)
            guard rules.joins.isEmpty || rules.joins.allSatisfy({ self.rules.count(of: $0.tally) > 0 }) else {
                continue
            }
            let room = self.rules.room(for: rules, limit: min(left, portion))
            if room > 0 { return Basket.Load(lot: lot, count: room) }
        }
        return nil
    }
}
