import Model

/// Chooses nodes for pods. A greedy search buys, again and again, the node that wastes least for what it costs;
/// `improve` then takes nodes of small plans apart and packs their pods anew.
struct Buyer {
    /// How one greedy run proceeds. Several are tried and the best is kept.
    struct Style {
        enum Order: CaseIterable {
            case dearestFirst
            case longestFirst
            case scarcestFirst
        }

        /// Which pods are served first.
        var order: Order
        /// Fills nodes in that order as well, and not with what leaves least behind.
        var isOrderly = false
        /// How many times its share of what waits a node may take where there must be many nodes.
        var generosity = Self.usualGenerosity
        static let usualGenerosity = 1.5
        /// Where there are very many pods the average holds, and larger nodes leave fewer gaps.
        static let generosityToMany = 2.0
        /// Prefers nodes that hold much to nodes that are cheap for what they hold: for when limits bite.
        var isDense: Bool
    }

    let problem: Problem
    var ledger: Ledger
    private(set) var assortments: [Assortment] = []
    private(set) var lots: [Lot] = []
    private(set) var items: [Item] = []
    /// By item, its lots of which pods wait; those with the strictest rules first.
    private(set) var lotsOfItem: [[Int]] = []
    private(set) var baskets: [Basket] = []
    /// Pods by lot for which nothing can be bought.
    private(set) var unplaced: [Int: Int] = [:]

    /// By assortment, those that have something to buy in common with it.
    private var overlaps: [[Int]] = []
    /// How many pods wait, and how many did when worth was last found.
    private var waiting = 0
    private var pricedFor = 0
    /// Pods of each host tally that found a node, where a rule asks for company.
    private var placed: [Int: Int] = [:]

    private struct RowKey: Hashable {
        var station: Int
        var ground: PlaceFinder.Ground
        var fitting: Int?
    }

    /// Whether an assortment holds a candidate, one assortment after the other.
    private var allowed: [Bool] = []
    private var assortmentOfKey: [RowKey: Int] = [:]
    private var assortmentOfRow: [[Bool]: Int] = [:]
    private var itemOfKey: [ItemKey: Int] = [:]

    private struct ItemKey: Hashable {
        var need: Int
        var assortment: Int
        var profile: Int
        var tally: Int
        var most: Int
    }

    init(_ problem: Problem) {
        self.problem = problem
        ledger = Ledger(
            problem.headroom,
            shares: problem.spotShares,
            quotas: problem.quotas,
            stock: problem.stock
        )
    }

    /// The estimated cost of everything bought.
    var cost: Double {
        baskets.reduce(0) { $0 + problem.cost($1.candidate, seconds: $1.seconds) * Double($1.copies) }
    }

    /// What the unplaced pods are worth: less is better than any saving.
    var missing: Double {
        unplaced.sorted { $0.key < $1.key }.reduce(0) { $0 + items[lots[$1.key].item].stake * Double($1.value) }
    }

    // MARK: - What waits

    /// Takes pods in hand.
    ///
    /// - Parameters:
    ///   - kind: What they are.
    ///   - count: How many.
    ///   - ground: Where they are to run.
    ///   - allowed: Whether they may run on a candidate; nil for wherever their kind may.
    /// - Returns: Their lot.
    mutating func receive(
        _ kind: Int,
        count: Int,
        ground: PlaceFinder.Ground = PlaceFinder.Ground(),
        where allowed: ((Int) -> Bool)? = nil
    ) -> Int {
        let shape = problem.kinds[kind]
        let assortment = assortment(of: shape, ground: ground, where: allowed)
        let narrowest = problem.narrowest(of: kind)
        let key = ItemKey(
            need: shape.need,
            assortment: assortment,
            profile: shape.profile,
            tally: narrowest?.tally ?? -1,
            most: narrowest?.limit ?? .max
        )
        let number = lots.count
        let item: Int
        if let known = itemOfKey[key] {
            item = known
        } else {
            item = items.count
            itemOfKey[key] = item
            lotsOfItem.append([])
            items.append(
                Item(
                    need: shape.need,
                    assortment: assortment,
                    profile: shape.profile,
                    tally: key.tally,
                    most: key.most,
                    remaining: 0,
                    value: 0,
                    stake: 0
                )
            )
        }
        lots.append(
            Lot(kind: kind, rules: shape.rules, assortment: assortment, item: item, remaining: count)
        )
        lotsOfItem[item].append(number)
        items[item].remaining += count
        waiting += count
        return number
    }

