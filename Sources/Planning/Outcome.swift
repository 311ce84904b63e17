import Model

/// Gathers what was decided and turns it into the plan.
struct Outcome {
    private let problem: Problem
    private var placed: [HostRooms.Placed] = []
    private var arrangements: [GangPlanner.Arrangement] = []

    init(_ problem: Problem) {
        self.problem = problem
    }

    mutating func place(_ kind: Int, host: Int, count: Int) {
        placed.append(HostRooms.Placed(kind: kind, host: host, count: count))
    }

    mutating func take(_ arrangement: GangPlanner.Arrangement, rooms: inout HostRooms, ledger: inout Ledger) {
        for entry in arrangement.placed {
            rooms.occupy(entry.host, kind: entry.kind, count: entry.count)
            placed.append(entry)
        }
        for basket in arrangement.baskets {
            ledger.take(problem.candidates[basket.candidate], count: basket.copies)
        }
        arrangements.append(arrangement)
    }

    /// Names the pods and the reasons.
    func plan(buyer: Buyer) -> Plan {
        var plan = Plan()
        var dealer = Dealer(problem)
        for entry in placed {
            for member in dealer.deal(entry.count, of: entry.kind) {
                plan.placements[member.pod] = problem.hosts[entry.host].name
            }
        }
        var ledger = buyer.ledger
        var drafts = arrangements.flatMap { arrangement in
            Draft.grouped(dealer.nodes(arrangement.baskets), gang: arrangement.gang)
        }
        let baskets = buyer.baskets.sorted { left, right in
            let (a, b) = (left.load.first?.kind ?? 0, right.load.first?.kind ?? 0)
            return (a, left.candidate) < (b, right.candidate)
        }
        let ordinary = Draft.grouped(dealer.nodes(baskets), gang: nil).flatMap { cheapest($0, &ledger) }
        drafts += Draft.grouped(ordinary, gang: nil)
        drafts.sort { left, right in
            left.demands == right.demands
                ? (left.candidate, left.seconds) < (right.candidate, right.seconds)
                : left.demands.lexicographicallyPrecedes(right.demands)
        }
        let explainer = Explainer(problem, ledger: ledger, arrangements: arrangements)
        plan.purchases = drafts.map { purchase($0, explainer) }
        plan.unplaceable = dealer.rest.sorted { $0.key < $1.key }.map { demand, pods in
            Plan.Unplaceable(
                pods: pods.map(\.member.pod).sorted(),
                explanation: explainer.explain(
                    unplaceable: demand,
                    pods: pods.map { (kind: $0.kind, pod: $0.member.pod) }
                )
            )
        }
        plan.bindingOrder = plan.placements.keys.sorted() + plan.purchases.flatMap { $0.pods.flatMap(\.self) }
        return plan
    }

    /// The nodes of a draft, all moved to another candidate when that costs less for just these pods.
    private func cheapest(_ draft: Draft, _ ledger: inout Ledger) -> [Draft.Node] {
        let current = problem.candidates[draft.candidate]
        var free = ledger
        free.giveBack(current, count: draft.nodes.count)
        var best: (baskets: [Basket], cost: Money)?
        let load = draft.load
        for candidate in problem.candidates.indices {
            let other = problem.candidates[candidate]
            guard other.choice.closedBecause == nil, load.allSatisfy({ problem.takes(candidate, $0.kind) }) else {
                continue
            }
            let baskets = problem.pack(load, on: candidate)
            let cost = problem.exactCost(baskets)
            guard cost < best?.cost ?? draft.cost(problem) else { continue }
            if free.room(for: other) >= baskets.reduce(0, { $0 + $1.copies }) { best = (baskets, cost) }
        }
        guard let best else { return draft.nodes }
        var pods = Dictionary(grouping: draft.nodes.flatMap(\.pods)) { $0.kind }
        for kind in pods.keys {
            pods[kind]?.sort { ($0.member.demand, $0.member.pod) < ($1.member.demand, $1.member.pod) }
        }
        ledger = free
        return best.baskets.flatMap { basket in
            ledger.take(problem.candidates[basket.candidate], count: basket.copies)
            return (0..<basket.copies).map { _ in
                var own: [(kind: Int, member: Kind.Member)] = []
                for entry in basket.load {
                    own += pods[entry.kind]?.prefix(entry.count) ?? []
                    pods[entry.kind]?.removeFirst(entry.count)
                }
                return Draft.Node(candidate: basket.candidate, seconds: basket.seconds, pods: own)
            }
        }
    }

    private func purchase(_ draft: Draft, _ explainer: Explainer) -> Plan.Purchase {
        let candidate = problem.candidates[draft.candidate]
        return Plan.Purchase(
            pool: candidate.poolName,
            shape: candidate.choice.shape,
            offering: candidate.offering,
            pricePerHour: candidate.pricePerHour,
            pods: draft.nodes.map { node in
                node.pods.map { ($0.member.demand, $0.member.pod) }.sorted { $0 < $1 }.map(\.1)
            },
            workloads: draft.demands.map { problem.demands[$0].workload.id },
            gang: draft.gang.map { problem.demands[$0].workload.id },
            expectedCost: draft.cost(problem),
            explanation: explainer.explain(draft)
        )
    }
}
