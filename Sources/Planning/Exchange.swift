/// Swaps pods between nodes so that one of them can be a cheaper one: what several nodes waste is brought together on
/// one, until its size is no longer needed.
struct Exchange {
    private struct Node {
        var candidate: Int
        /// The lot of each pod.
        var pods: [Int]
        var seconds: Int64
    }

    /// None, one or two pods of a node, by lot; what they need together stands beside it in `Choice`.
    private struct Part {
        var first = -1
        var second = -1

        var lots: [Int] { [first, second].filter { $0 >= 0 } }

        func allSatisfy(_ condition: (Int) -> Bool) -> Bool {
            (first < 0 || condition(first)) && (second < 0 || condition(second))
        }
    }

    /// What a node can give: `width` needs for each part, the empty one first.
    private struct Choice {
        var parts: [Part] = [Part()]
        var needs: [Int64]
    }

    private struct Swap {
        var other: Int
        var given: Part
        var taken: Part
        /// What the other node takes over.
        var moved: [Int64]
    }

    /// What a node could be instead.
    private struct Target {
        var candidate: Int
        var seconds: Int64
        var overhang: [Int64]
    }

    private let problem: Problem
    private let width: Int
    private let lots: [Lot]
    private let items: [Item]
    private let assortments: [Assortment]
    /// What a unit of each resource costs at least.
    private let scale: [Double]
    private var ledger: Ledger
    private var nodes: [Node] = []
    /// What is left on each node: `width` amounts each.
    private var free: [Int64] = []
    private var choices: [Choice?]
    private var budget: Int
    /// For trying out whose rules agree.
    private var slate: NodeSlate

    /// With how many others a node may swap: those that waste most.
    private static let breadth = 128
    /// How many swaps are tried in a row to make one node cheaper.
    private static let depth = 5
    /// How many different pods of a node are looked at.
    private static let mostItems = 5

    /// How many pairs of parts are compared in all: so many for each pod that large plans do not take for ever; in small
    /// ones more, since chance matters there. In those of ten thousand pods a million saves less than a thousandth more
    /// than this does.
    private static func comparisons(pods: Int) -> Int {
        max(300_000, 20 * pods, min(4_000_000, 4_000_000_000 / max(1, pods)))
    }

    /// - Parameter buyer: What was bought.
    init(_ buyer: Buyer) {
        problem = buyer.problem
        width = buyer.problem.width
        lots = buyer.lots
        items = buyer.items
        assortments = buyer.assortments
        ledger = buyer.ledger
        budget = Self.comparisons(pods: buyer.problem.members.count)
        slate = NodeSlate(buyer.problem)
        var scale = [Double](repeating: 0, count: buyer.problem.width)
        for assortment in buyer.assortments {
            for resource in scale.indices { scale[resource] = max(scale[resource], assortment.scale[resource]) }
        }
        self.scale = scale
        for basket in buyer.baskets {
            let pods = basket.load.flatMap { [Int](repeating: $0.lot, count: $0.count) }
            let room = buyer.room(in: basket).free
            for _ in 0..<basket.copies {
                nodes.append(Node(candidate: basket.candidate, pods: pods, seconds: basket.seconds))
                free += room
            }
        }
        choices = [Choice?](repeating: nil, count: nodes.count)
    }

    /// The nodes as they are now, without those that were emptied; equal ones together.
    var baskets: [Basket] {
        struct Key: Hashable {
            var candidate: Int
            var load: [Basket.Load]
        }
        var index: [Key: Int] = [:]
        var result: [Basket] = []
        for node in nodes where !node.pods.isEmpty {
            var load: [Basket.Load] = []
            for lot in node.pods.sorted() {
                if let last = load.indices.last, load[last].lot == lot {
                    load[last].count += 1
                } else {
                    load.append(Basket.Load(lot: lot, count: 1))
                }
            }
            let key = Key(candidate: node.candidate, load: load)
            if let known = index[key] {
                result[known].copies += 1
            } else {
                index[key] = result.count
                let longest = load.map { seconds($0.lot, on: node.candidate) }.max() ?? 0
                result.append(Basket(candidate: node.candidate, load: load, seconds: longest, copies: 1))
            }
        }
        return result
    }