    /// Takes more pods of a lot in hand.
    mutating func receive(more count: Int, of lot: Int) {
        if lots[lot].remaining == 0 { lotsOfItem[lots[lot].item].append(lot) }
        lots[lot].remaining += count
        items[lots[lot].item].remaining += count
        waiting += count
    }

    private mutating func assortment(
        of kind: Kind,
        ground: PlaceFinder.Ground,
        where allowed: ((Int) -> Bool)?
    ) -> Int {
        // Pods that only large nodes hold are worth what large nodes cost. Past so many rows the difference is left out.
        let fitting = assortments.count < Self.manyAssortments ? problem.fittingRow(of: kind.need) : nil
        let key = RowKey(station: kind.station, ground: ground, fitting: fitting)
        if allowed == nil, let known = assortmentOfKey[key] { return known }
        var row = problem.admittedRow(station: kind.station)
        for index in row.indices where row[index] {
            let candidate = problem.candidates[index]
            row[index] =
                (ground.place.map { $0 == candidate.place } ?? true)
                && (ground.home.map { $0 == candidate.home } ?? true)
                && (fitting == nil || problem.fits(need: kind.need, on: index)) && (allowed?(index) ?? true)
        }
        let number = assortment(row)
        if allowed == nil { assortmentOfKey[key] = number }
        return number
    }

    private mutating func assortment(_ row: [Bool]) -> Int {
        if let known = assortmentOfRow[row] { return known }
        let number = assortments.count
        assortmentOfRow[row] = number
        allowed += row
        assortments.append(Assortment(problem, allows: row))
        return number
    }

    /// Sorts the lots of every item, the strictest first: they are the hardest to find a node for.
    private mutating func arrange() {
        for index in items.indices {
            lotsOfItem[index].sort { left, right in
                let (a, b) = (problem.rules(of: lots[left].kind), problem.rules(of: lots[right].kind))
                let (x, y) = (a.caps.count + a.joins.count, b.caps.count + b.joins.count)
                return x == y ? left < right : x > y
            }
        }
    }

    /// Finds what fluid nodes would charge for the pods in hand, and from that what each item is worth.
    private mutating func reprice() {
        let width = problem.width
        findOverlaps()
        var demands = [Double](repeating: 0, count: assortments.count * width)
        for item in items where item.remaining > 0 {
            let weight = Double(item.remaining) * Double(max(problem.shortest[item.profile], 1))
            let base = item.assortment * width
            for resource in 0..<width {
                demands[base + resource] += Double(problem.needs[item.need + resource]) * weight
            }
        }
        for index in assortments.indices {
            var demand = [Double](repeating: 0, count: width)
            for other in overlaps[index] {
                for resource in 0..<width { demand[resource] += demands[other * width + resource] }
            }
            if demand.contains(where: { $0 > 0 }) { assortments[index].reprice(problem, demand: demand) }
        }
        for index in items.indices {
            let worth = assortments[items[index].assortment].worth
            var value = 0.0
            for resource in 0..<width {
                value += Double(problem.needs[items[index].need + resource]) * worth[resource]
            }
            // Pods that ask for nothing that is scarce are still worth something: ratios must stay finite.
            items[index].value = max(value, 1e-12) * Double(max(problem.shortest[items[index].profile], 1))
        }
    }

