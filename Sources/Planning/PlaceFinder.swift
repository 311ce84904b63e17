import Model

/// Chooses the place, such as the zone, of pods whose rules speak of others there; one pod after the other, in an order
/// in which the scheduler can bind them.
struct PlaceFinder {
    /// Pods of a kind that wait; those of a gang may be kept to one home.
    struct Waiting {
        var kind: Int
        var count: Int
        var home: Home?
    }

    /// Where nodes may be bought; nil for anywhere.
    struct Ground: Hashable {
        var home: Home?
        var place: Int?
        /// The side of a workload that is spread over spot pools.
        var side: Int?
    }

    /// Pods of a kind that go to one place, or to any when nobody cares.
    struct Assigned: Hashable {
        var kind: Int
        var ground: Ground

        var place: Int? { ground.place }

        init(kind: Int, home: Home?, place: Int?) {
            self.kind = kind
            ground = Ground(home: home, place: place)
        }
    }

    /// Where pods could not be bought for after all.
    var closed: Set<Assigned> = []

    private struct Berth: Hashable {
        var station: Int
        var home: Home?
    }

    private struct Stay: Hashable {
        var kind: Int
        var home: Home?
    }

    private let problem: Problem
    private var knownCosts: [Stay: [(place: Int, cost: Double)]] = [:]
    /// For each station the open candidates by place, the largest first, and what each resource costs there at least.
    private var grounds: [Berth: [Int: (candidates: [Int], scale: [Double])]] = [:]

    init(_ problem: Problem) {
        self.problem = problem
    }

    /// - Parameters:
    ///   - waiting: What needs a place.
    ///   - wide: The rules, to which everything assigned is added.
    /// - Returns: The pods in the order in which they can be bound, those without rules last and all at once; and what
    ///   no place admits.
    mutating func assign(
        _ waiting: [Waiting],
        _ wide: inout WideRules
    ) -> (assigned: [(pods: Assigned, count: Int)], refused: [Waiting]) {
        var result: [(pods: Assigned, count: Int)] = []
        var rest: [Waiting] = []
        var free: [(pods: Assigned, count: Int)] = []
        for entry in waiting {
            if problem.isBoundToPlaces(entry.kind) {
                rest.append(entry)
            } else {
                free.append((Assigned(kind: entry.kind, home: entry.home, place: nil), entry.count))
            }
        }
        var progress = true
        while progress, !rest.isEmpty {
            progress = false
            var next: [Waiting] = []
            for entry in rest {
                var left = entry.count
                while left > 0, let place = bestPlace(entry, rest, wide) {
                    wide.add(entry.kind, at: place, count: 1)
                    result.append((Assigned(kind: entry.kind, home: entry.home, place: place), 1))
                    left -= 1
                    progress = true
                }
                if left > 0 { next.append(Waiting(kind: entry.kind, count: left, home: entry.home)) }
            }
            rest = next
        }
        return (result + free, rest)
    }

    private mutating func bestPlace(_ entry: Waiting, _ rest: [Waiting], _ wide: WideRules) -> Int? {
        let rules = problem.rules(of: entry.kind)
        // The first of a group decides for all of them.
        let leads = rules.wideJoins.first { $0.isSelf && wide.tallies.totals[$0.tally] == 0 }
        var best: (place: Int, cost: Double)?
        for (place, cost) in costs(entry)
        where closed.isEmpty || !closed.contains(Assigned(kind: entry.kind, home: entry.home, place: place)) {
            guard wide.admits(entry.kind, at: place) else { continue }
            var sum = cost * (1 + wide.reluctance(of: entry.kind, at: place))
            if let leads {
                for other in rest where problem.rules(of: other.kind).wideJoins.contains(leads) {
                    let found = costs(other).first { $0.place == place }
                    sum += (found?.cost ?? 1e9) * Double(other.count)
                }
            }
            if best.map({ sum < $0.cost * (1 - 1e-12) }) ?? true { best = (place, sum) }
        }
        return best?.place
    }

