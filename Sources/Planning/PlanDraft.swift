import Model

/// A plan in the making: band after band of priority, gangs first, hosts before nodes.
struct PlanDraft {
    /// Pods of one kind that got a place on a host, or go to nodes of one place, in the order of binding.
    enum Step {
        case placed(HostRooms.Placed)
        case assigned(PlaceFinder.Assigned, count: Int)
        /// A gang on nodes of its own.
        case arranged(Int)
    }

    let problem: Problem
    private(set) var rooms: HostRooms
    private(set) var finder: PlaceFinder
    private(set) var buyer: Buyer
    private(set) var steps: [Step] = []
    private(set) var arrangements: [Int: GangPlanner.Arrangement] = [:]
    /// The lot of pods that share nodes.
    private(set) var lotOf: [PlaceFinder.Assigned: Int] = [:]
    /// Pods that rules between pods keep out everywhere.
    private(set) var refused: [Int: WideRules.Refusal] = [:]
    /// By demand.
    let kindsOfGang: [Int: [Int]]
    let expected: Set<Int>

    /// - Parameters:
    ///   - problem: What is planned.
    ///   - expected: Candidates of which nodes are expected to be bought.
    init(_ problem: Problem, expecting expected: Set<Int> = []) {
        self.problem = problem
        self.expected = expected
        rooms = HostRooms(problem, bought: expected)
        finder = PlaceFinder(problem)
        buyer = Buyer(problem)
        var kindsOfGang: [Int: [Int]] = [:]
        for (index, kind) in problem.kinds.enumerated() {
            if let gang = kind.gang { kindsOfGang[gang, default: []].append(index) }
        }
        self.kindsOfGang = kindsOfGang
    }

    /// Whatever is bought, for whomever, makes its zone count for those who are to be spread over zones: a plan that buys
    /// where no one expected it is made again. So is one in which pods stand in the way of others that come after them.
    ///
    /// - Parameter problem: What is planned.
    /// - Returns: A decided plan.
    static func decided(_ problem: Problem) -> PlanDraft {
        var draft = PlanDraft(problem)
        draft.decide()
        for _ in 0..<mostRevisions where !draft.isForeseen {
            draft = PlanDraft(problem, expecting: draft.bought.union(draft.expected))
            draft.decide()
        }
        guard problem.hasCountedLater, !problem.bindsCountedLater else { return draft }
        let misfits = Outcome(draft).misfits
        guard misfits > 0 else { return draft }
        let bound = decided(problem.bindingCountedLater())
        return Outcome(bound).misfits < misfits ? bound : draft
    }

    /// Whether nothing was bought that makes another zone count than those that were reckoned with, or that brings
    /// daemons somewhere that nobody reckoned with.
    var isForeseen: Bool {
        let isIndifferent = problem.scopes.all.isEmpty && problem.watchedOfDaemons.allSatisfy(\.isEmpty)
        return isIndifferent || WideRules(problem, bought: bought.union(expected)).outlook == rooms.wide.outlook
    }

    private static let mostRevisions = 3

    /// Decides; where limits bind again with tolls on what they let be bought, and keeps the best.
    ///
    /// - Parameter input: What is planned.
    /// - Returns: A decided plan.
    static func decided(_ input: PlanInput) -> PlanDraft {
        let problem = Problem(input)
        let plain = decided(problem)
        guard problem.isLimited, let tolls = Tolls.find(problem) else { return plain }
        var best = plain
        for percent in tollPercents {
            let tolled = decided(Problem(input, tolls: tolls.map { $0 * percent / 100 }))
            if tolled.isBetter(than: best) { best = tolled }
        }
        return best
    }

    /// At the whole toll nobody would mind going elsewhere, and room that is worth having could stay empty.
    private static let tollPercents = [95, 80]

    /// Whether more is served, what is of higher priority first; or as much for less, tolls left aside.
    private func isBetter(than other: PlanDraft) -> Bool {
        let (mine, theirs) = (served, other.served)
        for priority in Set(mine.keys).union(theirs.keys).sorted(by: >) {
            let (a, b) = (mine[priority, default: 0], theirs[priority, default: 0])
            if abs(a - b) > 1e-6 * max(a, b) { return a > b }
        }
        return cost < other.cost
    }