    /// Finds the assortments that have something to buy in common with each.
    private mutating func findOverlaps() {
        guard overlaps.count < assortments.count else { return }
        overlaps = assortments.indices.map { index in
            assortments.indices.filter { other in
                other == index || assortments[other].open.contains { isAllowed($0, in: index) }
            }
        }
    }

    // MARK: - Buying

    /// Buys for everything in hand that can be bought for.
    mutating func buy() {
        arrange()
        startPricing()
        for index in items.indices where items[index].stake == 0 { items[index].stake = stake(of: items[index]) }
        var start = self
        if start.items.count <= Self.fewItems { start.insertAll() }
        guard start.items.contains(where: { $0.remaining > 0 }) else {
            self = start
            return
        }
        var best = start
        let generosity = problem.members.count > Self.fewPods ? Style.generosityToMany : Style.usualGenerosity
        best.fillUp(style: Style(order: .dearestFirst, generosity: generosity, isDense: false))
        // Far beyond that many items the greedy's waste is small and its time is not; a single one has no order.
        let waitingItems = start.items.count(where: { $0.remaining > 0 })
        if waitingItems > 1, waitingItems <= Self.fewItems {
            for order in Style.Order.allCases {
                best.consider(start, Style(order: order, isDense: false))
                best.consider(start, Style(order: order, isOrderly: true, isDense: false))
            }
        }
        if problem.members.count <= Self.fewPods, start.items.contains(where: { $0.tally >= 0 && $0.remaining > 0 }) {
            for generosity in [1.2, 1.8, 2.4] {
                best.consider(start, Style(order: .dearestFirst, generosity: generosity, isDense: false))
            }
        }
        if best.missing > start.missing {
            for order in Style.Order.allCases { best.consider(start, Style(order: order, isDense: true)) }
        }
        self = best
    }

    static let fewItems = 60
    /// With so few pods chance matters, and several tries cost little.
    static let fewPods = 2000
    private static let manyAssortments = 256

    private mutating func consider(_ start: Buyer, _ style: Style) {
        var trial = start
        trial.fillUp(style: style)
        if trial.isBetter(than: self) { self = trial }
    }

    func isBetter(than other: Buyer) -> Bool {
        let (mine, theirs) = (missing, other.missing)
        if abs(mine - theirs) > 1e-9 * max(mine, theirs) { return mine < theirs }
        return cost < other.cost * (1 - 1e-12)
    }

    mutating func fillUp(style: Style) {
        if items.count > Self.fewItems { startPricing() }
        var search = NodeSearch(self, style: style)
        while let seed = search.nextSeed(self) {
            guard let found = search.bestNode(for: seed, self) else {
                giveUpFirst(of: seed)
                continue
            }
            commit(found, limit: search.portion(of: found, seed: seed, self))
            repriceIfDue()
        }
    }

    /// What a pod costs at least by the resource of which it takes most: even one that costs nothing beside others must
    /// not be left out to save a node.
    private func stake(of item: Item) -> Double {
        let scale = assortments[item.assortment].scale
        var share = 0.0
        for resource in 0..<problem.width {
            share = max(share, Double(problem.needs[item.need + resource]) * scale[resource])
        }
        return max(item.value, share * Double(max(problem.shortest[item.profile], 1)))
    }

    private mutating func startPricing() {
        reprice()
        pricedFor = waiting
    }

    /// Worth follows scarcity: as pods find nodes, what the rest would cost changes.
    private mutating func repriceIfDue() {
        guard Double(waiting) < Double(pricedFor) * 0.95, waiting > 8 else { return }
        pricedFor = waiting
        reprice()
    }

    // MARK: - What a search asks

    func isAllowed(_ candidate: Int, in assortment: Int) -> Bool {
        allowed[assortment * problem.candidates.count + candidate]
    }

