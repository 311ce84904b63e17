import Model

/// Plans within budgets. What is bought for whom is only known once everything is planned, since pods share nodes; so
/// whoever would be served last and cannot be paid for is left out, and the rest is planned again. That way nothing that a
/// budget would refuse takes a place that could be paid for.
///
/// Whom a budget paid for once comes before those that find a place only because others were left out. What is still over
/// a budget after a few rounds is refused where it would be bought.
struct BudgetSearch {
    private(set) var draft: PlanDraft
    /// Pods that were left out, with the budget that did it.
    private(set) var unaffordable: [Plan.Unplaceable] = []

    private var input: PlanInput
    /// By budget, the pods that it paid for when it was exceeded last; nil before.
    private var paid: [Set<PodID>?]
    /// By budget, what is kept back of it: with others left out pods share nodes anew, and the same pods may cost more.
    private var reserves: [Money]

    private static let mostRounds = 8

    init(_ input: PlanInput) {
        self.input = input
        paid = Array(repeating: nil, count: input.budgets.count)
        reserves = Array(repeating: .zero, count: input.budgets.count)
        draft = PlanDraft.decided(input)
        for _ in 0..<Self.mostRounds {
            guard leaveOut(beyond: Outcome(draft).plan(explained: false)) else { break }
            self.input.demands.removeAll(where: \.pods.isEmpty)
            draft = PlanDraft.decided(self.input)
        }
    }

    /// What is bought for a demand: its pods take part of new nodes.
    private struct Part {
        var cost = Money.zero
        var pods: [PodID] = []
    }

    /// Leaves out whom the budgets do not suffice for.
    ///
    /// - Returns: Whether that is anybody.
    private mutating func leaveOut(beyond plan: Plan) -> Bool {
        let owners = owners
        var gone: Set<PodID> = []
        // Those of teams first: whoever a team cannot pay for takes nothing of what is there for all.
        let order = input.budgets.indices.sorted { one, other in
            (input.budgets[one].team == nil ? 1 : 0, one) < (input.budgets[other].team == nil ? 1 : 0, other)
        }
        for number in order {
            let budget = input.budgets[number]
            let parts = parts(of: plan.purchases, for: budget, owners, without: gone)
            let cost = parts.values.reduce(Money.zero) { $0 + $1.cost }
            guard cost > .zero, cost > budget.amount else { continue }
            gone.formUnion(cut(parts, to: number, cost: cost, plan.placements, besides: gone))
        }
        for demand in input.demands.indices { input.demands[demand].pods.removeAll { gone.contains($0.id) } }
        return !gone.isEmpty
    }

    /// By pod whose it is, and how much of a node counts as its.
    private var owners: [PodID: (demand: Int, weight: Int64)] {
        var result: [PodID: (demand: Int, weight: Int64)] = [:]
        for (index, demand) in input.demands.enumerated() {
            for pod in demand.pods {
                let weight = pod.requests.accelerators * 1_000_000 + pod.requests[Resources.cpu].thousandths
                result[pod.id] = (index, max(1, weight))
            }
        }
        return result
    }

    /// What each demand of a budget takes of what is bought, by the accelerators of its pods and then by their cores. A
    /// node that teams share counts as a whole for each of them, as it does when it is bought.
    private func parts(
        of purchases: [Plan.Purchase],
        for budget: PlanInput.BudgetRoom,
        _ owners: [PodID: (demand: Int, weight: Int64)],
        without gone: Set<PodID>
    ) -> [Int: Part] {
        var parts: [Int: Part] = [:]
        for purchase in purchases {
            var weights: [Int: Int64] = [:]
            var all: Int64 = 0
            for pod in purchase.pods.joined() {
                guard let (demand, weight) = owners[pod], budget.counts(input.demands[demand]) else { continue }
                all += weight
                guard !gone.contains(pod) else { continue }
                weights[demand, default: 0] += weight
                parts[demand, default: Part()].pods.append(pod)
            }
            for (demand, weight) in weights {
                let cost = budget.cost(of: purchase)
                parts[demand]?.cost += weight == all ? cost : cost * Int(weight) / Int(all)
            }
        }
        return parts
    }