    /// What everything bought costs.
    private var cost: Money {
        problem.cost(of: buyer.batches) + arrangements.values.reduce(.zero) { $0 + problem.cost(of: $1.batches) }
    }

    /// How much of the work has a place, by priority.
    private var served: [Int: Double] {
        var result: [Int: Double] = [:]
        func add(_ kind: Int, _ count: Int) {
            result[problem.kinds[kind].priority, default: 0] += problem.weight(of: kind) * Double(count)
        }
        for case .placed(let placed) in steps { add(placed.kind, placed.count) }
        for batch in buyer.batches + arrangements.values.flatMap(\.batches) {
            for entry in batch.load { add(entry.kind, entry.count * batch.copies) }
        }
        return result
    }

    /// By demand that is to be spread over spot pools, what each of them has of it.
    var workloadShares: [Int: WorkloadShare] {
        var result = problem.workloadShares
        guard !result.isEmpty else { return result }
        func add(_ kind: Int, _ pool: Int?, _ count: Int) {
            guard let demand = problem.kinds[kind].spread, let pool else { return }
            result[demand]?.held[pool, default: 0] += problem.accelerators(of: kind) * Int64(count)
        }
        for case .placed(let placed) in steps { add(placed.kind, problem.hostSpotPool[placed.host], placed.count) }
        for batch in buyer.batches + arrangements.values.flatMap(\.batches) {
            let pool = problem.candidates[batch.candidate].spotPool
            for entry in batch.load { add(entry.kind, pool, entry.count * batch.copies) }
        }
        return result
    }

    /// Candidates of which nodes are bought.
    var bought: Set<Int> {
        Set(buyer.baskets.map(\.candidate) + arrangements.values.flatMap { $0.batches.map(\.candidate) })
    }

    private mutating func decide() {
        for band in bands() {
            let gangs = inOrder(problem.gangs.filter { band.contains(problem.input.demands[$0].workload.priority) })
            var waiting: [PlaceFinder.Waiting] = []
            for gang in gangs {
                if problem.input.gangsShareNodes {
                    serveAmongOthers(gang, &waiting)
                } else {
                    serveApart(gang)
                }
            }
            let lone = problem.kinds.indices.filter {
                problem.kinds[$0].gang == nil && band.contains(problem.kinds[$0].priority)
            }
            .map { (kind: $0, count: problem.kinds[$0].count) }
            let (placed, rest) = rooms.place(lone)
            steps += placed.map(Step.placed)
            waiting += rest.map { PlaceFinder.Waiting(kind: $0.kind, count: $0.count) }
            assign(waiting)
            buyer.buy()
            for _ in 0..<Self.mostMoves where moveUnplaced() { buyer.buy() }
        }
        buyer.improve()
    }

    /// Where room is short, whoever has waited longest comes first. Where anything can be bought for everybody, standing
    /// room goes to those who would pay most for it.
    private mutating func inOrder(_ gangs: [Int]) -> [Int] {
        guard !problem.hosts.isEmpty, !problem.isLimited else { return gangs }
        let worths = gangs.map { gang in
            let load = GangPlanner(problem, gang: gang, kinds: kindsOfGang[gang] ?? []).load
            let sum = finder.cheapestHome(for: load)?.cost ?? .infinity
            let share = load.reduce(0.0) { $0 + problem.weight(of: $1.kind) * Double($1.count) }
            return sum / max(share, 1e-9)
        }
        return gangs.indices.sorted { worths[$0] == worths[$1] ? $0 < $1 : worths[$0] > worths[$1] }.map { gangs[$0] }
    }

    /// What is planned together before anything of lower priority; all at once where nothing is short.
    private func bands() -> [ClosedRange<Int>] {
        let priorities = problem.kinds.map(\.priority).uniqueSorted()
        guard let least = priorities.first, let most = priorities.last else { return [] }
        let isShort = !problem.hosts.isEmpty || problem.isLimited
        return isShort ? priorities.reversed().map { $0...$0 } : [least...most]
    }

