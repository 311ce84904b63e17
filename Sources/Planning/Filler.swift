/// Fills one empty node after the other with pods, in the search for the node that wastes least. The node in hand has
/// room of its own, which is used again, since the search fills very many nodes and keeps few of them.
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

    private struct Taken {
        var item: Int
        var count: Int
    }

    private let problem: Problem
    /// The items to choose from, the most valuable first.
    private let shortlist: [Int]
    /// Needs of the shortlist, `width` amounts each; and the same in money, so that resources compare.
    private let needs: [Int64]
    private let weighed: [Double]
    private let scale: [Double]
    private let isOrderly: Bool
    /// The places of the shortlist that are worth about what they take from such a node, and those that would be better
    /// off elsewhere: these only fill what others leave.
    private let atHome: [Int]
    private let away: [Int]

    // The node in hand.
    private var candidate = 0
    private var free: [Int64]
    private var left: [Double]
    private var rules: NodeSlate
    private var load: [Basket.Load] = []
    private var taken: [Taken] = []
    private var seconds: Int64 = 0
    private(set) var value = 0.0
    private var seed: [Basket.Load] = []
    /// What was taken after the seed.
    private var picks: [Pick] = []
    /// By place of the shortlist, how many pods are taken, and how many wait.
    private var used: [Int]
    private var waiting: [Int]
    private var isAllowed: [Bool]
    /// Places of which pods may still fit.
    private var openAtHome: [Int] = []
    private var openAway: [Int] = []
    /// By place, how many of the item's lots have been found to be kept off this node for good.
    private var passed: [Int]

    /// An item that is worth less than this part of what it takes only fills what others leave.
    private static let leastWorth = 0.6

    /// - Parameters:
    ///   - shortlist: The items that nodes may be filled with.
    ///   - scale: What a unit of each resource costs; makes them comparable.
    ///   - isOrderly: Whether items are taken in the order of the shortlist.
    ///   - buyer: Whose items they are.
    init(shortlist: [Int], scale: [Double], isOrderly: Bool, from buyer: Buyer) {
        problem = buyer.problem
        self.shortlist = shortlist
        self.scale = scale
        self.isOrderly = isOrderly
        let width = buyer.problem.width
        var needs: [Int64] = []
        var weighed: [Double] = []
        var atHome: [Int] = []
        var away: [Int] = []
        needs.reserveCapacity(shortlist.count * width)
        weighed.reserveCapacity(shortlist.count * width)
        for (place, number) in shortlist.enumerated() {
            let item = buyer.items[number]
            let own = buyer.assortments[item.assortment].scale
            var taken = 0.0
            var elsewhere = 0.0
            for resource in 0..<width {
                let need = buyer.problem.needs[item.need + resource]
                needs.append(need)
                weighed.append(Double(need) * scale[resource])
                taken += Double(need) * scale[resource]
                elsewhere += Double(need) * own[resource]
            }
            if elsewhere >= taken * Self.leastWorth { atHome.append(place) } else { away.append(place) }
        }
        self.needs = needs
        self.weighed = weighed
        self.atHome = atHome
        self.away = away
        free = [Int64](repeating: 0, count: width)
        left = [Double](repeating: 0, count: width)
        rules = NodeSlate(buyer.problem)
        used = [Int](repeating: 0, count: shortlist.count)
        waiting = used
        passed = used
        isAllowed = [Bool](repeating: false, count: shortlist.count)
    }

    /// How many of the shortlist's items have pods that wait.
    func usefulness(_ buyer: Buyer) -> Int { shortlist.count { buyer.items[$0].remaining > 0 } }

    var length: Int { shortlist.count }

    // MARK: - The node in hand

    /// What it costs for each unit of what it holds.
    var ratio: Double { problem.cost(candidate, seconds: seconds) / value }

    var filling: Filling {
        Filling(
            candidate: candidate,
            load: load,
            items: taken.map { ($0.item, $0.count) },
            seconds: seconds,
            value: value,
            cost: problem.cost(candidate, seconds: seconds)
        )
    }

    /// Fills a candidate, beginning with a seed, each time with the item that leaves the least behind.
    ///
    /// - Parameters:
    ///   - candidate: The node.
    ///   - seed: Loads that must be on it; their rules are obeyed, and false is returned when they do not fit.
    ///   - skipped: Places in the shortlist that are not taken first.
    ///   - buyer: Whose items and lots are used.
    /// - Returns: Whether the seed fits.
    mutating func fill(_ candidate: Int, seed: [Basket.Load], skipping skipped: [Int], from buyer: Buyer) -> Bool {
        guard begin(candidate, seed: seed, buyer) else { return false }
        openPlaces(buyer)
        weighRest()
        while let place = best(skipping: picks.isEmpty ? skipped : []) {
            let item = buyer.items[shortlist[place]]
            guard let load = choose(place, item, buyer) else {
                close(place)
                continue
            }
            let longest = max(seconds, problem.seconds(item.profile, on: candidate))
            if longest > seconds {
                let extra = problem.cost(candidate, seconds: longest) - problem.cost(candidate, seconds: seconds)
                guard extra <= item.value * Double(load.count) else {
                    close(place)
                    continue
                }
            }
            picks.append(Pick(place: place, load: load))
            take(load, buyer)
            used[place] += load.count
            weighRest()
        }
        return true
    }

    /// The place in the shortlist of what was taken first after the seed.
    var first: Int? { picks.first?.place }

    private mutating func begin(_ candidate: Int, seed: [Basket.Load], _ buyer: Buyer) -> Bool {
        self.candidate = candidate
        self.seed = seed
        for resource in free.indices { free[resource] = problem.sizes[candidate * problem.width + resource] }
        rules.wipe(problem.freshRules[candidate])
        load.removeAll(keepingCapacity: true)
        taken.removeAll(keepingCapacity: true)
        picks.removeAll(keepingCapacity: true)
        seconds = 0
        value = 0
        for entry in seed {
            let lot = buyer.lots[entry.lot]
            let item = buyer.items[lot.item]
            guard problem.count(need: item.need, fitting: free, limit: entry.count) == entry.count,
                rules.room(for: lot.rules, limit: entry.count) == entry.count
            else { return false }
            take(entry, buyer)
        }
        return true
    }

    /// Opens the places of the shortlist whose pods may run on the candidate.
    private mutating func openPlaces(_ buyer: Buyer) {
        buyer.items.withUnsafeBufferPointer { items in
            for place in shortlist.indices {
                let number = shortlist[place]
                used[place] = 0
                passed[place] = 0
                waiting[place] = items[number].remaining
                isAllowed[place] = buyer.isAllowed(candidate, in: items[number].assortment)
            }
        }
        for entry in seed {
            if let place = shortlist.firstIndex(of: buyer.lots[entry.lot].item) { used[place] += entry.count }
        }
        openAtHome.removeAll(keepingCapacity: true)
        openAway.removeAll(keepingCapacity: true)
        for place in atHome where isAllowed[place] { openAtHome.append(place) }
        for place in away where isAllowed[place] { openAway.append(place) }
    }

    private mutating func weighRest() {
        for resource in free.indices { left[resource] = Double(free[resource]) * scale[resource] }
    }

    private mutating func close(_ place: Int) {
        if let index = openAtHome.firstIndex(of: place) {
            openAtHome.remove(at: index)
        } else if let index = openAway.firstIndex(of: place) {
            openAway.remove(at: index)
        }
    }

    private mutating func take(_ entry: Basket.Load, _ buyer: Buyer) {
        let lot = buyer.lots[entry.lot]
        let item = buyer.items[lot.item]
        problem.take(entry.count, need: item.need, from: &free)
        rules.add(lot.rules, count: entry.count)
        seconds = max(seconds, problem.seconds(item.profile, on: candidate))
        value += item.value * Double(entry.count)
        if let known = load.firstIndex(where: { $0.lot == entry.lot }) {
            load[known].count += entry.count
        } else {
            load.append(entry)
        }
        if let known = taken.firstIndex(where: { $0.item == lot.item }) {
            taken[known].count += entry.count
        } else {
            taken.append(Taken(item: lot.item, count: entry.count))
        }
    }

    // MARK: - What to take next

    /// The place whose pod leaves the least behind.
    private mutating func best(skipping skipped: [Int]) -> Int? {
        var places: [Int] = []
        swap(&places, &openAtHome)
        var found = best(of: &places, skipping: skipped)
        swap(&places, &openAtHome)
        guard found == nil else { return found }
        swap(&places, &openAway)
        found = best(of: &places, skipping: skipped)
        swap(&places, &openAway)
        return found
    }

    /// The best of some places, by the square of what is left of all resources; those whose pods do not fit any more are
    /// struck off.
    private func best(of places: inout [Int], skipping skipped: [Int]) -> Int? {
        let width = free.count
        var best: Int?
        var least = Double.infinity
        var kept = 0
        needs.withUnsafeBufferPointer { needs in
            weighed.withUnsafeBufferPointer { weighed in
                free.withUnsafeBufferPointer { free in
                    left.withUnsafeBufferPointer { left in
                        for index in places.indices {
                            let place = places[index]
                            guard waiting[place] > used[place] else { continue }
                            let base = place * width
                            var sum = 0.0
                            var fits = true
                            for resource in 0..<width {
                                if needs[base + resource] > free[resource] {
                                    fits = false
                                    break
                                }
                                let rest = left[resource] - weighed[base + resource]
                                sum += rest * rest
                            }
                            guard fits else { continue }
                            places[kept] = place
                            kept += 1
                            if sum < least, !(isOrderly && best != nil), !skipped.contains(place) {
                                least = sum
                                best = place
                            }
                        }
                    }
                }
            }
        }
        places.removeLast(places.count - kept)
        return best
    }

    /// Pods of an item's strictest lot that the node's rules admit: many at once while there is much room.
    private mutating func choose(_ place: Int, _ item: Item, _ buyer: Buyer) -> Basket.Load? {
        let fitting = problem.count(need: item.need, fitting: free, limit: waiting[place] - used[place])
        let portion = max(1, fitting / 12)
        return buyer.lotsOfItem[shortlist[place]].withUnsafeBufferPointer { lots in
            var isFirst = true
            for index in lots.indices.dropFirst(passed[place]) {
                let number = lots[index]
                let lot = buyer.lots[number]
                let left = lot.remaining - count(of: number)
                if left > 0, rules.hasCompany(for: lot.rules) {
                    let room = rules.room(for: lot.rules, limit: min(left, portion))
                    if room > 0 { return Basket.Load(lot: number, count: room) }
                }
                // A node only grows stricter; but company may come yet.
                if isFirst, !rules.wantsCompany(lot.rules) { passed[place] = index + 1 } else { isFirst = false }
            }
            return nil
        }
    }

    private func count(of lot: Int) -> Int {
        for entry in load where entry.lot == lot { return entry.count }
        return 0
    }

    // MARK: - Afterthought

    /// Exchanges the last two pods that were taken for the two that leave least behind.
    ///
    /// - Parameter buyer: Whose items and lots are used.
    /// - Returns: The better of both fillings; nil when no two leave less behind, and the node in hand is as it was.
    mutating func polished(from buyer: Buyer) -> Filling? {
        guard let pair = bestPair() else { return nil }
        let plain = filling
        let kept = picks.dropLast(2)
        for pick in picks.suffix(2) { used[pick.place] -= 1 }
        guard begin(candidate, seed: seed, buyer) else { return plain }
        for pick in kept { take(pick.load, buyer) }
        for place in pair {
            passed[place] = 0
            guard var load = choose(place, buyer.items[shortlist[place]], buyer) else { return plain }
            load.count = 1
            take(load, buyer)
            used[place] += 1
        }
        return ratio < plain.ratio * (1 - 1e-9) ? filling : plain
    }

    /// Two places of the shortlist that leave less behind than the last two picks do.
    private func bestPair() -> [Int]? {
        let width = free.count
        let last = picks.suffix(2)
        guard last.count == 2, last.allSatisfy({ $0.load.count == 1 }) else { return nil }
        var room = free
        var rest = left
        for pick in last {
            for resource in 0..<width {
                room[resource] += needs[pick.place * width + resource]
                rest[resource] += weighed[pick.place * width + resource]
            }
        }
        let usable = atHome.filter { place in
            let used = used[place] - last.count(where: { $0.place == place })
            guard isAllowed[place], waiting[place] > used else { return false }
            for resource in 0..<width where needs[place * width + resource] > room[resource] { return false }
            return true
        }
        var least = left.reduce(0) { $0 + $1 * $1 } * (1 - 1e-9)
        var best: (Int, Int)?
        var roomBeside = room
        var restBeside = rest
        // Needs of the usable ones side by side, and the same in money.
        var amounts: [Int64] = []
        var worths: [Double] = []
        amounts.reserveCapacity(usable.count * width)
        worths.reserveCapacity(usable.count * width)
        var most = [Double](repeating: 0, count: width)
        for place in usable {
            for resource in 0..<width {
                amounts.append(needs[place * width + resource])
                worths.append(weighed[place * width + resource])
                most[resource] = max(most[resource], weighed[place * width + resource])
            }
        }
        amounts.withUnsafeBufferPointer { amounts in
            worths.withUnsafeBufferPointer { worths in
                for index in usable.indices {
                    let one = index * width
                    // Whichever comes beside it leaves at least this.
                    var bound = 0.0
                    for resource in 0..<width {
                        let left = max(0, rest[resource] - worths[one + resource] - most[resource])
                        bound += left * left
                    }
                    guard bound < least else { continue }
                    for resource in 0..<width {
                        roomBeside[resource] = room[resource] - amounts[one + resource]
                        restBeside[resource] = rest[resource] - worths[one + resource]
                    }
                    roomBeside.withUnsafeBufferPointer { room in
                        restBeside.withUnsafeBufferPointer { rest in
                            others: for second in index..<usable.count {
                                let other = second * width
                                var sum = 0.0
                                for resource in 0..<width {
                                    guard amounts[other + resource] <= room[resource] else { continue others }
                                    let left = rest[resource] - worths[other + resource]
                                    sum += left * left
                                }
                                guard sum < least else { continue }
                                let place = usable[index]
                                if index == second, waiting[place] < used[place] + 2 { continue }
                                least = sum
                                best = (place, usable[second])
                            }
                        }
                    }
                }
            }
        }
        return best.map { [$0.0, $0.1] }
    }
}
