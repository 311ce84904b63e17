import Model

/// Finds the cheapest way to run all given pods of one gang together.
struct GangPlanner {
    /// Where all nodes of a gang stand.
    struct Domain: Hashable, Comparable {
        var zone: String
        /// The accelerator's model; empty for nodes without.
        var accelerator: String

        static func < (left: Domain, right: Domain) -> Bool {
            (left.zone, left.accelerator) < (right.zone, right.accelerator)
        }

        init(labels: [String: String], zone: String) {
            self.zone = zone
            accelerator = labels[Label.accelerator] ?? ""
        }
    }

    /// How a gang is served.
    struct Arrangement {
        var gang: Int
        /// Nil when its nodes may stand anywhere.
        var domain: Domain?
        var placed: [HostRooms.Placed]
        var baskets: [Basket]
        var cost: Money
        /// The rank of the bought capacity types in the order of preference.
        var rank: Int

        var nodes: Int { baskets.reduce(0) { $0 + $1.copies } }
    }

    let problem: Problem
    let gang: Int
    /// Its pods by kind.
    let load: [Basket.Load]
    /// Where its members run already, when only the rest of them is to be placed; nil when it is free to go anywhere.
    let bound: Set<Domain>?

    init(_ problem: Problem, gang: Int) {
        self.problem = problem
        self.gang = gang
        load = problem.kinds.indices.filter { problem.kinds[$0].gang == gang }
            .map { Basket.Load(kind: $0, count: problem.kinds[$0].members.count) }
        let demand = problem.demands[gang]
        let own = problem.hosts.filter { $0.reservedFor == demand.workload.id }.compactMap(Self.domain)
        let isPartial = demand.pods.count < demand.workload.gang?.minimum ?? 0
        bound = isPartial && !own.isEmpty ? Set(own) : nil
    }

    private static func domain(of host: PlanInput.Host) -> Domain? {
        host.labels[Label.zone].map { Domain(labels: host.labels, zone: $0) }
    }

    func domain(of candidate: Int) -> Domain {
        let candidate = problem.candidates[candidate]
        return Domain(labels: candidate.labels, zone: candidate.offering.zone)
    }

    /// Why a gang whose other members run already may not use a candidate; nil when it may.
    func refusal(of candidate: Int) -> String? {
        guard !isFree, let bound, !bound.contains(domain(of: candidate)) else { return nil }
        let places = bound.sorted().map { $0.accelerator.isEmpty ? $0.zone : "\($0.zone) on \($0.accelerator)" }
        return "the gang runs in \(places.joined(separator: ", "))"
    }

    var isFree: Bool { problem.demands[gang].workload.gang?.topology == .any }

    /// The cheapest arrangement of the whole gang, or nil when it does not fit as a whole.
    func arrange(rooms: HostRooms, ledger: Ledger) -> Arrangement? {
        guard !load.isEmpty else { return nil }
        let usable = problem.hosts.indices.filter { host in load.contains { problem.admits(host: host, $0.kind) } }
        let open = load.flatMap { problem.kinds[$0.kind].candidates }.uniqueSorted()
        if isFree { return arrange(in: nil, hosts: usable, candidates: open, rooms, ledger) }
        let hostsByDomain = Dictionary(grouping: usable) { Self.domain(of: problem.hosts[$0]) }
        let openByDomain = Dictionary(grouping: open) { domain(of: $0) }
        let domains = Set(hostsByDomain.keys.compactMap { $0 }).union(openByDomain.keys).sorted()
        var best: Arrangement?
        for domain in domains where bound?.contains(domain) ?? true {
            let found = arrange(
                in: domain,
                hosts: hostsByDomain[domain] ?? [],
                candidates: openByDomain[domain] ?? [],
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
        in domain: Domain?,
        hosts: [Int],
        candidates: [Int],
        _ rooms: HostRooms,
        _ ledger: Ledger
    ) -> Arrangement? {
        var rooms = rooms
        var placed: [HostRooms.Placed] = []
        var rest: [Basket.Load] = []
        let id = problem.demands[gang].workload.id
        let own = hosts.filter { problem.hosts[$0].reservedFor == id }
        let shared = hosts.filter { problem.hosts[$0].reservedFor == nil }
        for entry in ordered(load) {
            var left = entry.count
            for group in [own, shared] where left > 0 {
                let found = rooms.place(entry.kind, count: left, among: group) { problem.admits(host: $0, entry.kind) }
                placed += found
                left -= found.reduce(0) { $0 + $1.count }
            }
            if left > 0 { rest.append(Basket.Load(kind: entry.kind, count: left)) }
        }
        guard let baskets = nodes(for: rest.sorted { $0.kind < $1.kind }, candidates, ledger) else { return nil }
        return Arrangement(
            gang: gang,
            domain: domain,
            placed: placed,
            baskets: baskets,
            cost: problem.exactCost(baskets),
            rank: rank(baskets)
        )
    }

    /// All nodes alike, the cheapest such; of several shapes only where no single one will do.
    private func nodes(for rest: [Basket.Load], _ candidates: [Int], _ ledger: Ledger) -> [Basket]? {
        guard !rest.isEmpty else { return [] }
        var best: (baskets: [Basket], cost: Money, count: Int, rank: Int)?
        for candidate in candidates where rest.allSatisfy({ problem.takes(candidate, $0.kind) }) {
            let baskets = problem.pack(rest, on: candidate)
            let count = baskets.reduce(0) { $0 + $1.copies }
            guard ledger.room(for: problem.candidates[candidate]) >= count else { continue }
            let found = (baskets: baskets, cost: problem.exactCost(baskets), count: count, rank: rank(baskets))
            if best.map({ (found.cost, found.count, found.rank) < ($0.cost, $0.count, $0.rank) }) ?? true {
                best = found
            }
        }
        return best?.baskets ?? mixed(rest, candidates, ledger)
    }

    private func mixed(_ rest: [Basket.Load], _ candidates: [Int], _ ledger: Ledger) -> [Basket]? {
        var best: Buyer?
        for order in Buyer.Style.Order.allCases {
            for isDense in [false, true] {
                var buyer = Buyer(problem, only: Set(candidates), ledger: ledger)
                buyer.fillUp(rest.map { ($0.kind, $0.count) }, style: Buyer.Style(order: order, isDense: isDense))
                if buyer.unplaced.isEmpty, best.map({ buyer.isBetter(than: $0) }) ?? true { best = buyer }
            }
        }
        return best?.baskets
    }

    private func rank(_ baskets: [Basket]) -> Int {
        guard let kind = load.first?.kind else { return 0 }
        return baskets.map { problem.kinds[kind].rank(of: problem.candidates[$0.candidate].offering.capacityType) }
            .max() ?? 0
    }

    /// The kinds with the fewest places first, then those that take most.
    private func ordered(_ load: [Basket.Load]) -> [Basket.Load] {
        let places = Dictionary(
            uniqueKeysWithValues: load.map { entry in
                (entry.kind, problem.hosts.indices.filter { problem.admits(host: $0, entry.kind) }.count)
            }
        )
        return load.sorted { left, right in
            (places[left.kind] ?? 0, -problem.kinds[left.kind].value, left.kind)
                < (places[right.kind] ?? 0, -problem.kinds[right.kind].value, right.kind)
        }
    }
}

extension Problem {
    /// What nodes are expected to cost until their longest pod has finished, changeover included.
    func exactCost(_ baskets: [Basket]) -> Money {
        baskets.reduce(.zero) { sum, basket in
            sum + (candidates[basket.candidate].pricePerHour * basket.copies).costing(seconds: basket.seconds)
        }
    }
}
