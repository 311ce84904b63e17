import Foundation
import Model

/// Says why a plan came out as it did.
struct Explainer {
    /// Another way to serve the pods of a purchase.
    private struct Alternative {
        var candidate: Int
        var nodes: Int
        var cost: Money
        /// What forbids it; nil when only its cost speaks against it.
        var refusal: String?
    }

    private let problem: Problem
    private let draft: PlanDraft
    private let ledger: Ledger
    /// By demand that is to be spread, what its spot pools have of it in the end.
    private let shares: [Int: WorkloadShare]
    private let pools: [String: Pool]

    /// Of more candidates than this only the most likely are packed to be compared.
    private let mostCompared: Int

    /// - Parameters:
    ///   - draft: What was decided.
    ///   - purchases: How many purchases are to be explained: where there are thousands, each is compared with few others.
    init(_ draft: PlanDraft, purchases: Int) {
        self.draft = draft
        mostCompared = purchases > 200 ? 6 : 48
        problem = draft.problem
        ledger = draft.buyer.ledger
        shares = draft.workloadShares
        pools = Dictionary(problem.input.pools.map { ($0.name, $0) }) { first, _ in first }
    }

    private func planner(_ gang: Int) -> GangPlanner {
        GangPlanner(problem, gang: gang, kinds: draft.kindsOfGang[gang] ?? [])
    }

    // MARK: - What is bought

    func explain(_ purchase: Purchase) -> Explanation {
        let cost = purchase.cost(problem)
        let others = alternatives(to: purchase)
        let names = purchase.demands.map { problem.input.demands[$0].workload.id.description }
        let candidate = problem.candidates[purchase.candidate]
        let count = purchase.nodes.count
        var summary = "\(count) x \(candidate.offering) for \(Self.list(names)): "
        if problem.input.economics == nil {
            summary += "\((candidate.pricePerHour * count).formatted()) $/h"
        } else {
            summary += "\(cost.formatted()) $ expected over \(Self.duration(purchase.seconds))"
        }
        if let reservation = candidate.choice.reservation { summary += ", paid for by \(reservation.id)" }
        summary += dataWords(purchase)
        if let closed = others.first(where: { $0.refusal != nil && $0.cost < cost }), let refusal = closed.refusal {
            let other = problem.candidates[closed.candidate]
            summary += "; \(other.offering) would cost \(closed.cost.formatted()) $ but cannot be bought: \(refusal)"
        } else if let next = others.first(where: { $0.refusal == nil }) {
            let other = problem.candidates[next.candidate]
            summary += "; next best is \(next.nodes) x \(other.offering) at \(next.cost.formatted()) $"
        }
        return Explanation(
            workloads: purchase.demands.map { problem.input.demands[$0].workload.id },
            chosen: option(
                purchase.candidate,
                nodes: count,
                cost: cost,
                reason: others.contains { $0.refusal == nil } ? "least expected cost" : "the only one to be had"
            ),
            rejected: others.prefix(3).map { other in
                let reason = other.refusal ?? comparison(other, purchase)
                return option(other.candidate, nodes: other.nodes, cost: other.cost, reason: reason)
            },
            summary: summary + overruled(purchase.demands)
        )
    }

