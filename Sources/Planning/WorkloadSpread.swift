import Model

/// Keeps every workload's accelerators apart, so that no spot pool's loss takes more of them than the configured share.
///
/// A workload's pods are divided into sides with spot pools of their own, none larger than what one pool may have of the
/// workload. Whatever the search then does with a side, and wherever it moves its pods later, no pool gets more: nobody
/// has to count while nodes are chosen. What fits on no side is kept off spot.
struct WorkloadSpread {
    /// Some pods that may go to the same candidates.
    private struct Side: Hashable {
        /// Spot pools, ascending; every other one is barred.
        var pools: [Int]
    }

    /// A workload's pods that are to go to one ground.
    private struct Party: Hashable {
        var demand: Int
        var ground: PlaceFinder.Ground
    }

    /// How many pods of a kind are given to a side.
    private struct Allotment {
        var kind: Int
        var side: Int
        var count: Int
    }

    private struct Berth: Hashable {
        var kind: Int
        var pool: Int
    }

    private let problem: Problem
    /// By demand, with what is given away in this plan.
    private var shares: [Int: WorkloadShare]
    private var sides = Interner<Side>()
    /// Pools where a kind could not be bought for after all.
    private var failed: Set<Berth> = []

    init(_ problem: Problem) {
        self.problem = problem
        shares = problem.workloadShares
    }

    // MARK: - Standing room

    /// How many more pods of a kind a spot pool may have.
    func room(for kind: Int, in pool: Int) -> Int {
        guard let share = problem.kinds[kind].spread.flatMap({ shares[$0] }) else { return .max }
        return share.room(for: problem.accelerators(of: kind), in: pool)
    }

    /// Counts pods in a spot pool, or takes them off it when the number is negative.
    mutating func hold(_ kind: Int, in pool: Int, count: Int) {
        guard let demand = problem.kinds[kind].spread else { return }
        shares[demand]?.held[pool, default: 0] += problem.accelerators(of: kind) * Int64(count)
    }

    // MARK: - Sides

    /// Whether pods of a side may go to a candidate.
    func allows(_ candidate: Int, side: Int) -> Bool {
        guard let pool = problem.candidates[candidate].spotPool else { return true }
        return sides.values[side].pools.contains(pool)
    }

    /// Divides pods that are to be bought for among sides.
    ///
    /// - Parameters:
    ///   - assigned: Pods in the order of binding.
    ///   - ledger: What can still be bought.
    ///   - usable: Which candidates may be used at all.
    /// - Returns: The same pods in the same order; those of workloads that are to be spread, each on a side.
    mutating func divided(
        _ assigned: [(pods: PlaceFinder.Assigned, count: Int)],
        _ ledger: Ledger,
        among usable: [Int]? = nil
    ) -> [(pods: PlaceFinder.Assigned, count: Int)] {
        guard assigned.contains(where: { problem.kinds[$0.pods.kind].spread != nil }) else { return assigned }
        var loads: [Party: [Int: Int]] = [:]
        var order: [Party] = []
        for (pods, count) in assigned {
            guard let demand = problem.kinds[pods.kind].spread else { continue }
            let party = Party(demand: demand, ground: pods.ground)
            if loads[party] == nil { order.append(party) }
            loads[party, default: [:]][pods.kind, default: 0] += count
        }
        var allotments: [Party: [Allotment]] = [:]
        for party in order {
            allotments[party] = allot(
                loads[party] ?? [:],
                of: party,
                ledger,
                usable ?? Array(problem.candidates.indices)
            )
        }
        return assigned.flatMap { pods, count in
            guard let demand = problem.kinds[pods.kind].spread else { return [(pods, count)] }
            let party = Party(demand: demand, ground: pods.ground)
            var result: [(pods: PlaceFinder.Assigned, count: Int)] = []
            var left = count
            for index in (allotments[party] ?? []).indices where left > 0 {
                guard let allotment = allotments[party]?[index], allotment.kind == pods.kind, allotment.count > 0 else {
                    continue
                }
                let taken = min(left, allotment.count)
                allotments[party]?[index].count -= taken
                left -= taken
                var placed = pods
                placed.ground.side = allotment.side
                result.append((placed, taken))
            }
            return result
        }
    }

    /// Gives pods back for which nothing could be bought on their side.
    ///
    /// - Returns: Whether there may be another side for them.
    mutating func giveBack(_ pods: PlaceFinder.Assigned, count: Int) -> Bool {
        guard let side = pods.ground.side, !sides.values[side].pools.isEmpty else { return false }
        for pool in sides.values[side].pools {
            hold(pods.kind, in: pool, count: -count)
            failed.insert(Berth(kind: pods.kind, pool: pool))
        }
        return true
    }

    /// A spot pool that some of the pods could use.
    private struct Ranked {
        var pool: Int
        var kinds: Set<Int>
        /// Of an accelerator, in the mean of the pods that could go there.
        var cost: Double
    }