    private mutating func assign(_ waiting: [PlaceFinder.Waiting]) {
        var waiting = waiting
        while true {
            let (assigned, refused) = finder.assign(waiting, &rooms.wide)
            for (pods, count) in rooms.spread.divided(assigned, buyer.ledger) {
                steps.append(.assigned(pods, count: count))
                receive(pods, count)
            }
            // With others in place, a host may take now what it could not take before.
            let lone = refused.filter { problem.kinds[$0.kind].gang == nil }
            let (placed, _) = rooms.place(lone.map { ($0.kind, $0.count) })
            steps += placed.map(Step.placed)
            waiting = refused.map { entry in
                var left = entry
                if problem.kinds[entry.kind].gang == nil {
                    left.count -= placed.reduce(0) { $0 + ($1.kind == entry.kind ? $1.count : 0) }
                }
                return left
            }.filter { $0.count > 0 }
            if placed.isEmpty || waiting.isEmpty { break }
        }
        for entry in waiting { note(entry) }
    }

    private static let mostMoves = 4

    /// Pods for which nothing could be bought at their place, or on their side, try the others.
    ///
    /// - Returns: Whether any did.
    private mutating func moveUnplaced() -> Bool {
        var waiting: [PlaceFinder.Waiting] = []
        for (pods, lot) in lotOf.sorted(by: { $0.value < $1.value }) where buyer.unplaced[lot] != nil {
            guard pods.place != nil || pods.ground.side != nil, problem.kinds[pods.kind].gang == nil else { continue }
            let isElsewhere = rooms.spread.giveBack(pods, count: buyer.unplaced[lot] ?? 0)
            guard isElsewhere || pods.place != nil else { continue }
            let count = buyer.release(lot)
            if let place = pods.place { rooms.wide.add(pods.kind, at: place, count: -count) }
            let home = pods.ground.home
            if !isElsewhere {
                finder.closed.insert(PlaceFinder.Assigned(kind: pods.kind, home: home, place: pods.place))
            }
            if let known = waiting.firstIndex(where: { $0.kind == pods.kind && $0.home == home }) {
                waiting[known].count += count
            } else {
                waiting.append(PlaceFinder.Waiting(kind: pods.kind, count: count, home: home))
            }
        }
        guard !waiting.isEmpty else { return false }
        assign(waiting)
        return true
    }

    private mutating func receive(_ pods: PlaceFinder.Assigned, _ count: Int) {
        if let known = lotOf[pods] {
            buyer.receive(more: count, of: known)
            return
        }
        guard let side = pods.ground.side else {
            lotOf[pods] = buyer.receive(pods.kind, count: count, ground: pods.ground)
            return
        }
        let spread = rooms.spread
        lotOf[pods] = buyer.receive(pods.kind, count: count, ground: pods.ground) { spread.allows($0, side: side) }
    }

    private mutating func note(_ entry: PlaceFinder.Waiting) {
        let station = problem.kinds[entry.kind].station
        let admitted = problem.admittedRow(station: station)
        let places = problem.candidates.indices.filter { admitted[$0] }.map { problem.candidates[$0].place }
        refused[entry.kind] = places.uniqueSorted().compactMap { rooms.wide.refusal(of: entry.kind, at: $0) }.first
    }

    // MARK: - Gangs

    /// Serves a gang on hosts and on nodes that no one else uses.
    private mutating func serveApart(_ gang: Int) {
        let planner = GangPlanner(problem, gang: gang, kinds: kindsOfGang[gang] ?? [])
        guard let arrangement = planner.arrange(rooms: rooms, ledger: buyer.ledger) else {
            keepRoom(for: planner)
            return
        }
        rooms = arrangement.rooms
        buyer.ledger = arrangement.ledger
        buyer.ledger.spreadsOverSpotPools = true
        steps += arrangement.placed.map(Step.placed)
        steps.append(.arranged(gang))
        arrangements[gang] = arrangement
    }

    /// Finds a home for a gang whose pods may share nodes with others.
    private mutating func serveAmongOthers(_ gang: Int, _ waiting: inout [PlaceFinder.Waiting]) {
        let kinds = kindsOfGang[gang] ?? []
        let planner = GangPlanner(problem, gang: gang, kinds: kinds)
        guard !problem.hosts.isEmpty || problem.isLimited || planner.isFree else {
            if let home = finder.cheapestHome(for: planner.load)?.home {
                waiting += planner.load.map { PlaceFinder.Waiting(kind: $0.kind, count: $0.count, home: home) }
            }
            return
        }
        guard let found = home(for: planner) else {
            keepRoom(for: planner)
            return
        }
        self = found
    }

