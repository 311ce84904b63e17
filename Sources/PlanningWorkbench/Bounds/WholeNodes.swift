import Model

/// What nodes cost more because they are bought whole.
///
/// Let every pod have a value, those of a group together what the group costs at least at the prices of a bound in
/// parts. That bound is the sum of all values, less what standing room and limits are worth. A plan costs as much
/// more as its nodes cost more than the pods on them are worth, seller by seller; and by the division of prices no
/// seller's nodes cost less than that. So whatever the nodes of some sellers must cost beyond the values of their pods
/// may be added, for as many sets of sellers as have none in common.
///
/// Such a set are those of one place, or of one accelerator model, that hold a pod of some size. The pods of that size
/// or more that can run nowhere else must be there, on a whole number of nodes, of which one resource alone is looked
/// at. What these leave over may be filled with any other pods, in parts, the most valuable first. The least of what the
/// nodes cost less the values of all that is on them, over all numbers of nodes, is what is added.
struct WholeNodes {
    /// What a bound in parts knows.
    struct Prices {
        /// By kind and place, what a pod is worth there: `places` values a kind, infinite where it cannot run.
        var worth: [Double]
        /// Of a node of each seller, with tolls; and of those that are dominated.
        var node: [Double]
        var dominated: [Double]
        /// Of the room of each seller that stands.
        var standing: [Double]
        /// Of all that limits leave.
        var limits: Double

        /// What a group costs at each place.
        func sums(of group: BoundProblem.Group, _ places: Int) -> [Double] {
            (0..<places).map { place in
                group.members.reduce(0) { $0 + worth[$1.kind * places + place] * Double($1.count) }
            }
        }
    }

    /// Pods that take the same of the resource.
    private struct Load {
        var size: Int
        var count: Double
        var value: Double
        /// Whether they must be on the sellers that are looked at.
        var isBound: Bool
    }

    private let problem: BoundProblem
    private let resource: Int
    private let prices: Prices
    /// By kind and place, whether it can run there at all.
    private let reaches: [Bool]

    private init(_ problem: BoundProblem, _ resource: Int, _ prices: Prices) {
        self.problem = problem
        self.resource = resource
        self.prices = prices
        var reaches = prices.worth.map { $0 < .infinity }
        for seller in problem.dominated {
            for (index, kind) in problem.kinds.enumerated() where problem.isEligible(kind, seller) {
                reaches[index * problem.placeCount + seller.place] = true
            }
        }
        self.reaches = reaches
    }

    /// - Parameters:
    ///   - problem: With all its sellers.
    ///   - prices: Of a bound in parts.
    /// - Returns: A bound for whole nodes.
    static func bound(_ problem: BoundProblem, _ prices: Prices) -> Double {
        let accelerators = problem.resources.indices.filter {
            Resources.acceleratorNames.contains(problem.resources[$0])
        }
        let values = problem.groups.reduce(0) { sum, entry in
            let least = prices.sums(of: entry.group, problem.placeCount).min() ?? 0
            return least < .infinity ? sum + least * Double(entry.count) : sum
        }
        let parts = values - prices.standing.reduce(0, +) - prices.limits
        return parts + (accelerators.map { WholeNodes(problem, $0, prices).surplus }.max() ?? 0)
    }

    private var surplus: Double {
        var sum = 0.0
        let places = Dictionary(grouping: 0..<problem.placeCount) { problem.models[$0] ?? "" }
        for (_, own) in places.sorted(by: { $0.key < $1.key }) {
            // Zones of their own, or all zones together: what is bound to the model may choose among them.
            let apart = own.reduce(0) { $0 + surplus(at: [$1]) }
            sum += max(apart, own.count > 1 ? surplus(at: Set(own)) : 0)
        }
        return sum
    }

    private func surplus(at places: Set<Int>) -> Double {
        let loads = loads(at: places)
        var best = 0.0
        for size in Set(loads.filter(\.isBound).map(\.size)).sorted() where size > 0 {
            best = max(best, surplus(loads, at: places, ofSize: size))
        }
        return best
    }

