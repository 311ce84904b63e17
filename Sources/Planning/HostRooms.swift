import Model

/// The room that is left on nodes that stand or boot, while a plan is made.
struct HostRooms {
    /// Some pods of a kind on one host.
    struct Placed {
        var kind: Int
        var host: Int
        var count: Int
    }

    private let problem: Problem
    /// Free amounts in thousandths, by host.
    private var free: [[Int64]]
    private var rules: [NodeRules]
    /// How many pods of each host tally run on hosts.
    private(set) var totals: [Int]
    var wide: WideRules
    var spread: WorkloadSpread

    init(_ problem: Problem, bought: Set<Int> = []) {
        self.problem = problem
        free = problem.hostFree
        rules = problem.hostRules
        totals = problem.standingOnHosts
        wide = WideRules(problem, bought: bought)
        spread = WorkloadSpread(problem)
    }

    /// Places what fits, in the order that leaves the least to buy.
    ///
    /// - Parameter waiting: Kinds and how many pods of each.
    /// - Returns: What was placed where, in the order in which it can be bound, and what found no room.
    mutating func place(
        _ waiting: [(kind: Int, count: Int)]
    ) -> (placed: [Placed], rest: [(kind: Int, count: Int)]) {
        guard !free.isEmpty, !waiting.isEmpty else { return ([], waiting) }
        var best: (rooms: HostRooms, placed: [Placed], gain: Double)?
        for order in orders(waiting) {
            var trial = self
            var placed: [Placed] = []
            var gain = 0.0
            // Whoever must be near others is asked again once those have found room.
            var left = order
            while !left.isEmpty {
                var next: [(kind: Int, count: Int)] = []
                let before = placed.count
                for (kind, count) in left {
                    let found = trial.place(kind, count: count, among: Array(problem.hosts.indices))
                    placed += found
                    let sum = found.reduce(0) { $0 + $1.count }
                    gain += problem.stake(of: kind) * Double(sum)
                    let rules = problem.rules(of: kind)
                    let mayYet = !(rules.joins.isEmpty && rules.wideJoins.isEmpty && rules.wideSpreads.isEmpty)
                    if sum < count, mayYet { next.append((kind, count - sum)) }
                }
                guard placed.count > before else { break }
                left = next
            }
            if best.map({ gain > $0.gain * (1 + 1e-12) }) ?? true { best = (trial, placed, gain) }
        }
        guard let best else { return ([], waiting) }
        self = best.rooms
        var counts: [Int: Int] = [:]
        for placed in best.placed { counts[placed.kind, default: 0] += placed.count }
        return (best.placed, waiting.map { ($0.kind, $0.count - (counts[$0.kind] ?? 0)) }.filter { $0.count > 0 })
    }

    /// Places pods of one kind, each where it leaves the least behind.
    mutating func place(_ kind: Int, count: Int, among hosts: [Int]) -> [Placed] {
        let need = problem.kinds[kind].need
        let fitting = hosts.filter { host in
            problem.count(need: need, fitting: free[host], limit: 1) > 0 && problem.admits(host: host, kind)
        }
        guard !fitting.isEmpty else { return [] }
        // One pod more on a host makes it fuller still, so the order found for the first holds for the rest.
        let ordered = fitting.map { (host: $0, waste: waste(on: $0, after: need, kind)) }
            .sorted {
                ($0.waste.accelerators, $0.waste.rest, $0.host) < ($1.waste.accelerators, $1.waste.rest, $1.host)
            }
        var left = count
        var result: [Placed] = []
        let isBound = problem.rules(of: kind).isBoundToPlaces
        var progress = true
        while left > 0, progress {
            progress = false
            for (host, _) in ordered where left > 0 {
                let taken = room(for: kind, on: host, limit: isBound ? 1 : left)
                guard taken > 0 else { continue }
                occupy(host, kind: kind, count: taken)
                result.append(Placed(kind: kind, host: host, count: taken))
                left -= taken
                progress = true
                // A rule may now prefer another host: the best one is looked for anew.
                if isBound { break }
            }
        }
        return result
    }

    private func room(for kind: Int, on host: Int, limit: Int) -> Int {
        let own = problem.rules(of: kind)
        var fitting = problem.count(need: problem.kinds[kind].need, fitting: free[host], limit: limit)
        guard fitting > 0 else { return 0 }
        if let pool = problem.hostSpotPool[host] {
            fitting = min(fitting, spread.room(for: kind, in: pool))
            guard fitting > 0 else { return 0 }
        }
        guard !own.isFreeOnNode || own.isBoundToPlaces else { return fitting }
        for join in own.joins where rules[host].count(of: join.tally) == 0 {
            guard own.joins.allSatisfy({ $0.isSelf && totals[$0.tally] == 0 }) else { return 0 }
        }
        guard !own.isBoundToPlaces || wide.admits(kind, at: problem.hostPlace[host]) else { return 0 }
        return rules[host].room(for: own, limit: fitting)
    }

    /// Takes the room for pods, or gives it back when the number is negative.
    mutating func occupy(_ host: Int, kind: Int, count: Int) {
        problem.take(count, need: problem.kinds[kind].need, from: &free[host])
        let own = problem.rules(of: kind)
        rules[host].add(own, count: count)
        for tally in own.adds { totals[tally] += count }
        wide.add(kind, at: problem.hostPlace[host], count: count)
        if let pool = problem.hostSpotPool[host] { spread.hold(kind, in: pool, count: count) }
    }

    /// What one pod leaves free on a host: accelerators first, so that pods without stay off such hosts; what it would
    /// rather avoid counts as waste.
    private func waste(on host: Int, after need: Int, _ kind: Int) -> (accelerators: Double, rest: Double) {
        var accelerators = 0.0
        var rest = problem.reluctance(host: host, problem.kinds[kind].station) * 20
        for resource in 0..<problem.width {
            let left = Double(free[host][resource] - problem.needs[need + resource])
            if problem.isAccelerator[resource] {
                accelerators += left
            } else {
                rest += left / Double(max(problem.hostFree[host][resource], 1))
            }
        }
        return (accelerators, rest)
    }

    private func orders(_ waiting: [(kind: Int, count: Int)]) -> [[(kind: Int, count: Int)]] {
        func stake(_ kind: Int) -> Double { problem.stake(of: kind) }
        var places: [Int: Int] = [:]
        for (kind, _) in waiting {
            let need = problem.kinds[kind].need
            places[kind] = free.indices.count { host in
                problem.count(need: need, fitting: free[host], limit: 1) > 0 && problem.admits(host: host, kind)
            }
        }
        let byValue = waiting.sorted { (-stake($0.kind), $0.kind) < (-stake($1.kind), $1.kind) }
        let byScarcity = waiting.sorted { left, right in
            (places[left.kind] ?? 0, -stake(left.kind), left.kind)
                < (places[right.kind] ?? 0, -stake(right.kind), right.kind)
        }
        let largest = (0..<problem.width).map { index in max(1, free.map { $0[index] }.max() ?? 1) }
        func size(_ kind: Int) -> Double {
            let need = problem.kinds[kind].need
            return largest.indices.map { Double(problem.needs[need + $0]) / Double(largest[$0]) }.max() ?? 0
        }
        let bySize = waiting.sorted { (-size($0.kind), $0.kind) < (-size($1.kind), $1.kind) }
        return [byScarcity, byValue, bySize]
    }
}