    /// A home that a gang may get, with what of it has found standing room there.
    private struct Prospect {
        var draft: PlanDraft
        var waiting: [PlaceFinder.Waiting]
        /// What the rest costs when nothing is wasted.
        var least: Double
    }

    /// The cheapest way to serve a gang now, as the draft that comes of it. Homes are tried in the order of what they cost
    /// at least, until none can be better; and all of them where what is bought already has room to spare.
    private mutating func home(for planner: GangPlanner) -> PlanDraft? {
        let homes: [Home?] = planner.isFree ? [nil] : finder.homes.map(Optional.some)
        let before = buyer.cost
        var best: (draft: PlanDraft, cost: Double)?
        // The sort is stable.
        for prospect in homes.compactMap({ prospect(planner, $0) }).sorted(by: { $0.least < $1.least }) {
            if let best, before + prospect.least >= best.cost { break }
            var trial = prospect.draft
            if !prospect.waiting.isEmpty {
                let refused = trial.refused.count
                trial.assign(prospect.waiting)
                guard trial.refused.count == refused else { continue }
                trial.buyer.buy()
                guard trial.buyer.unplaced.count == buyer.unplaced.count else { continue }
            }
            let cost = trial.buyer.cost
            if best.map({ cost < $0.cost * (1 - 1e-12) }) ?? true { best = (trial, cost) }
            if cost <= before { break }
        }
        return best?.draft
    }

    /// What a home could do for a gang; nil where it can do nothing for some of it.
    private mutating func prospect(_ planner: GangPlanner, _ home: Home?) -> Prospect? {
        var draft = self
        let hosts = problem.hosts.indices.filter { host in
            home.map { Home(labels: problem.hosts[host].labels) == $0 } ?? true
        }
        var waiting: [PlaceFinder.Waiting] = []
        var least = 0.0
        for entry in planner.load {
            let placed = draft.rooms.place(entry.kind, count: entry.count, among: hosts)
            draft.steps += placed.map(Step.placed)
            let left = entry.count - placed.reduce(0) { $0 + $1.count }
            guard left > 0 else { continue }
            let rest = PlaceFinder.Waiting(kind: entry.kind, count: left, home: home)
            guard let cost = finder.leastCost(of: rest) else { return nil }
            least += cost * Double(left)
            waiting.append(rest)
        }
        // Room to spare on what is bought already costs nothing.
        if least > 0, buyer.mayHoldMore(of: waiting.map(\.kind), in: home) { least = 0 }
        return Prospect(draft: draft, waiting: waiting, least: least)
    }

    /// A gang that only the limits of its pools keep out now is not passed by those that come after it.
    private mutating func keepRoom(for planner: GangPlanner) {
        let workload = problem.input.demands[planner.gang].workload
        guard problem.isLimited, problem.input.now - workload.createdAt >= Self.patience else { return }
        let limits = Dictionary(problem.input.pools.map { ($0.name, $0.limits) }) { first, _ in first }
        for candidate in problem.candidates.indices where problem.candidates[candidate].isOpen {
            guard planner.load.allSatisfy({ problem.takes(candidate, $0.kind) }),
                planner.refusal(of: candidate) == nil, planner.mayStand(on: candidate, rooms.spread)
            else { continue }
            let choice = problem.candidates[candidate]
            guard let batches = problem.pack(planner.load, on: candidate) else { continue }
            let nodes = batches.reduce(0) { $0 + $1.copies }
            // A reservation that never held so many will not do so later either.
            if let reservation = choice.choice.reservation, reservation.count < nodes { continue }
            let full = Ledger(
                problem.headroom.indices.map { _ in limits[choice.poolName] ?? Pool.Limits() },
                quotas: problem.wholeQuotas
            )
            if full.room(for: choice) >= nodes {
                buyer.ledger.close(pool: choice.pool)
            }
        }
    }

    /// How long a gang waits before those that come after it may no longer pass it.
    static let patience: Duration = .seconds(600)
}