    /// What copies of the data that workloads read are worth in the zone of a purchase, or what it takes without.
    private func dataWords(_ purchase: Purchase) -> String {
        guard problem.input.economics != nil else { return "" }
        let candidate = problem.candidates[purchase.candidate]
        let zone = candidate.offering.zone
        var seen: Set<String> = []
        return purchase.demands.compactMap { problem.input.demands[$0].dataset }
            .filter { seen.insert($0.name).inserted }
            .map { dataset in
                let time = Self.duration(dataset.loadSeconds)
                let worth = (candidate.pricePerHour * purchase.nodes.count).costing(seconds: dataset.loadSeconds)
                return dataset.zones.contains(zone)
                    ? "; the copy of dataset \(dataset.name) in \(zone) saves \(time) of each start, \(worth.formatted()) $"
                    : "; \(zone) has no copy of dataset \(dataset.name), which adds \(time) to each start, "
                        + "\(worth.formatted()) $"
            }.joined()
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

    /// Every other candidate that could serve the same pods alone, the cheapest first; of very many, the likeliest.
    private func alternatives(to purchase: Purchase) -> [Alternative] {
        var free = ledger
        free.giveBack(problem.candidates[purchase.candidate], count: purchase.nodes.count)
        let planner = purchase.gang.map { self.planner($0) }
        let home = purchase.gang.flatMap { draft.arrangements[$0]?.home }
        var found: [Alternative] = []
        for candidate in likely(for: purchase.load) where candidate != purchase.candidate {
            // In another zone or on another model the gang's pods on hosts would have to move too.
            let isAway = home.map { $0 != problem.candidates[candidate].home } ?? false
            let load = isAway ? planner?.load ?? purchase.load : purchase.load
            if let other = alternative(candidate, load, planner, free) { found.append(other) }
        }
        return sorted(found)
    }

    /// The candidates that can take each pod of a load; of very many, those that cost least.
    private func likely(for load: [Batch.Load]) -> [Int] {
        let usable = problem.candidates.indices.filter { candidate in
            load.allSatisfy { problem.takes(candidate, $0.kind) }
        }
        guard usable.count > mostCompared else { return usable }
        let costs = usable.map { roughCost(load, $0) }
        let order = usable.indices.sorted { (costs[$0], usable[$0]) < (costs[$1], usable[$1]) }
        return order.prefix(mostCompared).map { usable[$0] }
    }

    /// What a load costs on a candidate when nothing is wasted.
    private func roughCost(_ load: [Batch.Load], _ candidate: Int) -> Double {
        var share = 0.0
        for resource in 0..<problem.width {
            let size = problem.sizes[candidate * problem.width + resource]
            guard size > 0 else { continue }
            let sum = load.reduce(0.0) {
                $0 + Double(problem.needs[problem.kinds[$1.kind].need + resource]) * Double($1.count)
            }
            share = max(share, sum / Double(size))
        }
        let seconds = load.map { problem.seconds(problem.kinds[$0.kind].profile, on: candidate) }.max() ?? 0
        return max(share, 1) * problem.cost(candidate, seconds: seconds)
    }

    private func alternative(
        _ candidate: Int,
        _ load: [Batch.Load],
        _ planner: GangPlanner?,
        _ ledger: Ledger
    ) -> Alternative? {
        guard !load.isEmpty, let batches = problem.pack(load, on: candidate) else { return nil }
        let nodes = batches.reduce(0) { $0 + $1.copies }
        let refusal =
            problem.candidates[candidate].choice.closedBecause
            ?? planner?.refusal(of: candidate)
            ?? shareRefusal(candidate, load)
            ?? ledger.refusal(for: problem.candidates[candidate], count: nodes)
        return Alternative(candidate: candidate, nodes: nodes, cost: problem.cost(of: batches), refusal: refusal)
    }

    /// The workload of which a candidate's spot pool would have too much, in words; nil where there is none.
    private func shareRefusal(_ candidate: Int, _ load: [Batch.Load]) -> String? {
        guard !shares.isEmpty, let pool = problem.candidates[candidate].spotPool else { return nil }
        let parts = Dictionary(grouping: load.filter { problem.kinds[$0.kind].spread != nil }) { entry in
            problem.kinds[entry.kind].spread ?? 0
        }
        for (demand, entries) in parts.sorted(by: { problem.turns[$0.key] < problem.turns[$1.key] }) {
            guard let share = shares[demand] else { continue }
            let wanted = entries.reduce(0) { $0 + problem.accelerators(of: $1.kind) * Int64($1.count) }
            let isOnly = (share.held[pool] ?? 0) == 0 && entries.reduce(0) { $0 + $1.count } == 1
            guard !isOnly, (share.held[pool] ?? 0) + wanted > share.most else { continue }
            let offering = problem.candidates[candidate].offering
            return "spot pool \(offering.instanceType) in \(offering.zone) may hold \(share.most) of the \(share.all) "
                + "accelerators of \(problem.input.demands[demand].workload.id) by maximumPoolShare, and holds "
                + "\(share.held[pool] ?? 0)"
        }
        return nil
    }

    private func sorted(_ alternatives: [Alternative]) -> [Alternative] {
        alternatives.sorted { ($0.cost, $0.nodes, $0.candidate) < ($1.cost, $1.nodes, $1.candidate) }
    }

    private func comparison(_ other: Alternative, _ purchase: Purchase) -> String {
        let cost = purchase.cost(problem)
        let (candidate, chosen) = (problem.candidates[other.candidate], problem.candidates[purchase.candidate])
        let sums = "expected cost \(other.cost.formatted()) against \(cost.formatted())"
        let hourly = candidate.pricePerHour * other.nodes - chosen.pricePerHour * purchase.nodes.count
        if other.cost > cost { return "\(Self.perHour(hourly)) $/h dearer: \(sums)" }
        if other.cost < cost { return "cheaper alone, dearer with the rest of the plan: \(sums)" }
        if other.nodes > purchase.nodes.count { return "same expected cost on more nodes" }
        if candidate.offering.capacityType != chosen.offering.capacityType {
            return "same expected cost; \(chosen.offering.capacityType.rawValue) is preferred"
        }
        return "same expected cost; the first by name is taken"
    }

    // MARK: - What cannot be placed

    func explain(unplaceable demand: Int, kinds: [Int]) -> Explanation {
        let workload = problem.input.demands[demand].workload
        var planner: GangPlanner?
        if let kind = kinds.first, let gang = problem.kinds[kind].gang { planner = self.planner(gang) }
        let counts = kinds.reduce(into: [Int: Int]()) { $0[$1, default: 0] += 1 }
        let load = counts.sorted { $0.key < $1.key }.map { Batch.Load(kind: $0.key, count: $0.value) }
        var causes: [String: Int] = [:]
        for candidate in problem.candidates.indices {
            causes[cause(candidate, load, planner), default: 0] += 1
        }
        let reasons = causes.sorted { (-$0.value, $0.key) < (-$1.value, $1.key) }.map { "\($0.value) \($0.key)" }
        var summary = "0/\(problem.candidates.count) offerings"
        summary += reasons.isEmpty ? ": no pool offers anything" : ": \(reasons.joined(separator: ", "))"
        let all = problem.input.demands[demand].pods.count
        if kinds.count < all { summary += " (for \(kinds.count) of \(all) pods)" }
        let options = sorted(likely(for: load).compactMap { alternative($0, load, planner, ledger) })
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
    private func cause(_ index: Int, _ load: [Batch.Load], _ planner: GangPlanner?) -> String {
        let candidate = problem.candidates[index]
        let shape = candidate.choice.shape
        for kind in load.map(\.kind) {
            let station = problem.station(of: kind)
            guard let pool = pools[candidate.poolName] else { return "pool \(candidate.poolName) not configured" }
            if !pool.serves(namespace: station.namespace) {
                return "pool \(pool.name) does not serve namespace \(station.namespace)"
            }
            let lacking = problem.sample(kind).requests.lacking(in: shape.allocatable)
            if !lacking.isEmpty { return "too few \(Self.list(lacking))" }
            if let refusal = station.refusal(labels: candidate.labels, taints: shape.taints) { return refusal }
            if !station.capacityTypes.contains(candidate.offering.capacityType) {
                return "\(candidate.offering.capacityType.rawValue) not allowed for this workload"
            }
            if station.avoided.contains(candidate.offering) { return "passed over by the spot policy for now" }
            if station.outlives(candidate.choice.reservation), let reservation = candidate.choice.reservation {
                return "reservation \(reservation.id) ends too early"
            }
            if !problem.fits(need: problem.kinds[kind].need, on: index) { return "too little beside the daemons" }
        }
        if let closed = candidate.choice.closedBecause { return closed }
        if let refusal = planner?.refusal(of: index) { return refusal }
        for kind in load.map(\.kind) {
            if let refusal = draft.refused[kind] { return refusal.rawValue }
            if !problem.rules(of: kind).joins.isEmpty { return WideRules.Refusal.affinity.rawValue }
        }
        if let planner {
            guard let batches = problem.pack(planner.load, on: index) else { return "no room for the whole gang" }
            let nodes = batches.reduce(0) { $0 + $1.copies }
            let refusal = ledger.refusal(for: candidate, count: nodes)
            return refusal.map { "\($0), the gang needs \(nodes) nodes" } ?? shareRefusal(index, planner.load)
                ?? "no room for the whole gang"
        }
        return shareRefusal(index, load.prefix(1).map { Batch.Load(kind: $0.kind, count: 1) })
            ?? ledger.refusal(for: candidate, count: 1)
            ?? "no room beside the rest of the plan"
    }

    // MARK: - Words

    private func overruled(_ demands: [Int]) -> String {
        let texts = demands.flatMap { problem.input.demands[$0].workload.overruled }.uniqueSorted()
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
