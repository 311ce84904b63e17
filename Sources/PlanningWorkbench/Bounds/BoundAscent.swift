import Foundation
import Model

/// Looks for the division of prices that gives the highest bound: directions common to all sellers first, then each
/// seller's own, by the gradient of the bound (a concave function of every seller's division).
struct BoundAscent {
    private let problem: BoundProblem
    private let resourceCount: Int
    /// Sellers that can take each kind.
    private let eligible: [[Int]]
    private let requests: [[Double]]
    /// By kind, how many of its pods each seller's room holds at most; of offerings any number.
    private let capacities: [[Double]]
    /// Of each offering's price, the share that each resource bears; of standing room the price of a unit itself.
    private var shares: [[Double]]
    /// What the limits of pools add to prices: per node, per accelerator, per unit of price.
    private var tolls: [String: Toll] = [:]

    struct Toll {
        var node = 0.0
        var accelerator = 0.0
        var spend = 0.0
    }

    /// A value with the direction in which it rises.
    private struct Slope {
        var value = 0.0
        var shares: [[Double]]
    }

    init(_ problem: BoundProblem) {
        self.problem = problem
        resourceCount = problem.resources.count
        eligible = problem.kinds.map { kind in
            problem.sellers.indices.filter { problem.isEligible(kind, problem.sellers[$0]) }
        }
        let requests = problem.kinds.map { $0.requests.map(Double.init) }
        self.requests = requests
        capacities = zip(eligible, requests).map { sellers, request in
            sellers.map { index in
                let seller = problem.sellers[index]
                guard seller.choice == nil else { return .infinity }
                return zip(seller.room, request).reduce(.infinity) { $1.1 > 0 ? min($0, $1.0 / $1.1) : $0 }
            }
        }
        shares = problem.sellers.map { _ in [] }
    }

    /// The bound with all of every price on one resource, standing room at nothing.
    mutating func value(allOn resource: Int) -> Double {
        var division = Array(repeating: 0.0, count: resourceCount)
        division[resource] = 1
        divide(division)
        return slope(wantsDirection: false).value
    }

    /// The highest bound found for nodes in parts; and for whole nodes.
    mutating func climb(steps asked: Int?) -> (parts: Double, whole: Double) {
        guard resourceCount > 0, !problem.groups.isEmpty else { return (0, 0) }
        var best = 0.0
        var bestDivision = Array(repeating: 1 / Double(resourceCount), count: resourceCount)
        for division in directions() {
            divide(division)
            let value = slope(wantsDirection: false).value
            if value > best { (best, bestDivision) = (value, division) }
        }
        // Nothing grows from zero: every resource bears a little.
        divide(bestDivision.map { 0.97 * $0 + 0.03 / Double(resourceCount) })
        let work = eligible.reduce(0) { $0 + $1.count } * resourceCount
        let steps = asked ?? max(60, min(800, 400_000_000 / max(1, work)))
        var highest: (value: Double, shares: [[Double]], tolls: [String: Toll])?
        for step in 0...steps {
            let slope = slope(wantsDirection: step < steps)
            best = max(best, slope.value)
            if slope.value > highest?.value ?? 0 { highest = (slope.value, shares, tolls) }
            guard step < steps else { break }
            let rate = 0.5 / (1 + Double(step) / 15)
            raiseTolls(slope, rate: rate)
            move(along: slope, rate: rate)
        }
        guard let highest else { return (best, best) }
        (shares, tolls) = (highest.shares, highest.tolls)
        return (best, max(best, WholeNodes.bound(problem, wholePrices)))
    }

    /// What the present division says of pods, nodes and standing room.
    private var wholePrices: WholeNodes.Prices {
        let units = problem.sellers.indices.map { unitPrices($0) }
        var offers: [[Double]] = []
        let worth = worth(units, &offers)
        return WholeNodes.Prices(
            worth: worth.map { $0.standing.reduce($0.bought) { min($0, $1.value) } },
            node: problem.sellers.map { price(of: $0) },
            dominated: problem.dominated.map { price(of: $0) },
            standing: problem.sellers.indices.map { index in
                problem.sellers[index].choice == nil
                    ? zip(units[index], problem.sellers[index].room).reduce(0) { $0 + $1.0 * $1.1 } : 0
            },
            limits: tollWorth
        )
    }

    // MARK: Divisions

    /// Every resource alone, and a grid between each two and three of the first.
    private func directions() -> [[Double]] {
        var result: [[Double]] = []
        func add(_ parts: [(Int, Double)]) {
            var division = Array(repeating: 0.0, count: resourceCount)
            for (index, part) in parts { division[index] += part }
            result.append(division)
        }
        for first in 0..<resourceCount { add([(first, 1)]) }
        let real = problem.resources.indices.filter {
            $0 < 6 && problem.resources[$0] != Resources.pods && !problem.resources[$0].hasPrefix("exclusion")
        }
        for first in real {
            for second in real where second > first {
                for part in stride(from: 0.1, to: 0.95, by: 0.1) { add([(first, part), (second, 1 - part)]) }
                for third in real where third > second {
                    for part in stride(from: 0.2, to: 0.7, by: 0.2) {
                        for other in stride(from: 0.2, to: 0.9 - part, by: 0.2) {
                            add([(first, part), (second, other), (third, 1 - part - other)])
                        }
                    }
                }
            }
        }
        return result
    }

