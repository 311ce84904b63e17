/// Finds the next node to buy in one greedy run.
struct NodeSearch {
    private let style: Buyer.Style
    /// Items in the order in which they are served.
    private var order: [Int]
    private var position = 0
    /// The tally whose pods are served now, because each node takes only few of them; -1 once none is left.
    private var tally: Int?
    private var fillers: [Int: Filler] = [:]

    /// How much dearer than the fluid ideal a node may be when small nodes are wanted.
    private static let tolerance = 1.01
    /// Of more items than this some are left out: each is looked at for each pod on each node that is tried. The usual
    /// mixes have a hundred or two, and only with all of them at hand is there one that fits the last gap.
    private static let longestShortlist = 256
    /// How much dearer than the best so far a filling may be and still be worth an afterthought.
    private static let hope = 1.25
    private static let manyCandidates = 40
    private static let mostOfPlace = 12
    /// After so many tries a small node is good enough.
    private static let mostFillings = 12

    init(_ buyer: Buyer, style: Buyer.Style) {
        self.style = style
        let items = buyer.items
        let shortest = buyer.problem.shortest
        order = items.indices.filter { items[$0].remaining > 0 }
        func choices(_ item: Int) -> Int { buyer.assortments[items[item].assortment].open.count }
        switch style.order {
        case .dearestFirst:
            order.sort { (-items[$0].value, $0) < (-items[$1].value, $1) }
        case .longestFirst:
            order.sort { left, right in
                (-shortest[items[left].profile], -items[left].value, left)
                    < (-shortest[items[right].profile], -items[right].value, right)
            }
        case .scarcestFirst:
            order.sort { (choices($0), -items[$0].value, $0) < (choices($1), -items[$1].value, $1) }
        }
    }

    // MARK: - Whose turn it is

    /// The item to serve next: first those of which a node takes only few, since they decide how many nodes there are.
    mutating func nextSeed(_ buyer: Buyer) -> Int? {
        while true {
            let current = tally ?? crowded(buyer)
            tally = current
            while position < order.count {
                let item = buyer.items[order[position]]
                if item.remaining > 0, current < 0 || item.tally == current { return order[position] }
                position += 1
            }
            guard current >= 0 else { return nil }
            position = 0
            tally = nil
        }
    }

    /// The tally that calls for most nodes, if it calls for more than one.
    private func crowded(_ buyer: Buyer) -> Int {
        var nodes: [Int: (count: Double, first: Int)] = [:]
        for (number, item) in buyer.items.enumerated() where item.tally >= 0 && item.remaining > 0 {
            nodes[item.tally, default: (0, number)].count += Double(item.remaining) / Double(max(item.most, 1))
        }
        // Tallies are numbered as the input happens to come; items are not.
        let most = nodes.filter { $0.value.count > 1 }.max { left, right in
            (left.value.count, -left.value.first) < (right.value.count, -right.value.first)
        }
        return most?.key ?? -1
    }

    /// How many copies of a node are bought before the next search, so that no kind of filling is used up at once.
    func portion(of filling: Filler.Filling, seed: Int, _ buyer: Buyer) -> Int {
        let perNode = filling.items.first { $0.item == seed }?.count ?? 1
        return max(2, buyer.items[seed].remaining / max(perNode, 1) / 3)
    }

    // MARK: - The node

    mutating func bestNode(for seed: Int, _ buyer: Buyer) -> Filler.Filling? {
        guard let lot = buyer.lotsOfItem[seed].first(where: { buyer.lots[$0].remaining > 0 }) else { return nil }
        let assortment = buyer.items[seed].assortment
        var filler = takeFiller(for: assortment, buyer)
        let station = buyer.problem.kinds[buyer.lots[lot].kind].station
        let wantsSmall = (tally ?? -1) >= 0 && !style.isDense
        var best: Filler.Filling?
        var bestScore = Double.infinity
        var fillings = 0
        for candidate in candidates(for: seed, wantsSmall, buyer) {
            if wantsSmall, fillings >= Self.mostFillings, best != nil { break }
            let reluctance = buyer.problem.reluctance(station, candidate)
            var skipped: [Int] = []
            for _ in 0..<(wantsSmall || order.count <= Buyer.fewItems ? 2 : 1) {
                guard let load = buyer.seedLoad(lot, on: candidate),
                    filler.fill(candidate, seed: load, skipping: skipped, from: buyer)
                else { break }
                fillings += 1
                let first = filler.first
                let isPromising = filler.ratio > Self.tolerance && filler.ratio < bestScore * Self.hope
                let better = wantsSmall && isPromising ? filler.polished(from: buyer) : nil
                let ratio = (better?.ratio ?? filler.ratio) * (1 + reluctance)
                let score = style.isDense ? -(better?.value ?? filler.value) : ratio
                if score < bestScore - abs(bestScore.isFinite ? bestScore : 0) * 1e-12 {
                    best = better ?? filler.filling
                    bestScore = score
                }
                if wantsSmall, ratio <= Self.tolerance { break }
                guard let first else { break }
                skipped.append(first)
            }
            if wantsSmall, bestScore <= Self.tolerance { break }
        }
        fillers[assortment] = filler
        return best ?? anyNode(lot, buyer)
    }

    /// The cheapest node that takes a pod at all, for when none of the likely ones does.
    private func anyNode(_ lot: Int, _ buyer: Buyer) -> Filler.Filling? {
        let problem = buyer.problem
        let item = buyer.lots[lot].item
        var filler = Filler(
            shortlist: [item],
            scale: buyer.assortments[buyer.items[item].assortment].scale,
            isOrderly: false,
            from: buyer
        )
        for candidate in buyer.assortments[buyer.items[item].assortment].open
        where buyer.ledger.room(for: problem.candidates[candidate]) > 0 {
            if let load = buyer.seedLoad(lot, on: candidate),
                filler.fill(candidate, seed: load, skipping: [], from: buyer)
            {
                return filler.filling
            }
        }
        return nil
    }

