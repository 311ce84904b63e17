import Foundation
import Model

/// Says why a plan came out as it did.
struct Explainer {
    /// Another way to serve the pods of a draft.
    private struct Alternative {
        var candidate: Int
        var nodes: Int
        var cost: Money
        /// What forbids it; nil when only its cost speaks against it.
        var refusal: String?
    }

    private let problem: Problem
    private let ledger: Ledger
    /// By the gang's demand.
    private let arrangements: [Int: GangPlanner.Arrangement]

    /// - Parameters:
    ///   - problem: What was planned.
    ///   - ledger: What is left of the limits after the whole plan.
    ///   - arrangements: How the gangs are served.
    init(_ problem: Problem, ledger: Ledger, arrangements: [GangPlanner.Arrangement]) {
        self.problem = problem
        self.ledger = ledger
        self.arrangements = Dictionary(arrangements.map { ($0.gang, $0) }) { first, _ in first }
    }

    // MARK: - What is bought

    func explain(_ draft: Draft) -> Explanation {
        let cost = draft.cost(problem)
        let others = alternatives(to: draft)
        let names = draft.demands.map { problem.demands[$0].workload.id.description }
        let candidate = problem.candidates[draft.candidate]
        let count = draft.nodes.count
        let hours = Self.duration(draft.seconds)
        var summary = "\(count) x \(candidate.offering) for \(Self.list(names)): "
        summary += "\(cost.formatted()) $ expected over \(hours)"
        if let closed = others.first(where: { $0.refusal != nil && $0.cost < cost }), let refusal = closed.refusal {
            let other = problem.candidates[closed.candidate]
            summary += "; \(other.offering) would cost \(closed.cost.formatted()) $ but cannot be bought: \(refusal)"
        } else if let next = others.first(where: { $0.refusal == nil }) {
            let other = problem.candidates[next.candidate]
            summary += "; next best is \(next.nodes) x \(other.offering) at \(next.cost.formatted()) $"
        }
        return Explanation(
            workloads: draft.demands.map { problem.demands[$0].workload.id },
            chosen: option(
                draft.candidate,
                nodes: count,
                cost: cost,
                reason: others.contains { $0.refusal == nil } ? "least expected cost" : "the only one to be had"
            ),
            rejected: others.prefix(3).map { other in
                let reason = other.refusal ?? comparison(other, draft)
                return option(other.candidate, nodes: other.nodes, cost: other.cost, reason: reason)
            },
            summary: summary + overruled(draft.demands)
        )
    }

    private func option(_ candidate: Int, nodes: Int, cost: Money, reason: String) -> Explanation.Option {
        let candidate = problem.candidates[candidate]
        return Explanation.Option(
            pool: candidate.poolName,
            shape: candidate.choice.shape.name,
            offering: candidate.offering,
            nodes: nodes,
            pricePerHour: candidate.pricePerHour,
            expectedCost: cost,
            reason: reason
        )
    }

    /// Every other candidate that could serve the same pods alone, the cheapest first.
    private func alternatives(to draft: Draft) -> [Alternative] {
        var free = ledger
        free.giveBack(problem.candidates[draft.candidate], count: draft.nodes.count)
        let planner = draft.gang.map { GangPlanner(problem, gang: $0) }
        let home = draft.gang.flatMap { arrangements[$0]?.domain }
        let load = draft.load
        return sorted(
            problem.candidates.indices.compactMap { candidate in
                guard candidate != draft.candidate else { return nil }
                // In another zone or on another model the gang's pods on hosts would have to move too.
                let isAway = home.map { $0 != planner?.domain(of: candidate) } ?? false
                return alternative(candidate, isAway ? planner?.load ?? load : load, planner, free)
            }
        )
    }

    private func alternative(
        _ candidate: Int,
        _ load: [Basket.Load],
        _ planner: GangPlanner?,
        _ ledger: Ledger
    ) -> Alternative? {
        guard !load.isEmpty, load.allSatisfy({ problem.takes(candidate, $0.kind) }) else { return nil }
        let baskets = problem.pack(load, on: candidate)
        let nodes = baskets.reduce(0) { $0 + $1.copies }
        let refusal =
            problem.candidates[candidate].choice.closedBecause
            ?? planner?.refusal(of: candidate)
            ?? ledger.refusal(for: problem.candidates[candidate], count: nodes)
        return Alternative(candidate: candidate, nodes: nodes, cost: problem.exactCost(baskets), refusal: refusal)
    }

    private func sorted(_ alternatives: [Alternative]) -> [Alternative] {
        alternatives.sorted { ($0.cost, $0.nodes, $0.candidate) < ($1.cost, $1.nodes, $1.candidate) }
    }