    /// Makes nodes cheaper, those that waste most first, until none can be or the budget is used up.
    mutating func run() {
        var improved = true
        while improved, budget > 0 {
            improved = false
            let wasteful = wasteful()
            var others: [Int: [Int]] = [:]
            for node in wasteful {
                let place = problem.candidates[nodes[node].candidate].place
                if others[place, default: []].count < Self.breadth { others[place, default: []].append(node) }
            }
            for node in wasteful where budget > 0 {
                let place = problem.candidates[nodes[node].candidate].place
                while budget > 0, shrink(node, with: others[place] ?? []) {
                    improved = true
                }
            }
        }
    }

    private func weight(_ amounts: [Int64]) -> Double {
        (0..<width).reduce(0.0) { $0 + Double(max(0, amounts[$1])) * scale[$1] }
    }

    /// The nodes that may swap, the most wasteful first.
    private func wasteful() -> [Int] {
        let waste = nodes.indices.map { node in
            (0..<width).reduce(0.0) { $0 + Double(free[node * width + $1]) * scale[$1] }
        }
        return nodes.indices.filter { isMovable($0) && waste[$0] > 0 }
            .sorted { waste[$0] == waste[$1] ? $0 < $1 : waste[$0] > waste[$1] }
    }

    /// Nodes whose pods keep each other company stay as they are.
    private func isMovable(_ node: Int) -> Bool {
        nodes[node].pods.allSatisfy { lot in
            let rules = problem.rules(of: lots[lot].kind)
            return rules.joins.isEmpty && !rules.adds.contains { problem.isJoined[$0] }
        }
    }

    private func need(_ lot: Int) -> Int { items[lots[lot].item].need }

    private func allows(_ lot: Int, _ candidate: Int) -> Bool { assortments[lots[lot].assortment].allows[candidate] }

    private func seconds(_ lot: Int, on candidate: Int) -> Int64 {
        problem.seconds(items[lots[lot].item].profile, on: candidate)
    }

    /// How much dearer a candidate counts to a pod than it is.
    private func reluctance(_ lot: Int, _ candidate: Int) -> Double {
        problem.hasWishes ? problem.reluctance(problem.kinds[lots[lot].kind].station, candidate) : 0
    }

    // MARK: - One node

    /// The next cheaper candidate for a node, and how long it would live there; what does not fit on it yet.
    private func target(of node: Int) -> Target? {
        let current = nodes[node].candidate
        let (price, place) = (problem.candidates[current].price, problem.candidates[current].place)
        let cost = problem.cost(current, seconds: nodes[node].seconds)
        guard let first = nodes[node].pods.first else { return nil }
        let open = assortments[lots[first].assortment].open
        var index = open.partitioningIndex { problem.candidates[$0].price >= price }
        while index > 0 {
            index -= 1
            let candidate = open[index]
            guard problem.candidates[candidate].place == place,
                nodes[node].pods.allSatisfy({ lot in
                    allows(lot, candidate) && reluctance(lot, candidate) <= reluctance(lot, current)
                })
            else { continue }
            let longest = nodes[node].pods.map { seconds($0, on: candidate) }.max() ?? 0
            guard problem.cost(candidate, seconds: longest) < cost * (1 - 1e-9) else { continue }
            let overhang = (0..<width).map { resource in
                problem.sizes[current * width + resource] - free[node * width + resource]
                    - max(0, problem.sizes[candidate * width + resource])
            }
            return Target(candidate: candidate, seconds: longest, overhang: overhang)
        }
        return nil
    }

    /// Swaps until the node could be its target, and makes it that. Swaps that do not suffice stay: what they brought
    /// together may do for a later node.
    private mutating func shrink(_ node: Int, with others: [Int]) -> Bool {
        guard let target = target(of: node) else { return false }
        var rest = ledger
        rest.giveBack(problem.candidates[nodes[node].candidate], count: 1)
        guard rest.room(for: problem.candidates[target.candidate]) > 0 else { return false }
        var overhang = target.overhang
        for _ in 0..<Self.depth where overhang.contains(where: { $0 > 0 }) {
            guard let swap = bestSwap(node, target, overhang, others) else { return false }
            carryOut(swap, node)
            for resource in 0..<width { overhang[resource] -= swap.moved[resource] }
        }
        guard overhang.allSatisfy({ $0 <= 0 }), isRuleAbiding(nodes[node].pods, on: target.candidate) else {
            return false
        }
        rest.take(problem.candidates[target.candidate], count: 1)
        ledger = rest
        nodes[node].candidate = target.candidate
        nodes[node].seconds = target.seconds
        for resource in 0..<width { free[node * width + resource] = -overhang[resource] }
        return true
    }

