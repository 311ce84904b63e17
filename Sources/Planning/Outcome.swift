import Model

/// Deals the pods out to what was decided and turns it into the plan.
struct Outcome {
    private let draft: PlanDraft
    private let problem: Problem
    /// By kind, how many of its members have a place.
    private var dealt: [Int]

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

    private mutating func deal(explained: Bool) -> Plan {
        var plan = Plan()
        var own: [Purchase.Node] = []
        // Hosts and gangs first: they get the oldest.
        let fixed = draft.steps.map { step in dealFixed(step, &plan, &own) }
        var (membersOfLot, shared) = dealShared()
        let unfit = draft.buyer.unplaced.isEmpty ? [] : misfits(membersOfLot)
        var order: [Member] = []
        // Whoever must be near others on a node comes after them.
        var last: [Member] = []
        for (step, members) in zip(draft.steps, fixed) {
            for (kind, member) in members {
                if problem.rules(of: kind).joins.isEmpty { order.append(member) } else { last.append(member) }
            }
            guard case .assigned(let pods, let count) = step, let lot = draft.lotOf[pods] else { continue }
            let taken = membersOfLot[lot].suffix(count).reversed()
            membersOfLot[lot].removeLast(taken.count)
            if problem.rules(of: pods.kind).joins.isEmpty { order += taken } else { last += taken }
        }
        order += last
        if !unfit.isEmpty {
            order.removeAll { unfit.contains($0) }
            for index in shared.indices { shared[index].pods.removeAll { unfit.contains($0.member) } }
            shared.removeAll { $0.pods.isEmpty }
        }
        plan.bindingOrder = order.map { problem.input.demands[$0.demand].pods[$0.pod].id }
        let purchases = Purchase.grouped(own + shared, problem)
        let explainer = explained ? Explainer(draft) : nil
        plan.purchases = purchases.map { purchase($0, explainer) }
        plan.unplaceable = unplaceable(unfit, explainer)
        return plan
    }

    /// Deals pods to hosts, and to the nodes that are one gang's own.
    private mutating func dealFixed(
        _ step: PlanDraft.Step,
        _ plan: inout Plan,
        _ nodes: inout [Purchase.Node]
    ) -> [(kind: Int, member: Member)] {
        var result: [(kind: Int, member: Member)] = []
        switch step {
        case .assigned: break
        case .placed(let placed):
            for member in deal(placed.count, of: placed.kind) {
                plan.placements[problem.input.demands[member.demand].pods[member.pod].id] =
                    problem.hosts[placed.host].name
                result.append((placed.kind, member))
            }
        case .arranged(let gang):
            for batch in draft.arrangements[gang]?.batches ?? [] {
                for _ in 0..<batch.copies {
                    var pods: [(kind: Int, member: Member)] = []
                    for entry in batch.load {
                        for member in deal(entry.count, of: entry.kind) { pods.append((entry.kind, member)) }
                    }
                    result += pods
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
    /// - Returns: The members of each lot, the first to be bound last; and the nodes.
    private mutating func dealShared() -> (membersOfLot: [[Member]], nodes: [Purchase.Node]) {
        let buyer = draft.buyer
        var membersOfLot = [[Member]](repeating: [], count: buyer.lots.count)
        var nodes: [Purchase.Node] = []
        for basket in buyer.baskets {
            for _ in 0..<basket.copies {
                var pods: [(kind: Int, member: Member)] = []
                for entry in basket.load {
                    let kind = buyer.lots[entry.lot].kind
                    for member in deal(entry.count, of: kind) {
                        pods.append((kind, member))
                        membersOfLot[entry.lot].append(member)
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

    /// Pods that can no longer be bound because others, on which their rules rest, found no node.
    private func misfits(_ membersOfLot: [[Member]]) -> Set<Member> {
        guard draft.buyer.unplaced.contains(where: { lot, _ in isBound(draft.buyer.lots[lot].kind) }) else { return [] }
        var wide = WideRules(problem)
        var left = membersOfLot
        var unfit: Set<Member> = []
        for step in draft.steps {
            switch step {
            case .placed(let placed): wide.add(placed.kind, at: problem.hostPlace[placed.host], count: placed.count)
            case .arranged(let gang):
                for batch in draft.arrangements[gang]?.batches ?? [] {
                    for entry in batch.load {
                        let place = problem.candidates[batch.candidate].place
                        wide.add(entry.kind, at: place, count: entry.count * batch.copies)
                    }
                }
            case .assigned(let pods, let count):
                guard let lot = draft.lotOf[pods], let place = pods.place else { continue }
                for _ in 0..<count {
                    guard let member = left[lot].popLast() else { break }
                    if wide.admits(pods.kind, at: place) {
                        wide.add(pods.kind, at: place, count: 1)
                    } else {
                        unfit.insert(member)
                    }
                }
            }
        }
        return unfit
    }

    private func isBound(_ kind: Int) -> Bool {
        let rules = problem.rules(of: kind)
        return !rules.wideAdds.isEmpty || rules.isBoundToPlaces
    }

    private func purchase(_ purchase: Purchase, _ explainer: Explainer?) -> Plan.Purchase {
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
            expectedCost: purchase.cost(problem),
            explanation: explainer?.explain(purchase) ?? Explanation(workloads: workloads, summary: "")
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
        let order = rest.keys.sorted { left, right in
            let (a, b) = (problem.input.demands[left].workload, problem.input.demands[right].workload)
            return (-a.priority, a.createdAt, a.id) < (-b.priority, b.createdAt, b.id)
        }
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