    private func comparison(_ other: Alternative, _ draft: Draft) -> String {
        let cost = draft.cost(problem)
        let (candidate, chosen) = (problem.candidates[other.candidate], problem.candidates[draft.candidate])
        let sums = "expected cost \(other.cost.formatted()) against \(cost.formatted())"
        let hourly = candidate.pricePerHour * other.nodes - chosen.pricePerHour * draft.nodes.count
        if other.cost > cost { return "\(Self.perHour(hourly)) $/h dearer: \(sums)" }
        if other.cost < cost { return "cheaper alone, dearer with the rest of the plan: \(sums)" }
        if other.nodes > draft.nodes.count { return "same expected cost on more nodes" }
        if candidate.offering.capacityType != chosen.offering.capacityType {
            return "same expected cost; \(chosen.offering.capacityType.rawValue) is preferred"
        }
        return "same expected cost; the first by name is taken"
    }

    // MARK: - What cannot be placed

    func explain(unplaceable demand: Int, pods: [(kind: Int, pod: PodID)]) -> Explanation {
        let workload = problem.demands[demand].workload
        let planner = workload.gang.map { _ in GangPlanner(problem, gang: demand) }
        let counts = pods.reduce(into: [Int: Int]()) { $0[$1.kind, default: 0] += 1 }
        let load = counts.sorted { $0.key < $1.key }.map { Basket.Load(kind: $0.key, count: $0.value) }
        var causes: [String: Int] = [:]
        for candidate in problem.candidates.indices {
            causes[cause(candidate, load, planner), default: 0] += 1
        }
        let reasons = causes.sorted { (-$0.value, $0.key) < (-$1.value, $1.key) }.map { "\($0.value) \($0.key)" }
        var summary = "0/\(problem.candidates.count) offerings"
        summary += reasons.isEmpty ? ": no pool offers anything" : ": \(reasons.joined(separator: ", "))"
        let all = problem.demands[demand].pods.count
        if pods.count < all { summary += " (for \(pods.count) of \(all) pods)" }
        let options = sorted(problem.candidates.indices.compactMap { alternative($0, load, planner, ledger) })
        return Explanation(
            workloads: [workload.id],
            rejected: options.prefix(3).map { other in
                let reason = cause(other.candidate, load, planner)
                return option(other.candidate, nodes: other.nodes, cost: other.cost, reason: reason)
            },
            summary: summary + overruled([demand])
        )
    }

    /// The first constraint that rules a candidate out, in the order in which an owner would want to know.
    private func cause(_ index: Int, _ load: [Basket.Load], _ planner: GangPlanner?) -> String {
        let candidate = problem.candidates[index]
        let shape = candidate.choice.shape
        let samples = load.map { problem.kinds[$0.kind] }
        for kind in samples {
            guard let pool = problem.input.pools.first(where: { $0.name == candidate.poolName }) else {
                return "pool \(candidate.poolName) not configured"
            }
            if !pool.serves(namespace: kind.sample.id.namespace) {
                return "pool \(pool.name) does not serve namespace \(kind.sample.id.namespace)"
            }
            let lacking = kind.sample.requests.lacking(in: shape.allocatable)
            if !lacking.isEmpty { return "too few \(Self.list(lacking))" }
            let refusal = Constraints.refusal(of: kind.sample, labels: candidate.labels, taints: shape.taints)
            if let refusal { return refusal }
            if !kind.capacityTypes.contains(candidate.offering.capacityType) {
                return "\(candidate.offering.capacityType.rawValue) not allowed for this workload"
            }
        }
        if let closed = candidate.choice.closedBecause { return closed }
        if let refusal = planner?.refusal(of: index) { return refusal }
        if let planner {
            let nodes = problem.pack(planner.load, on: index).reduce(0) { $0 + $1.copies }
            let refusal = ledger.refusal(for: candidate, count: nodes)
            return refusal.map { "\($0), the gang needs \(nodes) nodes" } ?? "no room for the whole gang"
        }
        return ledger.refusal(for: candidate, count: 1) ?? "no room beside the rest of the plan"
    }

    // MARK: - Words

    private func overruled(_ demands: [Int]) -> String {
        let texts = demands.flatMap { problem.demands[$0].workload.overruled }.uniqueSorted()
        return texts.isEmpty ? "" : " (\(texts.joined(separator: "; ")))"
    }

    /// At most three names; a plan for hundreds of workloads still makes a readable sentence.
    private static func list(_ names: [String]) -> String {
        guard names.count > 3 else { return names.joined(separator: " and ") }
        return "\(names.prefix(2).joined(separator: ", ")) and \(names.count - 2) more"
    }

    private static func duration(_ seconds: Int64) -> String {
        guard seconds >= 60 else { return "\(seconds) s" }
        let minutes = (seconds + 30) / 60
        guard minutes >= 60 else { return "\(minutes) min" }
        return minutes % 60 == 0 ? "\(minutes / 60) h" : "\(minutes / 60) h \(minutes % 60) min"
    }

    /// Cents where they say something, else as many places as it takes to see the difference.
    private static func perHour(_ price: Money) -> String {
        for places in [2, 4, 6] where price.rounded(places: places) == price || places == 6 {
            return price.formatted(places: places)
        }
        return price.description
    }
}
