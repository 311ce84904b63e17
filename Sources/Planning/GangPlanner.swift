import Model

/// Finds the cheapest way to run all given pods of one gang together.
struct GangPlanner {
    /// How a gang is served.
    struct Arrangement {
        var gang: Int
        /// Nil when its nodes may stand anywhere.
        var home: Home?
        var rooms: HostRooms
        var placed: [HostRooms.Placed]
        /// Nodes of its own.
        var batches: [Batch]
        var ledger: Ledger
        /// With tolls.
        var cost: Money
        /// The rank of the bought capacity types in the order of preference.
        var rank: Int

        var nodes: Int { batches.reduce(0) { $0 + $1.copies } }
    }

    let problem: Problem
    let gang: Int
    /// Its pods by kind.
    let load: [Batch.Load]
    /// Where its members run already, when only the rest of them is to be placed; nil when it is free to go anywhere.
    let bound: Set<Home>?

    init(_ problem: Problem, gang: Int, kinds: [Int]) {
        self.problem = problem
        self.gang = gang
        load = kinds.map { Batch.Load(kind: $0, count: problem.kinds[$0].count) }
        let demand = problem.input.demands[gang]
        let own = problem.hosts.filter { $0.reservedFor == demand.workload.id }.compactMap { Home(labels: $0.labels) }
        let isPartial = demand.pods.count < demand.workload.gang?.minimum ?? 0
        bound = isPartial && !own.isEmpty ? Set(own) : nil
    }

    /// Why a gang whose other members run already may not use a candidate; nil when it may.
    func refusal(of candidate: Int) -> String? {
        guard !isFree, let bound, !bound.contains(problem.candidates[candidate].home) else { return nil }
        return "the gang runs in \(bound.sorted().map(\.description).joined(separator: ", "))"
    }

    var isFree: Bool { problem.input.demands[gang].workload.gang?.topology == .any }

    /// The cheapest arrangement of the whole gang on nodes of its own and on hosts, or nil when it does not fit as a
    /// whole.
    func arrange(rooms: HostRooms, ledger: Ledger) -> Arrangement? {
        guard !load.isEmpty else { return nil }
        var ledger = ledger
        ledger.spreadsOverSpotPools = isFree
        let usable = problem.hosts.indices.filter { host in load.contains { problem.admits(host: host, $0.kind) } }
        let open = problem.candidates.indices.filter { candidate in
            problem.candidates[candidate].isOpen && load.contains { problem.takes(candidate, $0.kind) }
        }
        if isFree { return arrange(in: nil, hosts: usable, candidates: open, rooms, ledger) }
        let hostsByHome = Dictionary(grouping: usable) { Home(labels: problem.hosts[$0].labels) }
        let openByHome = Dictionary(grouping: open) { problem.candidates[$0].home }
        let homes = Set(hostsByHome.keys.compactMap { $0 }).union(openByHome.keys).sorted()
        var best: Arrangement?
        for home in homes where bound?.contains(home) ?? true {
            let found = arrange(
                in: home,
                hosts: hostsByHome[home] ?? [],
                candidates: openByHome[home] ?? [],
                rooms,
                ledger
            )
            guard let found else { continue }
            if best.map({ (found.cost, found.nodes, found.rank) < ($0.cost, $0.nodes, $0.rank) }) ?? true {
                best = found
            }
        }
        return best
    }

    private func arrange(
        in home: Home?,
        hosts: [Int],
        candidates: [Int],
        _ rooms: HostRooms,
        _ ledger: Ledger
    ) -> Arrangement? {
        var rooms = rooms
        var placed: [HostRooms.Placed] = []
        var rest: [Batch.Load] = []
        let id = problem.input.demands[gang].workload.id
        let own = hosts.filter { problem.hosts[$0].reservedFor == id }
        let shared = hosts.filter { problem.hosts[$0].reservedFor == nil }
        for entry in ordered(load) {
            var left = entry.count
            for group in [own, shared] where left > 0 {
                let found = rooms.place(entry.kind, count: left, among: group)
                placed += found
                left -= found.reduce(0) { $0 + $1.count }
            }
            if left > 0 { rest.append(Batch.Load(kind: entry.kind, count: left)) }
        }
        rest.sort { $0.kind < $1.kind }
        guard let (batches, left) = nodes(for: rest, in: home, candidates, &rooms, ledger) else { return nil }
        return Arrangement(
            gang: gang,
            home: home,
            rooms: rooms,
            placed: placed,
            batches: batches,
            ledger: left,
            cost: problem.cost(of: batches, at: \.tolledPrice),
            rank: rank(batches)
        )
    }