    private func candidates(for seed: Int, _ wantsSmall: Bool, _ buyer: Buyer) -> [Int] {
        let problem = buyer.problem
        let item = buyer.items[seed]
        let assortment = buyer.assortments[item.assortment]
        if wantsSmall {
            let material = buyer.materialByPlace()
            let places = assortment.byPlace.sorted { left, right in
                let (a, b) = (material[left.place], material[right.place])
                return a == b ? left.place < right.place : a > b
            }
            let budget = budget(buyer)
            return places.flatMap { place in
                var affordable: [Int] = []
                for candidate in place.candidates
                where problem.fits(need: item.need, on: candidate)
                    && buyer.ledger.room(for: problem.candidates[candidate]) > 0
                {
                    let seconds = problem.seconds(item.profile, on: candidate)
                    let isAffordable = problem.cost(candidate, seconds: seconds) <= budget
                    // One too dear is better than none.
                    if isAffordable || affordable.isEmpty { affordable.append(candidate) }
                    if !isAffordable || affordable.count == Self.mostOfPlace { break }
                }
                return affordable
            }
        }
        let fitting = assortment.open.filter { candidate in
            problem.fits(need: item.need, on: candidate) && buyer.ledger.room(for: problem.candidates[candidate]) > 0
        }
        guard fitting.count > Self.manyCandidates else { return fitting }
        return shortlist(fitting, item, buyer)
    }

    /// What a node may cost when there must be many of them: what waits is to fill all of them, not only the first.
    private func budget(_ buyer: Buyer) -> Double {
        var value = 0.0
        var nodes = 0.0
        for item in buyer.items where item.remaining > 0 {
            value += item.value * Double(item.remaining)
            if item.tally == tally { nodes += Double(item.remaining) / Double(max(item.most, 1)) }
        }
        return style.generosity * value / max(nodes, 1)
    }

    /// Of many candidates those that could waste least: the large ones at the best fluid price, and those that would
    /// just hold what is left.
    private func shortlist(_ fitting: [Int], _ item: Item, _ buyer: Buyer) -> [Int] {
        let problem = buyer.problem
        let worth = buyer.assortments[item.assortment].worth
        let width = problem.width
        var rest = [Double](repeating: 0, count: width)
        for other in buyer.items where other.remaining > 0 {
            for resource in 0..<width {
                rest[resource] += Double(problem.needs[other.need + resource]) * Double(other.remaining)
            }
        }
        var rated: [Rated] = []
        rated.reserveCapacity(fitting.count)
        for candidate in fitting {
            var value = 0.0
            var holdsAll = true
            for resource in 0..<width {
                let size = Double(max(0, problem.sizes[candidate * width + resource]))
                value += size * worth[resource]
                if size < rest[resource] { holdsAll = false }
            }
            let seconds = problem.seconds(item.profile, on: candidate)
            let cost = problem.cost(candidate, seconds: seconds)
            let scale = Double(max(problem.shortest[item.profile], 1))
            let ratio = cost / max(value * scale, 1e-300)
            rated.append(Rated(candidate: candidate, ratio: ratio, worth: value, holdsAll: holdsAll))
        }
        let least = rated.reduce(Double.infinity) { min($0, $1.ratio) }
        var chosen = Self.first(4, of: rated.lazy.filter { $0.ratio <= least * 1.02 }) { left, right in
            left.worth == right.worth ? left.candidate < right.candidate : left.worth > right.worth
        }
        chosen += rated.lazy.filter(\.holdsAll).prefix(6)
        chosen += Self.first(4, of: rated) { left, right in
            left.ratio == right.ratio ? left.candidate < right.candidate : left.ratio < right.ratio
        }
        var seen: Set<Int> = []
        return chosen.map(\.candidate).filter { seen.insert($0).inserted }
    }

    private struct Rated {
        var candidate: Int
        /// Its cost for what it is worth.
        var ratio: Double
        var worth: Double
        var holdsAll: Bool
    }

    /// The first of some candidates in an order.
    private static func first(
        _ count: Int,
        of rated: some Sequence<Rated>,
        by precedes: (Rated, Rated) -> Bool
    ) -> [Rated] {
        var result: [Rated] = []
        for one in rated {
            if result.count == count, let last = result.last, !precedes(one, last) { continue }
            let index = result.firstIndex { precedes(one, $0) } ?? result.count
            result.insert(one, at: index)
            if result.count > count { result.removeLast() }
        }
        return result
    }

    /// The filler for an assortment, taken out of store so that it is nobody else's while it changes.
    private mutating func takeFiller(for assortment: Int, _ buyer: Buyer) -> Filler {
        if let known = fillers.removeValue(forKey: assortment),
            known.length < Self.longestShortlist || known.usefulness(buyer) > Self.longestShortlist * 2 / 3
        {
            return known
        }
        let open = buyer.assortments[assortment].open
        var usable = order.filter { item in
            guard buyer.items[item].remaining > 0 else { return false }
            let other = buyer.items[item].assortment
            return other == assortment || open.contains { buyer.assortments[other].allows[$0] }
        }
        if usable.count > Self.longestShortlist {
            let step = Double(usable.count) / Double(Self.longestShortlist)
            usable = (0..<Self.longestShortlist).map { usable[Int(Double($0) * step)] }
        }
        return Filler(
            shortlist: usable,
            scale: buyer.assortments[assortment].scale,
            isOrderly: style.isOrderly,
            from: buyer
        )
    }
}