    /// Where a gang's pods could all get nodes.
    var homes: [Home] {
        var homes = Set(problem.hosts.compactMap { Home(labels: $0.labels) })
        for candidate in problem.candidates where candidate.isOpen { homes.insert(candidate.home) }
        return homes.sorted()
    }

    /// Where a gang costs least, when nothing is wasted; nil when its pods can get nodes together nowhere.
    mutating func cheapestHome(for load: [Batch.Load]) -> (home: Home, cost: Double)? {
        var best: (home: Home, cost: Double)?
        for home in homes {
            var sum = 0.0
            for entry in load {
                let found = costs(Waiting(kind: entry.kind, count: entry.count, home: home)).map(\.cost).min()
                sum += (found ?? .infinity) * Double(entry.count)
            }
            if sum < best.map({ $0.cost * (1 - 1e-12) }) ?? .infinity { best = (home, sum) }
        }
        return best
    }

    /// What one pod costs at least wherever it may go; nil when it can get a node nowhere.
    mutating func leastCost(of entry: Waiting) -> Double? { costs(entry).map(\.cost).min() }

    /// What one pod costs at least at each place where it can get a node.
    private mutating func costs(_ entry: Waiting) -> [(place: Int, cost: Double)] {
        let stay = Stay(kind: entry.kind, home: entry.home)
        if let known = knownCosts[stay] { return known }
        let kind = problem.kinds[entry.kind]
        var result: [(place: Int, cost: Double)] = []
        for (place, ground) in ground(kind.station, entry.home).sorted(by: { $0.key < $1.key }) {
            guard let cost = cost(kind, ground) else { continue }
            result.append((place, cost))
        }
        knownCosts[stay] = result
        return result
    }

    /// The cheapest share of a node that holds the pod; of very many nodes only what each resource costs at least.
    private func cost(_ kind: Kind, _ ground: (candidates: [Int], scale: [Double])) -> Double? {
        guard ground.candidates.count > 64 else {
            let costs = ground.candidates.filter { problem.fits(need: kind.need, on: $0) }.map { candidate in
                problem.share(of: kind.need, on: candidate)
                    * problem.cost(candidate, seconds: problem.seconds(kind.profile, on: candidate))
            }
            return costs.min()
        }
        guard let any = ground.candidates.first(where: { problem.fits(need: kind.need, on: $0) }) else { return nil }
        var cost = 0.0
        for resource in 0..<problem.width {
            cost = max(cost, Double(problem.needs[kind.need + resource]) * ground.scale[resource])
        }
        return cost * Double(problem.seconds(kind.profile, on: any))
    }

    private mutating func ground(_ station: Int, _ home: Home?) -> [Int: (candidates: [Int], scale: [Double])] {
        let berth = Berth(station: station, home: home)
        if let known = grounds[berth] { return known }
        let admitted = problem.admittedRow(station: station)
        let open = problem.candidates.indices.filter { index in
            admitted[index] && problem.candidates[index].isOpen && !problem.isDominated[index]
                && home.map { $0 == problem.candidates[index].home } ?? true
        }
        let found = Dictionary(grouping: open) { problem.candidates[$0].place }.mapValues { candidates in
            var scale = [Double](repeating: .infinity, count: problem.width)
            for candidate in candidates {
                for resource in 0..<problem.width {
                    let size = Double(problem.sizes[candidate * problem.width + resource])
                    if size > 0 { scale[resource] = min(scale[resource], problem.candidates[candidate].price / size) }
                }
            }
            let dearest = candidates.sorted { left, right in
                let (a, b) = (problem.candidates[left].price, problem.candidates[right].price)
                return a == b ? left < right : a > b
            }
            return (candidates: dearest, scale: scale.map { $0.isFinite ? $0 : 0 })
        }
        grounds[berth] = found
        return found
    }
}