    /// Divides pods among as few sides as hold all of them. The sides take turns in the order of price, so that each has
    /// one of the cheapest pools and others to turn to.
    private mutating func allot(
        _ load: [Int: Int],
        of party: Party,
        _ ledger: Ledger,
        _ usable: [Int]
    ) -> [Allotment] {
        guard let share = shares[party.demand] else { return [] }
        // Those that take most are the hardest to find room for.
        let kinds = load.keys.sorted { left, right in
            let (a, b) = (problem.accelerators(of: left), problem.accelerators(of: right))
            return a == b ? left < right : a > b
        }
        let ranked = ranked(load, kinds, party, ledger, usable)
        let able = kinds.filter { kind in ranked.contains { $0.kinds.contains(kind) } }
        let wanted = able.reduce(0) { $0 + problem.accelerators(of: $1) * Int64(load[$1] ?? 0) }
        var found = (given: [Given](), share: share)
        var count = max(1, Int((wanted + max(share.most, 1) - 1) / max(share.most, 1)))
        while !ranked.isEmpty {
            count = min(count, ranked.count)
            found = give(load, able, ranked, sides: count, share)
            let given = found.given.reduce(0) { $0 + $1.count }
            if count == ranked.count || given == able.reduce(0, { $0 + (load[$1] ?? 0) }) { break }
            count += 1
        }
        shares[party.demand] = found.share
        var result = found.given.map { given in
            Allotment(kind: given.kind, side: sides.number(of: Side(pools: given.pools)), count: given.count)
        }
        let offSpot = sides.number(of: Side(pools: []))
        for kind in kinds {
            let left = (load[kind] ?? 0) - result.reduce(0) { $0 + ($1.kind == kind ? $1.count : 0) }
            if left > 0 { result.append(Allotment(kind: kind, side: offSpot, count: left)) }
        }
        return result
    }

    private struct Given {
        var kind: Int
        var pools: [Int]
        var count: Int
    }

    private func give(
        _ load: [Int: Int],
        _ kinds: [Int],
        _ ranked: [Ranked],
        sides: Int,
        _ share: WorkloadShare
    ) -> (given: [Given], share: WorkloadShare) {
        var share = share
        var given: [Given] = []
        for kind in kinds {
            let accelerators = problem.accelerators(of: kind)
            var left = load[kind] ?? 0
            for side in 0..<sides where left > 0 {
                let pools = stride(from: side, to: ranked.count, by: sides).map { ranked[$0] }
                    .filter { $0.kinds.contains(kind) }.map(\.pool)
                guard let room = pools.map({ share.room(for: accelerators, in: $0) }).min() else { continue }
                let count = min(left, room)
                guard count > 0 else { continue }
                for pool in pools { share.held[pool, default: 0] += accelerators * Int64(count) }
                given.append(Given(kind: kind, pools: pools.sorted(), count: count))
                left -= count
            }
        }
        return (given, share)
    }

    /// The spot pools with room for some of the pods, the cheapest first.
    private func ranked(
        _ load: [Int: Int],
        _ kinds: [Int],
        _ party: Party,
        _ ledger: Ledger,
        _ usable: [Int]
    ) -> [Ranked] {
        var costs: [Int: [Int: Double]] = [:]
        for kind in kinds {
            let own = problem.kinds[kind]
            let admitted = problem.admittedRow(station: own.station)
            for index in usable where admitted[index] && !problem.isDominated[index] {
                let candidate = problem.candidates[index]
                guard let pool = candidate.spotPool, candidate.isOpen, problem.fits(need: own.need, on: index),
                    party.ground.place.map({ $0 == candidate.place }) ?? true,
                    party.ground.home.map({ $0 == candidate.home }) ?? true,
                    !failed.contains(Berth(kind: kind, pool: pool)), room(for: kind, in: pool) > 0,
                    ledger.room(for: candidate) > 0
                else { continue }
                let cost =
                    problem.share(of: own.need, on: index)
                    * problem.cost(index, seconds: problem.seconds(own.profile, on: index))
                costs[pool, default: [:]][kind] = min(costs[pool]?[kind] ?? .infinity, cost)
            }
        }
        let found = costs.map { pool, costs in
            var (sum, accelerators) = (0.0, 0.0)
            for (kind, cost) in costs.sorted(by: { $0.key < $1.key }) {
                sum += cost * Double(load[kind] ?? 0)
                accelerators += Double(problem.accelerators(of: kind)) * Double(load[kind] ?? 0)
            }
            return Ranked(pool: pool, kinds: Set(costs.keys), cost: sum / max(accelerators, 1))
        }
        return found.sorted { $0.cost == $1.cost ? $0.pool < $1.pool : $0.cost < $1.cost }
    }
}