    /// The pods that a node for a lot begins with: itself, with those that it must be near.
    func seedLoad(_ lot: Int, on candidate: Int) -> [Basket.Load]? {
        let rules = problem.rules(of: lots[lot].kind)
        guard let join = rules.joins.first else { return [Basket.Load(lot: lot, count: 1)] }
        if join.isSelf {
            guard rules.joins.allSatisfy({ placed[$0.tally, default: problem.standingOnHosts[$0.tally]] == 0 }) else {
                return nil
            }
            // All of them must share the one node: as many as it holds.
            let fitting = problem.count(
                need: items[lots[lot].item].need,
                fitting: problem.size(of: candidate),
                limit: lots[lot].remaining
            )
            let count = problem.freshRules[candidate].room(for: rules, limit: fitting)
            return count > 0 ? [Basket.Load(lot: lot, count: count)] : nil
        }
        var load = [Basket.Load(lot: lot, count: 1)]
        for join in rules.joins {
            let wanted = lots.indices.first { other in
                other != lot && lots[other].remaining > 0 && assortments[lots[other].assortment].allows[candidate]
                    && problem.rules(of: lots[other].kind).adds.contains(join.tally)
                    && problem.rules(of: lots[other].kind).joins.isEmpty
            }
            guard let wanted else { return nil }
            if !load.contains(where: { $0.lot == wanted }) { load.insert(Basket.Load(lot: wanted, count: 1), at: 0) }
        }
        return load
    }

    /// What pods that are tied to one place are worth, by place.
    func materialByPlace() -> [Double] {
        var result = [Double](repeating: 0, count: problem.domains.count)
        for item in items where item.remaining > 0 {
            guard let place = assortments[item.assortment].onlyPlace else { continue }
            result[place] += item.value * Double(item.remaining)
        }
        return result
    }

    /// Nothing can be bought for the pods that the search began with; nor for the others of their item when it is not
    /// their neighbours that they lack.
    private mutating func giveUpFirst(of item: Int) {
        guard let lot = lotsOfItem[item].first else { return }
        let isAlike = problem.rules(of: lots[lot].kind).joins.isEmpty && !problem.hasDaemonRules
        guard !isAlike else {
            giveUp(on: item)
            return
        }
        unplaced[lot, default: 0] += lots[lot].remaining
        lotsOfItem[item].removeFirst()
        items[item].remaining -= lots[lot].remaining
        waiting -= lots[lot].remaining
        lots[lot].remaining = 0
    }

    /// Nothing can be bought for the pods of an item that are left.
    private mutating func giveUp(on item: Int) {
        for lot in lotsOfItem[item] where lots[lot].remaining > 0 {
            unplaced[lot, default: 0] += lots[lot].remaining
            lots[lot].remaining = 0
        }
        lotsOfItem[item] = []
        waiting -= items[item].remaining
        items[item].remaining = 0
    }

    /// Buys a filled node, and more of the same as long as there are equal pods for them.
    private mutating func commit(_ filling: Filler.Filling, limit: Int) {
        var left = min(limit, ledger.room(for: problem.candidates[filling.candidate]))
        // Pods that want to be near their own kind all go to one node.
        let isOnly = filling.load.contains { problem.rules(of: lots[$0.lot].kind).joins.contains(where: \.isSelf) }
        if isOnly { left = min(left, 1) }
        var load = filling.load
        while left > 0 {
            let copies = load.reduce(left) { min($0, lots[$1.lot].remaining / $1.count) }
            guard copies > 0 else { break }
            purchase(filling.candidate, load, seconds: filling.seconds, copies: copies)
            left -= copies
            guard left > 0, let alike = equalLoad(filling) else { break }
            load = alike
        }
    }

    /// Buys equal nodes and takes their pods out of hand.
    mutating func purchase(_ candidate: Int, _ load: [Basket.Load], seconds: Int64, copies: Int) {
        for entry in load { withdraw(entry.lot, entry.count * copies) }
        add(
            Basket(
                candidate: candidate,
                load: load.sorted { $0.lot < $1.lot },
                seconds: seconds,
                copies: copies
            )
        )
    }

