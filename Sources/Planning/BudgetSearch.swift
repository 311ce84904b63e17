import Model

/// Plans within budgets. What is bought for whom is only known once everything is planned, since pods share nodes; so
/// whoever would be served last and cannot be paid for is left out, and the rest is planned again, until what is bought
/// is within every budget. That way nothing that a budget would refuse takes a place that could be paid for.
struct BudgetSearch {
    private(set) var draft: PlanDraft
    /// Pods that were left out, with the budget that did it.
    private(set) var unaffordable: [Plan.Unplaceable] = []

    private var input: PlanInput
    /// By budget, how often it was exceeded.
    private var excesses: [Int]

    /// With others left out pods share nodes anew, and others find room that limits kept from them: a budget may be
    /// exceeded again. Each time a part of it less is reckoned with, and in the end nothing.
    private static let mostExcesses = 8
    /// So often even those are asked again who have standing room, as the room of the others changes.
    private static let spareRounds = 4

    init(_ input: PlanInput) {
        self.input = input
        excesses = [Int](repeating: 0, count: input.budgets.count)
        draft = PlanDraft.decided(input)
        for _ in 0..<(Self.mostExcesses + Self.spareRounds) * input.budgets.count {
            let plan = Outcome(draft).plan(explained: false)
            guard let exceeded = exceeded(by: plan) else { break }
            if excesses[exceeded.number] < Self.mostExcesses {
                leaveOut(for: exceeded)
            } else {
                leaveOutAll(for: exceeded, but: plan.placements)
            }
            self.input.demands.removeAll(where: \.pods.isEmpty)
            draft = PlanDraft.decided(self.input)
        }
    }

    /// A budget that a plan exceeds.
    private struct Exceeded {
        var number: Int
        /// By demand, what is bought for it.
        var parts: [Int: Part]
    }

    /// What is bought for a demand: its pods take part of new nodes.
    private struct Part {
        var cost = Money.zero
        var pods: [PodID] = []
    }

    /// The first budget that a plan exceeds; nil when it is within all of them.
    private func exceeded(by plan: Plan) -> Exceeded? {
        var teams: [WorkloadID: String] = [:]
        for demand in input.demands { teams[demand.workload.id] = demand.workload.team }
        for (number, budget) in input.budgets.enumerated() {
            // A launch counts as a whole for everybody whom it serves.
            let counted = plan.purchases.filter { purchase in
                budget.team.map { team in purchase.workloads.contains { teams[$0] == team } } ?? true
            }
            let cost = counted.reduce(Money.zero) { $0 + budget.cost(of: $1) }
            if cost > .zero, cost > budget.amount {
                return Exceeded(number: number, parts: parts(of: counted, for: budget))
            }
        }
        return nil
    }

    /// What each demand of a budget takes of some purchases, by the accelerators of its pods and then by their cores.
    private func parts(of purchases: [Plan.Purchase], for budget: PlanInput.BudgetRoom) -> [Int: Part] {
        var owners: [PodID: (demand: Int, weight: Int64)] = [:]
        for (index, demand) in input.demands.enumerated() {
            for pod in demand.pods {
                let weight = pod.requests.accelerators * 1_000_000 + pod.requests[Resources.cpu].thousandths
                owners[pod.id] = (index, max(1, weight))
            }
        }
        var parts: [Int: Part] = [:]
        for purchase in purchases {
            let all = purchase.pods.joined().reduce(0) { $0 + (owners[$1]?.weight ?? 0) }
            var weights: [Int: Int64] = [:]
            for pod in purchase.pods.joined() {
                guard let (demand, weight) = owners[pod],
                    budget.team == nil || input.demands[demand].workload.team == budget.team
                else { continue }
                weights[demand, default: 0] += weight
                parts[demand, default: Part()].pods.append(pod)
            }
            for (demand, weight) in weights {
                parts[demand]?.cost += budget.cost(of: purchase) * Int(weight) / Int(all)
            }
        }
        return parts
    }

    /// Leaves out what a budget does not suffice for, those first that would be served last: whole gangs, and of other
    /// workloads as many pods as it takes.
    private mutating func leaveOut(for exceeded: Exceeded) {
        let amount = max(.zero, input.budgets[exceeded.number].amount)
        var left = amount * max(0, Self.mostExcesses - excesses[exceeded.number]) / Self.mostExcesses
        excesses[exceeded.number] += 1
        let turns = input.turns
        for demand in exceeded.parts.keys.sorted(by: { turns[$0] < turns[$1] }) {
            guard let part = exceeded.parts[demand] else { continue }
            let kept = affordable(of: demand, part, left)
            left -= part.cost * kept / part.pods.count
            guard kept < part.pods.count else { continue }
            let isGang = input.demands[demand].workload.gang != nil
            let gone = isGang ? input.demands[demand].pods.map(\.id) : Array(part.pods.sorted().dropFirst(kept))
            leaveOut(Set(gone), of: demand, for: part.cost, input.budgets[exceeded.number])
        }
    }

    /// Leaves out everybody for whom something could be bought.
    private mutating func leaveOutAll(for exceeded: Exceeded, but placements: [PodID: String]) {
        let budget = input.budgets[exceeded.number]
        for demand in input.demands.indices
        where budget.team == nil || input.demands[demand].workload.team == budget.team {
            let pods = input.demands[demand].pods.map(\.id)
            let isGang = input.demands[demand].workload.gang != nil
            let gone = pods.filter { placements[$0] == nil }
            guard !gone.isEmpty else { continue }
            leaveOut(Set(isGang ? pods : gone), of: demand, for: exceeded.parts[demand]?.cost, budget)
        }
    }

    /// How many of a demand's pods on new nodes can be paid for.
    private func affordable(of demand: Int, _ part: Part, _ left: Money) -> Int {
        guard part.cost > left else { return part.pods.count }
        guard input.demands[demand].workload.gang == nil else { return 0 }
        let share = left.approximate / part.cost.approximate
        return min(part.pods.count - 1, Int(share * Double(part.pods.count)))
    }

    private mutating func leaveOut(
        _ pods: Set<PodID>,
        of demand: Int,
        for cost: Money?,
        _ budget: PlanInput.BudgetRoom
    ) {
        input.demands[demand].pods.removeAll { pods.contains($0.id) }
        let id = input.demands[demand].workload.id
        if let known = unaffordable.firstIndex(where: { $0.explanation.workloads == [id] }) {
            unaffordable[known].pods = (unaffordable[known].pods + pods).sorted()
            return
        }
        let left = budget.inWords(max(.zero, budget.amount))
        let needed = cost.map { ", \(budget.inWords($0)) needed" } ?? ""
        let summary = "over \(budget.name): \(left) left\(needed)"
        unaffordable.append(
            Plan.Unplaceable(pods: pods.sorted(), explanation: Explanation(workloads: [id], summary: summary))
        )
    }
}

extension PlanInput.BudgetRoom {
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
