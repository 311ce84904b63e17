import Model

/// Deals the pods out to what was decided and turns it into the plan.
struct Outcome {
    private let draft: PlanDraft
    private let problem: Problem
    /// By kind, how many of its members have a place.
    private var dealt: [Int]
    /// What so many nodes of a candidate cost over a time: most purchases are alike in that, and exact division is slow.
    private var costs: [Cost: Money] = [:]

    private struct Cost: Hashable {
        var candidate: Int
        var nodes: Int
        var seconds: Int64
    }

    init(_ draft: PlanDraft) {
        self.draft = draft
        problem = draft.problem
        dealt = [Int](repeating: 0, count: draft.problem.kinds.count)
    }

    /// Names the pods and, when asked to, the reasons.
    func plan(explained: Bool) -> Plan {
        var dealer = self
        return dealer.deal(explained: explained)
    }

    private mutating func deal(_ count: Int, of kind: Int) -> ArraySlice<Member> {
        let start = problem.kinds[kind].members.lowerBound + dealt[kind]
        dealt[kind] += count
        return problem.members[start..<start + count]
    }

    /// How many pods could not be bound where they are meant to go, when those of higher priority come first.
    var misfits: Int {
        var dealer = self
        var plan = Plan()
        let bindings = Dictionary(grouping: dealer.dealAll(&plan).order) { problem.kinds[$0.kind].priority }
        var rehearsal = Rehearsal(problem, bought: draft.bought)
        return bindings.sorted { $0.key > $1.key }.reduce(0) { $0 + rehearsal.bind($1.value).unfit.count }
    }

    /// Deals every pod that has a place.
    ///
    /// - Parameter plan: Takes the placements on hosts.
    /// - Returns: The bindings in the order in which they were decided, and the nodes of single gangs and of all.
    private mutating func dealAll(
        _ plan: inout Plan
    ) -> (order: [Binding], own: [Purchase.Node], shared: [Purchase.Node]) {
        var own: [Purchase.Node] = []
        // Hosts and gangs first: they get the oldest.
        let fixed = draft.steps.map { step in dealFixed(step, &plan, &own) }
        var (membersOfLot, shared) = dealShared()
        var order: [Binding] = []
        for (step, bindings) in zip(draft.steps, fixed) {
            order += bindings
            guard case .assigned(let pods, let count) = step, let lot = draft.lotOf[pods] else { continue }
            order += membersOfLot[lot].suffix(count).reversed()
            membersOfLot[lot].removeLast(min(count, membersOfLot[lot].count))
        }
        return (order, own, shared)
    }

    private mutating func deal(explained: Bool) -> Plan {
        var plan = Plan()
        var (order, own, shared) = dealAll(&plan)
        var unfit: Set<Member> = []
        let torn = tornGangs()
        if isUncertain || !torn.isEmpty {
            unfit = Set(order.filter { torn.contains($0.member.demand) }.map(\.member))
            let (found, missing) = rehearsed(order.filter { !torn.contains($0.member.demand) })
            order = found
            unfit.formUnion(missing)
        }
        if !unfit.isEmpty {
            for index in shared.indices { shared[index].pods.removeAll { unfit.contains($0.member) } }
            for index in own.indices { own[index].pods.removeAll { unfit.contains($0.member) } }
            shared.removeAll { $0.pods.isEmpty }
            own.removeAll { $0.pods.isEmpty }
            for member in unfit { plan.placements[problem.pod(member).id] = nil }
        }
        plan.bindingOrder = order.map { problem.input.demands[$0.member.demand].pods[$0.member.pod].id }
        let purchases = Purchase.grouped(own + shared, problem)
        let explainer = explained ? Explainer(draft, purchases: purchases.count) : nil
        plan.purchases = purchases.map { purchase($0, explainer) }
        plan.unplaceable = unplaceable(unfit, explainer)
        return plan
    }

    /// Deals pods to hosts, and to the nodes that are one gang's own.
    private mutating func dealFixed(
        _ step: PlanDraft.Step,
        _ plan: inout Plan,
        _ nodes: inout [Purchase.Node]
    ) -> [Binding] {
        var result: [Binding] = []
        switch step {
        case .assigned: break
        case .placed(let placed):
            for member in deal(placed.count, of: placed.kind) {
                plan.placements[problem.input.demands[member.demand].pods[member.pod].id] =
                    problem.hosts[placed.host].name
                result.append(Binding(kind: placed.kind, member: member, node: .host(placed.host)))
            }
        case .arranged(let gang):
            for batch in draft.arrangements[gang]?.batches ?? [] {
                for _ in 0..<batch.copies {
                    var pods: [(kind: Int, member: Member)] = []
                    for entry in batch.load {
                        for member in deal(entry.count, of: entry.kind) { pods.append((entry.kind, member)) }
                    }
                    result += pods.map { pod in
                        Binding(kind: pod.kind, member: pod.member, node: .own(nodes.count, batch.candidate))
                    }
                    nodes.append(
                        Purchase.Node(candidate: batch.candidate, seconds: batch.seconds, gang: gang, pods: pods)
                    )
                }
            }
        }
        return result
    }