    /// Gives every offering one division, and standing room the mean prices of its place.
    private mutating func divide(_ division: [Double]) {
        for (index, seller) in problem.sellers.enumerated() where seller.choice != nil {
            let possible = zip(division, seller.room).map { $1 > 0 ? $0 : 0 }
            let sum = possible.reduce(0, +)
            shares[index] = sum > 0 ? possible.map { $0 / sum } : possible
        }
        for (index, seller) in problem.sellers.enumerated() where seller.choice == nil {
            let near = problem.sellers.indices.filter {
                problem.sellers[$0].choice != nil && problem.sellers[$0].place == seller.place
            }
            var prices = Array(repeating: near.isEmpty ? 0.0 : .infinity, count: resourceCount)
            for other in near {
                for (resource, price) in unitPrices(other).enumerated() {
                    prices[resource] = min(prices[resource], price)
                }
            }
            shares[index] = prices
        }
    }

    /// What a unit of each resource costs at a seller.
    private func unitPrices(_ index: Int) -> [Double] {
        let seller = problem.sellers[index]
        guard seller.choice != nil else { return shares[index] }
        let price = price(of: seller)
        return zip(shares[index], seller.room).map { $1 > 0 ? price * $0 / $1 : 0 }
    }

    private func price(of seller: BoundProblem.Seller) -> Double {
        guard let toll = seller.choice.flatMap({ tolls[$0.pool] }) else { return seller.price }
        return seller.price * (1 + toll.spend) + toll.node + toll.accelerator * seller.accelerators
    }

    // MARK: The bound

    /// Standing room that is cheaper than what is sold at its place.
    private struct Standing {
        var seller: Int
        var value: Double
        var capacity: Double
    }

    /// What the pods of a kind cost at one place: those that standing room holds, and the others.
    private struct Worth {
        /// What is sold.
        var bought = Double.infinity
        /// The cheapest first.
        var standing: [Standing] = []

        func cost(of count: Double) -> Double {
            var (left, sum) = (count, 0.0)
            for room in standing where left > 0 {
                let taken = min(left, room.capacity)
                sum += taken * room.value
                left -= taken
            }
            return left > 0 ? sum + left * bought : sum
        }
    }

    /// What every kind costs at every place, at the given prices of units.
    private func worth(_ units: [[Double]], _ offers: inout [[Double]]) -> [Worth] {
        let places = problem.placeCount
        var worth = Array(repeating: Worth(), count: problem.kinds.count * places)
        for (kind, sellers) in eligible.enumerated() {
            let own = requests[kind]
            let values = sellers.map { seller in
                units[seller].withUnsafeBufferPointer { prices in
                    var sum = 0.0
                    for resource in 0..<resourceCount { sum += prices[resource] * own[resource] }
                    return sum
                }
            }
            for (index, seller) in sellers.enumerated() {
                let slot = kind * places + problem.sellers[seller].place
                if problem.sellers[seller].choice == nil {
                    worth[slot].standing.append(
                        Standing(seller: seller, value: values[index], capacity: capacities[kind][index])
                    )
                } else {
                    worth[slot].bought = min(worth[slot].bought, values[index])
                }
            }
            offers.append(values)
        }
        for slot in worth.indices where !worth[slot].standing.isEmpty {
            let bought = worth[slot].bought
            worth[slot].standing = worth[slot].standing.filter { $0.value < bought }
                .sorted { $0.value == $1.value ? $0.seller < $1.seller : $0.value < $1.value }
        }
        return worth
    }

    /// The bound of the present division, and how much more it would be for more on each share.
    private func slope(wantsDirection: Bool) -> Slope {
        let units = problem.sellers.indices.map { unitPrices($0) }
        let places = problem.placeCount
        var offers: [[Double]] = []
        let worth = worth(units, &offers)
        var weights = Array(repeating: 0.0, count: worth.count)
        var loads = problem.sellers.map { _ in Array(repeating: 0.0, count: resourceCount) }
        var result = Slope(shares: [])
        for (group, count) in problem.groups {
            // Of a gang no more than fits uses the standing room of its place, whatever is free elsewhere.
            let sums = (0..<places).map { place in
                group.members.reduce(0) { $0 + worth[$1.kind * places + place].cost(of: Double($1.count)) }
            }
            // What can run nowhere by the rules known here costs nothing known.
            guard let least = sums.min(), least < .infinity else { continue }
            result.value += least * Double(count)
            guard wantsDirection else { continue }
            let near = sums.indices.filter { sums[$0] <= least * 1.0005 }
            for place in near {
                for member in group.members {
                    let slot = member.kind * places + place
                    let weight = Double(count) / Double(near.count)
                    var left = Double(member.count)
                    for room in worth[slot].standing where left > 0 {
                        let taken = min(left, room.capacity)
                        for resource in 0..<resourceCount {
                            loads[room.seller][resource] += weight * taken * requests[member.kind][resource]
                        }
                        left -= taken
                    }
                    weights[slot] += weight * left
                }
            }
        }
        result.value -= standingWorth(units) + tollWorth
        if wantsDirection { result.shares = direction(weights, worth, offers, standing: loads) }
        return result
    }