    /// The pods that could be there, and what each is worth at most; what must be there at least.
    private func loads(at places: Set<Int>) -> [Load] {
        var result: [Load] = []
        for (group, count) in problem.groups {
            let sums = prices.sums(of: group, problem.placeCount)
            guard let least = sums.min(), least < .infinity else { continue }
            let possible = sums.indices.filter { place in
                group.members.allSatisfy { reaches[$0.kind * problem.placeCount + place] }
            }
            let near = possible.filter(places.contains)
            guard !near.isEmpty else { continue }
            let isBound = near.count == possible.count
            for member in group.members {
                // Only lone pods are left without a worth at a place: there they are served by what is dominated.
                let values = near.map { place in
                    guard sums[place] < .infinity else { return least }
                    return sums[place] > 0 ? worth(member.kind, place) * least / sums[place] : 0
                }
                result.append(
                    Load(
                        size: Int(problem.kinds[member.kind].requests[resource] / 1000),
                        count: Double(member.count * count),
                        value: values.max() ?? 0,
                        isBound: isBound
                    )
                )
            }
        }
        return result
    }

    private func worth(_ kind: Int, _ place: Int) -> Double { prices.worth[kind * problem.placeCount + place] }

    /// The least that the sellers of nodes of some size cost beyond what is on them.
    private func surplus(_ loads: [Load], at places: Set<Int>, ofSize size: Int) -> Double {
        var nodes: [Int: Double] = [:]
        var (room, standing) = (0.0, 0.0)
        let sellers = Array(zip(problem.sellers, prices.node)) + Array(zip(problem.dominated, prices.dominated))
        for (index, (seller, price)) in sellers.enumerated() where places.contains(seller.place) {
            let largest = Int((seller.largest[resource] + 999) / 1000)
            guard largest >= size else { continue }
            if seller.choice == nil {
                room += seller.room[resource] / 1000
                standing += prices.standing[index]
            } else {
                nodes[largest] = min(nodes[largest] ?? .infinity, price)
            }
        }
        let bound = loads.filter { $0.isBound && $0.size >= size }
        let demand = bound.reduce(0) { $0 + Double($1.size) * $1.count }
        let worth = bound.reduce(0) { $0 + $1.value * $1.count }
        let least = leastCost(nodes, demand: demand - room, others: loads.filter { !$0.isBound || $0.size < size })
        guard let least else { return 0 }
        return max(0, least + standing - worth)
    }

    /// The least cost of whole nodes that hold what is demanded, less what else they may hold.
    private func leastCost(_ nodes: [Int: Double], demand: Double, others: [Load]) -> Double? {
        let sizes = nodes.sorted { $0.key < $1.key }
        guard let largest = sizes.last?.key else { return nil }
        let credit = Credit(others.map { (Double($0.size) * $0.count, $0.value * $0.count) })
        let most = max(0, Int(demand.rounded(.up))) + 8 * largest
        guard most <= 1_000_000 else { return nil }
        // The least cost of nodes of exactly so much.
        var costs = [Double](repeating: .infinity, count: most + 1)
        costs[0] = 0
        for amount in 1...most {
            for (size, price) in sizes where size <= amount {
                costs[amount] = min(costs[amount], costs[amount - size] + price)
            }
        }
        var best = Double.infinity
        for amount in 0...most where costs[amount] < .infinity && Double(amount) >= demand {
            best = min(best, costs[amount] - credit.value(of: Double(amount) - demand))
        }
        // More of it costs at least the best rate.
        let rate = sizes.map { $0.value / Double($0.key) }.min() ?? 0
        let beyond = max(Double(most) - demand, credit.worthMore(than: rate))
        return min(best, rate * (demand + beyond) - credit.value(of: beyond))
    }

    /// The most that some room can be worth when pods are cut as finely as one likes.
    private struct Credit {
        /// The most valuable first.
        private var parts: [(room: Double, value: Double)] = []
        /// What all before each are worth, and the room that they take.
        private var before: [(room: Double, value: Double)] = []
        private var all: (room: Double, value: Double) = (0, 0)

        init(_ loads: [(room: Double, value: Double)]) {
            all.value = loads.reduce(0) { $0 + ($1.room > 0 ? 0 : $1.value) }
            parts = loads.filter { $0.room > 0 }.sorted { $0.value * $1.room > $1.value * $0.room }
            for part in parts {
                before.append(all)
                all = (all.room + part.room, all.value + part.value)
            }
        }

        func value(of room: Double) -> Double {
            guard room < all.room else { return all.value }
            var (low, high) = (0, parts.count)
            while low + 1 < high {
                let middle = (low + high) / 2
                if before[middle].room <= room { low = middle } else { high = middle }
            }
            return before[low].value + parts[low].value * (room - before[low].room) / parts[low].room
        }

        /// How much room is taken by what is worth more than a rate.
        func worthMore(than rate: Double) -> Double {
            parts.reduce(0) { $0 + ($1.value > rate * $1.room ? $1.room : 0) }
        }
    }
}