    /// The swap after which the node's overhang is the least.
    private mutating func bestSwap(
        _ node: Int,
        _ target: Target,
        _ overhang: [Int64],
        _ others: [Int]
    ) -> Swap? {
        let gifts = gifts(of: node, overhang)
        var least = weight(overhang) * (1 - 1e-9)
        var best: Swap?
        for (other, bound) in takers(of: overhang, others, least) where other != node {
            guard bound < least, budget > 0 else { break }
            let theirs = choice(of: other)
            compare(gifts, theirs, node, other, overhang, least) { exchange, given, taken, rest in
                let (gift, price) = (gifts.parts[given], theirs.parts[taken])
                guard exchange.isAllowed(gift, price, node, other, target) else { return least }
                least = rest
                best = Swap(
                    other: other,
                    given: gift,
                    taken: price,
                    moved: (0..<exchange.width).map {
                        gifts.needs[given * exchange.width + $0] - theirs.needs[taken * exchange.width + $0]
                    }
                )
                return least
            }
            if least <= 0 { break }
        }
        return best
    }

    /// What a node could give away to make what hangs over less, the heaviest first.
    private struct Gifts {
        var parts: [Part] = []
        var needs: [Int64] = []
        /// How much each weighs of what hangs over.
        var weights: [Double] = []
    }

    private mutating func gifts(of node: Int, _ overhang: [Int64]) -> Gifts {
        let own = choice(of: node)
        let weights = own.parts.indices.map { part in
            (0..<width).reduce(0.0) { sum, resource in
                overhang[resource] > 0 ? sum + Double(own.needs[part * width + resource]) * scale[resource] : sum
            }
        }
        var gifts = Gifts()
        // The sort is stable.
        for part in own.parts.indices.filter({ weights[$0] > 0 }).sorted(by: { weights[$0] > weights[$1] }) {
            gifts.parts.append(own.parts[part])
            gifts.needs += own.needs[part * width..<(part + 1) * width]
            gifts.weights.append(weights[part])
        }
        return gifts
    }

    /// Who could take some of what hangs over, with what would hang over if all their room could be used for it: those
    /// first of whom the most can be hoped.
    private func takers(of overhang: [Int64], _ others: [Int], _ least: Double) -> [(other: Int, bound: Double)] {
        var result: [(other: Int, bound: Double)] = []
        result.reserveCapacity(others.count)
        for other in others {
            var bound = 0.0
            for resource in 0..<width {
                let rest = overhang[resource] - max(0, free[other * width + resource])
                if rest > 0, overhang[resource] > 0 { bound += Double(rest) * scale[resource] }
            }
            if bound < least { result.append((other, bound)) }
        }
        // The sort is stable: of equals the most wasteful comes first.
        return result.sorted { $0.bound < $1.bound }
    }

    /// Looks at every gift and price that leave both nodes with no less than nothing, as far as they could leave less
    /// than the least.
    private mutating func compare(
        _ gifts: Gifts,
        _ theirs: Choice,
        _ node: Int,
        _ other: Int,
        _ overhang: [Int64],
        _ least: Double,
        _ consider: (_ exchange: inout Exchange, _ given: Int, _ taken: Int, _ rest: Double) -> Double
    ) {
        var least = least
        let (node, other, width) = (node * width, other * width, width)
        // What `consider` may change is none of this.
        let (free, scale) = (free, scale)
        var steps = 0
        var (wanted, room) = (0.0, 0.0)
        for resource in 0..<width where overhang[resource] > 0 {
            wanted += Double(overhang[resource]) * scale[resource]
            room += Double(free[other + resource]) * scale[resource]
        }
        let slack = wanted * 1e-9
        gifts.needs.withUnsafeBufferPointer { own in
            theirs.needs.withUnsafeBufferPointer { prices in
                gifts.weights.withUnsafeBufferPointer { weights in
                    free.withUnsafeBufferPointer { free in
                        for taken in stride(from: 0, to: prices.count, by: width) {
                            var weight = 0.0
                            for resource in 0..<width where overhang[resource] > 0 {
                                weight += Double(prices[taken + resource]) * scale[resource]
                            }
                            // What remains is never less than what hangs over without what a swap takes off it.
                            let remainder = wanted + weight - slack
                            steps += 1
                            // Heavier ones than this the other node has no room for.
                            var part = weights.firstIndex { $0 <= weight + room + slack } ?? weights.count
                            pairs: while part < weights.count, remainder - weights[part] <= least {
                                let given = part * width
                                part += 1
                                steps += 1
                                var rest = 0.0
                                for resource in 0..<width {
                                    let moved = own[given + resource] - prices[taken + resource]
                                    if moved > free[other + resource] || moved < -free[node + resource] {
                                        continue pairs
                                    }
                                    let left = overhang[resource] - moved
                                    if left > 0 { rest += Double(left) * scale[resource] }
                                }
                                if rest < least { least = consider(&self, part - 1, taken / width, rest) }
                            }
                        }
                    }
                }
            }
        }
        budget -= steps
    }