    /// Decides whom a budget does not suffice for: those that would be served last, gangs as a whole and of other workloads
    /// as many pods as it takes. When it was exceeded before nothing is left for those either that have no place yet.
    private mutating func cut(
        _ parts: [Int: Part],
        to number: Int,
        cost: Money,
        _ placements: [PodID: String],
        besides others: Set<PodID>
    ) -> Set<PodID> {
        let budget = input.budgets[number]
        let known = paid[number] ?? []
        if paid[number] != nil, parts.values.allSatisfy({ known.isSuperset(of: $0.pods) }) {
            reserves[number] += cost - max(.zero, budget.amount)
        }
        var left = max(.zero, budget.amount) - reserves[number]
        var kept: Set<PodID> = []
        var gone: Set<PodID> = []
        var used = Money.zero
        let turns = input.turns
        func rank(_ demand: Int) -> (Int, Int) {
            (parts[demand]?.pods.contains(where: known.contains) ?? false ? 0 : 1, turns[demand])
        }
        for demand in parts.keys.sorted(by: { rank($0) < rank($1) }) {
            guard let part = parts[demand] else { continue }
            let count = affordable(of: demand, part, left)
            let spent = part.cost * count / part.pods.count
            let pods = part.pods.sorted { one, other in
                (known.contains(one) ? 0 : 1, one) < (known.contains(other) ? 0 : 1, other)
            }
            kept.formUnion(pods.prefix(count))
            if count < pods.count {
                let own = Set(isGang(demand) ? input.demands[demand].pods.map(\.id) : Array(pods.dropFirst(count)))
                tell(own, of: demand, budget, used: used + spent, needed: part.cost)
                gone.formUnion(own)
            }
            left -= spent
            used += spent
        }
        if paid[number] != nil {
            gone.formUnion(cutWaiting(for: budget, used: used, placements, besides: others.union(gone), kept: kept))
        }
        paid[number] = kept
        return gone
    }

    /// Those of a budget that have no place: of gangs all, unless it pays for one.
    private mutating func cutWaiting(
        for budget: PlanInput.BudgetRoom,
        used: Money,
        _ placements: [PodID: String],
        besides others: Set<PodID>,
        kept: Set<PodID>
    ) -> Set<PodID> {
        var gone: Set<PodID> = []
        for demand in input.demands.indices where budget.counts(input.demands[demand]) {
            let pods = Set(input.demands[demand].pods.map(\.id)).subtracting(others)
            guard !isGang(demand) || pods.isDisjoint(with: kept) else { continue }
            let waiting = pods.subtracting(kept).filter { placements[$0] == nil }
            guard !waiting.isEmpty else { continue }
            let own = isGang(demand) ? pods : waiting
            tell(own, of: demand, budget, used: used, needed: nil)
            gone.formUnion(own)
        }
        return gone
    }

    private func isGang(_ demand: Int) -> Bool { input.demands[demand].workload.gang != nil }

    /// How many of a demand's pods on new nodes can be paid for.
    private func affordable(of demand: Int, _ part: Part, _ left: Money) -> Int {
        guard part.cost > left else { return part.pods.count }
        guard left > .zero, !isGang(demand) else { return 0 }
        let share = left.approximate / part.cost.approximate * Double(part.pods.count)
        // What is left is less than all cost; the product may be a little off a whole number.
        var count = min(part.pods.count - 1, Int(share) + 1)
        while count > 0, part.cost * count / part.pods.count > left { count -= 1 }
        return count
    }

    private mutating func tell(
        _ pods: Set<PodID>,
        of demand: Int,
        _ budget: PlanInput.BudgetRoom,
        used: Money,
        needed: Money?
    ) {
        let id = input.demands[demand].workload.id
        if let known = unaffordable.firstIndex(where: { $0.explanation.workloads == [id] }) {
            unaffordable[known].pods = (unaffordable[known].pods + pods).sorted()
            return
        }
        var summary = "over \(budget.name): \(budget.inWords(max(.zero, budget.amount))) left"
        if used > .zero { summary += ", \(budget.inWords(used)) of it for what comes before" }
        if let needed { summary += ", \(budget.inWords(needed)) needed" }
        unaffordable.append(
            Plan.Unplaceable(pods: pods.sorted(), explanation: Explanation(workloads: [id], summary: summary))
        )
    }
}

extension PlanInput.BudgetRoom {
    /// Whether what is bought for a demand counts.
    fileprivate func counts(_ demand: PlanInput.Demand) -> Bool { team == nil || demand.workload.team == team }

    fileprivate var amount: Money {
        switch left {
        case .perHour(let amount), .toFinish(let amount): amount
        }
    }

    /// What a purchase counts.
    fileprivate func cost(of purchase: Plan.Purchase) -> Money {
        switch left {
        case .perHour: purchase.pricePerHour * purchase.count
        case .toFinish: purchase.expectedCost
        }
    }

    fileprivate func inWords(_ amount: Money) -> String {
        switch left {
        case .perHour: "\(amount.formatted()) $/h"
        case .toFinish: "\(amount.formatted()) $"
        }
    }
}