    /// Another choice of lots for the same items on the same candidate.
    private func equalLoad(_ filling: Filler.Filling) -> [Basket.Load]? {
        var rules = problem.freshRules[filling.candidate]
        var load: [Basket.Load] = []
        for entry in filling.items {
            var missing = entry.count
            guard items[entry.item].remaining >= missing else { return nil }
            for lot in lotsOfItem[entry.item] where lots[lot].remaining > 0 {
                let own = problem.rules(of: lots[lot].kind)
                guard own.joins.isEmpty else { continue }
                let count = rules.room(for: own, limit: min(missing, lots[lot].remaining))
                guard count > 0 else { continue }
                rules.add(own, count: count)
                load.append(Basket.Load(lot: lot, count: count))
                missing -= count
                if missing == 0 { break }
            }
            guard missing == 0 else { return nil }
        }
        return load
    }

    private mutating func withdraw(_ lot: Int, _ count: Int) {
        let item = lots[lot].item
        if lots[lot].remaining == count {
            if let index = lotsOfItem[item].firstIndex(of: lot) { lotsOfItem[item].remove(at: index) }
        } else if lots[lot].remaining == 0 {
            lotsOfItem[item].append(lot)
        }
        for tally in problem.rules(of: lots[lot].kind).adds where problem.isJoined[tally] {
            placed[tally, default: problem.standingOnHosts[tally]] += count
        }
        lots[lot].remaining -= count
        items[lots[lot].item].remaining -= count
        waiting -= count
    }

    // MARK: - Changing what is bought

    /// Adds nodes and takes them from the ledger.
    mutating func add(_ basket: Basket) {
        ledger.take(problem.candidates[basket.candidate], count: basket.copies)
        baskets.append(basket)
    }

    /// Gives back one node of a basket, whose pods wait again; the basket disappears with its last.
    mutating func takeOut(_ index: Int) {
        let basket = baskets[index]
        ledger.giveBack(problem.candidates[basket.candidate], count: 1)
        for entry in basket.load { withdraw(entry.lot, -entry.count) }
        baskets[index].copies -= 1
        if baskets[index].copies == 0 { baskets.remove(at: index) }
    }

    /// Gives back whole baskets.
    mutating func takeApart(_ indices: Set<Int>) {
        for index in indices.sorted() {
            let basket = baskets[index]
            ledger.giveBack(problem.candidates[basket.candidate], count: basket.copies)
            for entry in basket.load { withdraw(entry.lot, -entry.count * basket.copies) }
        }
        baskets = baskets.indices.filter { !indices.contains($0) }.map { baskets[$0] }
    }

    /// Puts other nodes for the same pods in the place of all.
    mutating func replaceAll(with others: [Basket]) {
        for basket in baskets { ledger.giveBack(problem.candidates[basket.candidate], count: basket.copies) }
        baskets = []
        for basket in others { add(basket) }
    }

    mutating func replace(_ index: Int, candidate: Int, seconds: Int64) {
        let basket = baskets[index]
        ledger.giveBack(problem.candidates[basket.candidate], count: basket.copies)
        ledger.take(problem.candidates[candidate], count: basket.copies)
        baskets[index].candidate = candidate
        baskets[index].seconds = seconds
    }

    /// Puts waiting pods into the room that is left on nodes bought so far, where that costs less than they are worth.
    mutating func insertAll() {
        guard !baskets.isEmpty else { return }
        let waiting = lots.indices.filter { lots[$0].remaining > 0 }.sorted { left, right in
            let (a, b) = (items[lots[left].item].value, items[lots[right].item].value)
            return a == b ? left < right : a > b
        }
        var rooms = baskets.map { room(in: $0) }
        for lot in waiting {
            while lots[lot].remaining > 0, let (index, fitting) = bestRoom(for: lot, rooms) {
                put(lot, fitting, into: index, &rooms)
            }
        }
    }