    private mutating func isAllowed(
        _ given: Part,
        _ taken: Part,
        _ node: Int,
        _ other: Int,
        _ target: Target
    ) -> Bool {
        let (own, theirs) = (nodes[node].candidate, nodes[other].candidate)
        let mayGo = given.allSatisfy { lot in
            allows(lot, theirs) && seconds(lot, on: theirs) <= nodes[other].seconds
                && reluctance(lot, theirs) <= reluctance(lot, own)
        }
        let mayCome = taken.allSatisfy { lot in
            allows(lot, own) && allows(lot, target.candidate) && seconds(lot, on: own) <= nodes[node].seconds
                && seconds(lot, on: target.candidate) <= target.seconds
                && reluctance(lot, target.candidate) <= reluctance(lot, theirs)
                // Where the node does not become its target after all, it stays what it is.
                && reluctance(lot, own) <= reluctance(lot, theirs)
        }
        guard mayGo, mayCome else { return false }
        func isFree(_ lot: Int) -> Bool { problem.nodeRules.rows[lots[lot].rules].isFreeOnNode }
        let isFree = given.allSatisfy(isFree) && taken.allSatisfy(isFree)
        return isFree
            || isRuleAbiding(nodes[other].pods, without: taken, with: given, on: theirs)
                && isRuleAbiding(nodes[node].pods, without: given, with: taken, on: own)
    }

    private mutating func isRuleAbiding(
        _ pods: [Int],
        without lost: Part = Part(),
        with gained: Part = Part(),
        on candidate: Int
    ) -> Bool {
        slate.wipe(problem.freshRules[candidate])
        var (first, second) = (lost.first, lost.second)
        for lot in pods {
            if lot == first {
                first = -1
            } else if lot == second {
                second = -1
            } else {
                guard slate.room(for: lots[lot].rules, limit: 1) > 0 else { return false }
                slate.add(lots[lot].rules, count: 1)
            }
        }
        return gained.allSatisfy { lot in
            guard slate.room(for: lots[lot].rules, limit: 1) > 0 else { return false }
            slate.add(lots[lot].rules, count: 1)
            return true
        }
    }

    private static func exchanged(_ pods: [Int], _ lost: Part, for gained: Part) -> [Int] {
        var result = pods
        for lot in lost.lots {
            if let index = result.firstIndex(of: lot) { result.remove(at: index) }
        }
        return result + gained.lots
    }

    private mutating func carryOut(_ swap: Swap, _ node: Int) {
        nodes[node].pods = Self.exchanged(nodes[node].pods, swap.given, for: swap.taken)
        nodes[swap.other].pods = Self.exchanged(nodes[swap.other].pods, swap.taken, for: swap.given)
        for resource in 0..<width {
            free[node * width + resource] += swap.moved[resource]
            free[swap.other * width + resource] -= swap.moved[resource]
        }
        choices[node] = nil
        choices[swap.other] = nil
    }

    private mutating func choice(of node: Int) -> Choice {
        if let known = choices[node] { return known }
        var different: [(lot: Int, count: Int)] = []
        for lot in nodes[node].pods {
            if let known = different.firstIndex(where: { lots[$0.lot].item == lots[lot].item }) {
                if different[known].lot == lot { different[known].count += 1 }
            } else if different.count < Self.mostItems {
                different.append((lot, 1))
            }
        }
        var choice = Choice(needs: [Int64](repeating: 0, count: width))
        for (index, one) in different.enumerated() {
            choice.parts.append(Part(first: one.lot))
            for resource in 0..<width { choice.needs.append(problem.needs[need(one.lot) + resource]) }
            for other in different[index...] where other.lot != one.lot || one.count > 1 {
                choice.parts.append(Part(first: one.lot, second: other.lot))
                for resource in 0..<width {
                    choice.needs.append(
                        problem.needs[need(one.lot) + resource] + problem.needs[need(other.lot) + resource]
                    )
                }
            }
        }
        choices[node] = choice
        return choice
    }
}

extension Array {
    /// The first index of the elements that satisfy a condition, where all of those stand at the end.
    fileprivate func partitioningIndex(where isLate: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isLate(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