    /// Deals pods to the nodes that several workloads share.
    ///
    /// - Returns: The bindings of each lot, the first last; and the nodes.
    private mutating func dealShared() -> (membersOfLot: [[Binding]], nodes: [Purchase.Node]) {
        let buyer = draft.buyer
        var membersOfLot = [[Binding]](repeating: [], count: buyer.lots.count)
        var nodes: [Purchase.Node] = []
        for basket in buyer.baskets {
            for _ in 0..<basket.copies {
                var pods: [(kind: Int, member: Member)] = []
                for entry in basket.load {
                    let kind = buyer.lots[entry.lot].kind
                    for member in deal(entry.count, of: kind) {
                        pods.append((kind, member))
                        let node = Binding.Node.shared(nodes.count, basket.candidate)
                        membersOfLot[entry.lot].append(Binding(kind: kind, member: member, node: node))
                    }
                }
                nodes.append(
                    Purchase.Node(candidate: basket.candidate, seconds: basket.seconds, gang: nil, pods: pods)
                )
            }
        }
        for lot in membersOfLot.indices { membersOfLot[lot].reverse() }
        return (membersOfLot, nodes)
    }

    /// Gangs of which only a part found a place.
    private func tornGangs() -> Set<Int> {
        var torn: Set<Int> = []
        for (index, kind) in problem.kinds.enumerated() {
            if let gang = kind.gang, dealt[index] < kind.count { torn.insert(gang) }
        }
        return torn
    }

    /// The bindings that can be made, gangs whole or not at all, and the pods of the others. Nodes for which no pod is
    /// left are not bought, and then make no zone count: the rest is tried again without them.
    private func rehearsed(_ bindings: [Binding]) -> (order: [Binding], unfit: Set<Member>) {
        var left = bindings
        var unfit: Set<Member> = []
        while true {
            let bought = Self.bought(left)
            var rehearsal = Rehearsal(problem, bought: bought)
            let (order, missing) = rehearsal.bind(left)
            unfit.formUnion(missing)
            let broken = Set(missing.map(\.demand).filter { problem.input.demands[$0].workload.gang != nil })
            let dropped = order.filter { broken.contains($0.member.demand) }
            unfit.formUnion(dropped.map(\.member))
            left = dropped.isEmpty ? order : order.filter { !broken.contains($0.member.demand) }
            if dropped.isEmpty, Self.bought(left) == bought { return (order, unfit) }
        }
    }

    private static func bought(_ bindings: [Binding]) -> Set<Int> { Set(bindings.compactMap(\.node.candidate)) }

    /// Whether the order of binding has to be tried out: pods that want company on their node, or wide rules that rest on
    /// pods which found no node, or on nodes that nobody expected.
    private var isUncertain: Bool {
        if problem.isJoined.contains(true) || !draft.finder.closed.isEmpty || problem.hasCountedLater { return true }
        if !draft.arrangements.isEmpty, !problem.keyOfWideTally.isEmpty { return true }
        let isShort = draft.buyer.unplaced.contains { lot, _ in
            let rules = problem.rules(of: draft.buyer.lots[lot].kind)
            return !rules.wideAdds.isEmpty || rules.isBoundToPlaces
        }
        return isShort || !draft.isForeseen
    }

    private mutating func cost(of purchase: Purchase) -> Money {
        let key = Cost(candidate: purchase.candidate, nodes: purchase.nodes.count, seconds: purchase.seconds)
        if let known = costs[key] { return known }
        let cost = purchase.cost(problem)
        costs[key] = cost
        return cost
    }

    private mutating func purchase(_ purchase: Purchase, _ explainer: Explainer?) -> Plan.Purchase {
        let candidate = problem.candidates[purchase.candidate]
        let workloads = purchase.demands.map { problem.input.demands[$0].workload.id }
        return Plan.Purchase(
            pool: candidate.poolName,
            shape: candidate.choice.shape,
            offering: candidate.offering,
            pricePerHour: candidate.pricePerHour,
            pods: purchase.nodes.map { members in
                members.map { problem.input.demands[$0.demand].pods[$0.pod].id }
            },
            workloads: workloads,
            gang: purchase.gang.map { problem.input.demands[$0].workload.id },
            expectedCost: cost(of: purchase),
            explanation: explainer?.explain(purchase) ?? Explanation(workloads: workloads, summary: ""),
            reservation: candidate.choice.reservation
        )
    }

    private func unplaceable(_ unfit: Set<Member>, _ explainer: Explainer?) -> [Plan.Unplaceable] {
        var rest: [Int: [(kind: Int, member: Member)]] = [:]
        for (index, kind) in problem.kinds.enumerated() {
            for member in problem.members[kind.members].dropFirst(dealt[index]) {
                rest[member.demand, default: []].append((index, member))
            }
            guard !unfit.isEmpty else { continue }
            for member in problem.members[kind.members].prefix(dealt[index]) where unfit.contains(member) {
                rest[member.demand, default: []].append((index, member))
            }
        }
        let order = rest.keys.sorted { problem.turns[$0] < problem.turns[$1] }
        return order.map { demand in
            let pods = rest[demand] ?? []
            let id = problem.input.demands[demand].workload.id
            return Plan.Unplaceable(
                pods: pods.map { problem.pod($0.member).id }.sorted(),
                explanation: explainer?.explain(unplaceable: demand, kinds: pods.map(\.kind))
                    ?? Explanation(workloads: [id], summary: "")
            )
        }
    }
}