    private func bestRoom(
        for lot: Int,
        _ rooms: [(free: [Int64], rules: NodeRules)]
    ) -> (index: Int, fitting: Int)? {
        let item = items[lots[lot].item]
        let rules = problem.rules(of: lots[lot].kind)
        let allows = assortments[item.assortment].allows
        var best: (index: Int, fitting: Int, cost: Double)?
        for (index, basket) in baskets.enumerated() where allows[basket.candidate] {
            var fitting = problem.count(need: item.need, fitting: rooms[index].free, limit: lots[lot].remaining)
            guard fitting > 0 else { continue }
            guard rules.joins.allSatisfy({ rooms[index].rules.count(of: $0.tally) > 0 }) else { continue }
            fitting = rooms[index].rules.room(for: rules, limit: fitting)
            guard fitting > 0 else { continue }
            let longest = max(basket.seconds, problem.seconds(item.profile, on: basket.candidate))
            let extra =
                problem.cost(basket.candidate, seconds: longest)
                - problem.cost(basket.candidate, seconds: basket.seconds)
            let share = extra / Double(fitting)
            guard share <= item.value, best.map({ share < $0.cost }) ?? true else { continue }
            best = (index, fitting, share)
            if share == 0 { break }
        }
        return best.map { ($0.index, $0.fitting) }
    }

    private mutating func put(
        _ lot: Int,
        _ fitting: Int,
        into index: Int,
        _ rooms: inout [(free: [Int64], rules: NodeRules)]
    ) {
        let copies = min(baskets[index].copies, lots[lot].remaining / fitting)
        var fuller = baskets[index]
        let own = problem.seconds(items[lots[lot].item].profile, on: fuller.candidate)
        fuller.seconds = max(fuller.seconds, own)
        fuller.copies = copies
        if let entry = fuller.load.firstIndex(where: { $0.lot == lot }) {
            fuller.load[entry].count += fitting
        } else {
            fuller.load = (fuller.load + [Basket.Load(lot: lot, count: fitting)]).sorted { $0.lot < $1.lot }
        }
        withdraw(lot, fitting * copies)
        if copies == baskets[index].copies {
            baskets[index] = fuller
            rooms[index] = room(in: fuller)
        } else {
            baskets[index].copies -= copies
            baskets.append(fuller)
            rooms.append(room(in: fuller))
        }
    }

    /// Whether some node that is bought already has room for a pod of any of some kinds.
    func mayHoldMore(of kinds: [Int], in home: Home?) -> Bool {
        baskets.contains { basket in
            guard home.map({ $0 == problem.candidates[basket.candidate].home }) ?? true else { return false }
            let able = kinds.filter { problem.takes(basket.candidate, $0) }
            guard !able.isEmpty else { return false }
            let free = room(in: basket).free
            return able.contains { problem.count(need: problem.kinds[$0].need, fitting: free, limit: 1) > 0 }
        }
    }

    /// What is left on a node with its load.
    func room(in basket: Basket) -> (free: [Int64], rules: NodeRules) {
        var free = problem.size(of: basket.candidate)
        var rules = problem.freshRules[basket.candidate]
        for entry in basket.load {
            let kind = lots[entry.lot].kind
            problem.take(entry.count, need: problem.kinds[kind].need, from: &free)
            rules.add(problem.rules(of: kind), count: entry.count)
        }
        return (free, rules)
    }

    /// Hands back pods for which nothing could be bought, to be tried elsewhere.
    mutating func release(_ lot: Int) -> Int { unplaced.removeValue(forKey: lot) ?? 0 }

    /// Takes the pods for which nothing could be bought back into hand.
    mutating func reclaimUnplaced() {
        for (lot, count) in unplaced.sorted(by: { $0.key < $1.key }) { withdraw(lot, -count) }
        unplaced = [:]
    }
}