    /// All nodes alike, the cheapest such; of several shapes only where no single one will do.
    private func nodes(
        for rest: [Batch.Load],
        in home: Home?,
        _ candidates: [Int],
        _ rooms: inout HostRooms,
        _ ledger: Ledger
    ) -> (batches: [Batch], ledger: Ledger)? {
        guard !rest.isEmpty else { return ([], ledger) }
        guard let places = places(for: rest, in: home, &rooms.wide) else { return nil }
        var best: Uniform?
        for candidate in candidates {
            let place = problem.candidates[candidate].place
            guard places.allSatisfy({ $0.pods.place == nil || $0.pods.place == place }),
                let batches = problem.pack(rest, on: candidate)
            else { continue }
            let count = batches.reduce(0) { $0 + $1.copies }
            guard ledger.room(for: problem.candidates[candidate]) >= count else { continue }
            guard let spread = held(rest, on: candidate, rooms.spread) else { continue }
            let found = (
                batches: batches, cost: problem.cost(of: batches, at: \.tolledPrice), count: count,
                rank: rank(batches), spread: spread
            )
            if best.map({ (found.cost, found.count, found.rank) < ($0.cost, $0.count, $0.rank) }) ?? true {
                best = found
            }
        }
        guard best == nil || isSpread else { return take(best, ledger, &rooms) }
        var others = rooms
        guard let mixed = mixed(places, candidates, &others, ledger) else { return take(best, ledger, &rooms) }
        if let best, best.cost <= problem.cost(of: mixed.batches, at: \.tolledPrice) {
            return take(best, ledger, &rooms)
        }
        rooms = others
        return mixed
    }

    /// Nodes that are all alike.
    private typealias Uniform = (batches: [Batch], cost: Money, count: Int, rank: Int, spread: WorkloadSpread)

    private func take(
        _ found: Uniform?,
        _ ledger: Ledger,
        _ rooms: inout HostRooms
    ) -> (batches: [Batch], ledger: Ledger)? {
        guard let found else { return nil }
        var left = ledger
        for batch in found.batches { left.take(problem.candidates[batch.candidate], count: batch.copies) }
        rooms.spread = found.spread
        return (found.batches, left)
    }

    /// Whether no spot pool may have too much of it.
    private var isSpread: Bool { problem.workloadShares[gang] != nil }

    /// Whether the spot pool of a candidate may have all of it.
    func mayStand(on candidate: Int, _ spread: WorkloadSpread) -> Bool { held(load, on: candidate, spread) != nil }

    /// Counts pods in the spot pool of a candidate; nil where that pool may not have so many of them.
    private func held(_ rest: [Batch.Load], on candidate: Int, _ spread: WorkloadSpread) -> WorkloadSpread? {
        guard isSpread, let pool = problem.candidates[candidate].spotPool else { return spread }
        var spread = spread
        for entry in rest {
            guard spread.room(for: entry.kind, in: pool) >= entry.count else { return nil }
            spread.hold(entry.kind, in: pool, count: entry.count)
        }
        return spread
    }

    /// The places that rules between pods leave to the gang in its home; nil when they leave none to some of it.
    private func places(
        for rest: [Batch.Load],
        in home: Home?,
        _ wide: inout WideRules
    ) -> [(pods: PlaceFinder.Assigned, count: Int)]? {
        var finder = PlaceFinder(problem)
        let waiting = rest.map { PlaceFinder.Waiting(kind: $0.kind, count: $0.count, home: home) }
        let (assigned, refused) = finder.assign(waiting, &wide)
        guard refused.isEmpty else { return nil }
        var counts: [PlaceFinder.Assigned: Int] = [:]
        for (pods, count) in assigned { counts[pods, default: 0] += count }
        return assigned.map(\.pods).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
            .map { ($0, counts[$0] ?? 0) }
    }

    private func mixed(
        _ places: [(pods: PlaceFinder.Assigned, count: Int)],
        _ candidates: [Int],
        _ rooms: inout HostRooms,
        _ ledger: Ledger
    ) -> (batches: [Batch], ledger: Ledger)? {
        let usable = Set(candidates)
        var buyer = Buyer(problem)
        buyer.ledger = ledger
        let divided = rooms.spread.divided(places, ledger, among: candidates)
        let spread = rooms.spread
        for (pods, count) in divided {
            _ = buyer.receive(pods.kind, count: count) { candidate in
                usable.contains(candidate) && pods.place.map { $0 == problem.candidates[candidate].place } ?? true
                    && pods.ground.side.map { spread.allows(candidate, side: $0) } ?? true
            }
        }
        buyer.buy()
        guard buyer.unplaced.isEmpty else { return nil }
        return (buyer.batches, buyer.ledger)
    }

    private func rank(_ batches: [Batch]) -> Int {
        guard let kind = load.first?.kind else { return 0 }
        let station = problem.station(of: kind)
        return batches.map { station.rank(of: problem.candidates[$0.candidate].offering.capacityType) }.max() ?? 0
    }

    /// The kinds with the fewest places first, then those that take most.
    private func ordered(_ load: [Batch.Load]) -> [Batch.Load] {
        guard !problem.hosts.isEmpty else { return load }
        let places = Dictionary(
            uniqueKeysWithValues: load.map { entry in
                (entry.kind, problem.hosts.indices.count { problem.admits(host: $0, entry.kind) })
            }
        )
        return load.sorted { left, right in
            (places[left.kind] ?? 0, -problem.stake(of: left.kind), left.kind)
                < (places[right.kind] ?? 0, -problem.stake(of: right.kind), right.kind)
        }
    }
}