    private func standingWorth(_ units: [[Double]]) -> Double {
        problem.sellers.indices.filter { problem.sellers[$0].choice == nil }
            .reduce(0) { sum, index in
                sum + zip(units[index], problem.sellers[index].room).reduce(0) { $0 + $1.0 * $1.1 }
            }
    }

    private var tollWorth: Double {
        tolls.reduce(0) { sum, entry in
            let limits = problem.headroom[entry.key]
            return sum + entry.value.node * Double(max(0, limits?.nodes ?? 0))
                + entry.value.accelerator * Double(max(0, limits?.accelerators ?? 0))
                + entry.value.spend * max(0, limits?.spendPerHour?.approximate ?? 0)
        }
    }

    /// The load that each seller is given where it is the cheapest, or nearly, beside what standing room is given.
    private func direction(
        _ weights: [Double],
        _ worth: [Worth],
        _ offers: [[Double]],
        standing: [[Double]]
    ) -> [[Double]] {
        var loads = standing
        for (kind, sellers) in eligible.enumerated() {
            for place in 0..<problem.placeCount {
                let slot = kind * problem.placeCount + place
                guard weights[slot] > 0 else { continue }
                let near = sellers.indices.filter {
                    let seller = problem.sellers[sellers[$0]]
                    return seller.place == place && seller.choice != nil
                        && offers[kind][$0] <= worth[slot].bought * 1.0005
                }
                for index in near {
                    for resource in 0..<resourceCount {
                        loads[sellers[index]][resource] +=
                            weights[slot] * requests[kind][resource] / Double(near.count)
                    }
                }
            }
        }
        return loads
    }

    /// Shifts every seller's price towards the resources that are in demand there.
    private mutating func move(along slope: Slope, rate: Double) {
        for (index, seller) in problem.sellers.enumerated() {
            let load = slope.shares[index]
            if seller.choice == nil {
                for resource in 0..<resourceCount where seller.room[resource] > 0 {
                    let excess = (load[resource] - seller.room[resource]) / max(load[resource], seller.room[resource])
                    shares[index][resource] *= exp(rate * excess)
                }
                continue
            }
            let demand = zip(load, seller.room).map { $1 > 0 ? $0 / $1 : 0 }
            guard let most = demand.max(), most > 0 else { continue }
            var sum = 0.0
            for resource in 0..<resourceCount where seller.room[resource] > 0 {
                shares[index][resource] = max(1e-9, shares[index][resource]) * exp(rate * demand[resource] / most)
                sum += shares[index][resource]
            }
            shares[index] = shares[index].map { $0 / sum }
        }
    }

    // MARK: Limits

    /// Makes dearer what pools are asked for beyond their limits, and cheaper what is left of them.
    private mutating func raiseTolls(_ slope: Slope, rate: Double) {
        for (pool, limits) in problem.headroom {
            var used = Toll()
            var (prices, accelerators) = (0.0, 0.0)
            for (index, seller) in problem.sellers.enumerated() where seller.choice?.pool == pool {
                // The part of a node that each resource pays for.
                let nodes = (0..<resourceCount).reduce(0.0) { sum, resource in
                    seller.room[resource] > 0
                        ? sum + shares[index][resource] * slope.shares[index][resource] / seller.room[resource] : sum
                }
                used.node += nodes
                used.accelerator += nodes * seller.accelerators
                used.spend += nodes * seller.price
                prices = max(prices, seller.price)
                accelerators = max(accelerators, seller.accelerators)
            }
            var toll = tolls[pool] ?? Toll()
            func raised(_ toll: Double, by step: Double, _ used: Double, _ limit: Double?) -> Double {
                guard let limit, limit > 0 else { return 0 }
                return max(0, toll + step * rate * max(-1, min(1, (used - limit) / limit)))
            }
            toll.node = raised(toll.node, by: prices, used.node, limits.nodes.map(Double.init))
            let perAccelerator = accelerators > 0 ? prices / accelerators : 0
            let limit = limits.accelerators.map(Double.init)
            toll.accelerator = raised(toll.accelerator, by: perAccelerator, used.accelerator, limit)
            toll.spend = raised(toll.spend, by: 1, used.spend, limits.spendPerHour?.approximate)
            tolls[pool] = toll
        }
    }
}
