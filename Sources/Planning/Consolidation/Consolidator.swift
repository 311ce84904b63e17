import Model

/// The search for nodes that may go. What was chosen is reckoned with in all that follows.
struct Consolidator {
    /// How many times planning is asked for nodes whose pods may fit elsewhere, as well as for those of each pool that must
    /// be replaced, and for replacements.
    static let moveTries = 8
    static let replacementTries = 6

    let input: ConsolidationInput
    var chosen: [Consolidation] = []
    private(set) var candidates: [RemovableNode] = []
    /// Those that must be replaced.
    private var outdated: [RemovableNode]
    var destinations: Destinations
    var allowance: DisruptionAllowance
    var headroom: [String: PlanInput.Headroom]
    var quotas: [Quota: PlanInput.QuotaRoom]
    /// Nodes that go, and nodes that take in what others give up.
    var settled: Set<String> = []

    init(_ input: ConsolidationInput) {
        self.input = input
        allowance = DisruptionAllowance(input)
        headroom = input.surroundings.headroom
        quotas = input.surroundings.quotas
        destinations = Destinations(input)
        outdated = []
        let hosts = Dictionary(input.surroundings.hosts.map { ($0.name, $0) }) { first, _ in first }
        for node in input.nodes.sorted(by: { $0.claim < $1.claim }) {
            guard let host = hosts[node.name] else { continue }
            if node.replacedBecause != nil {
                if let candidate = RemovableNode(node, host: host, in: input) { outdated.append(candidate) }
            } else if !input.isBusy, let candidate = RemovableNode(node, host: host, in: input) {
                candidates.append(candidate)
            }
        }
    }

    /// Nodes on which nothing has run for long enough, the dearest first. One that must be replaced goes at once.
    mutating func removeEmpty() {
        let empty = input.nodes.filter { node in
            guard !input.isBusy || node.replacedBecause != nil else { return false }
            let usual = input.disruption(of: node.pool).consolidateAfter ?? input.defaultDelay
            let delay = node.replacedBecause == nil ? usual : .zero
            return node.residents.isEmpty && !node.isDisrupted && node.isReady && node.heldBecause == nil
                && input.now - node.quietSince >= delay
        }
        for node in empty.sorted(by: { ($1.pricePerHour, $0.claim) < ($0.pricePerHour, $1.claim) }) {
            let reason = node.replacedBecause?.reason ?? .empty
            guard allowance.allows([node.pool], for: reason) else { continue }
            allowance.take([node.pool])
            settled.insert(node.name)
            let seconds = (input.now - node.quietSince).components.seconds
            chosen.append(
                Consolidation(
                    reason: reason,
                    removals: [Consolidation.Removal(claim: node.claim, node: node.name, pods: [])],
                    sum: Consolidation.Sum(before: node.pricePerHour, horizonSeconds: 3600),
                    summary: "empty for \(seconds) s" + (node.replacedBecause.map { ", and \($0.words)" } ?? "")
                )
            )
        }
    }

    /// Nodes that must be replaced, of each pool the oldest first: their pods go to others that stand or to new ones,
    /// whatever costs least, also when that costs more than staying.
    mutating func replaceOutdated() {
        let open = input.surroundings.choices.filter { $0.closedBecause == nil }
        for (_, candidates) in Dictionary(grouping: outdated, by: \.node.pool).sorted(by: { $0.key < $1.key }) {
            replaceOutdated(inTurn(candidates), choices: open)
        }
    }

    /// The oldest first. Where there are more than are tried at once another begins each minute, so that those that find
    /// no place do not keep the others waiting.
    private func inTurn(_ candidates: [RemovableNode]) -> [RemovableNode] {
        let sorted = candidates.sorted {
            ($0.node.initialisedAt, $0.node.claim) < ($1.node.initialisedAt, $1.node.claim)
        }
        guard sorted.count > Self.moveTries else { return sorted }
        let start = Int(input.now.seconds / 60 % Int64(sorted.count))
        return Array(sorted[start...] + sorted[..<start])
    }

    private mutating func replaceOutdated(_ candidates: [RemovableNode], choices open: [PlanInput.Choice]) {
        var tries = Self.moveTries
        for candidate in candidates {
            guard tries > 0 else { return }
            guard let replacing = candidate.node.replacedBecause, isFree(candidate),
                allowance.allows([candidate.node.pool], for: replacing.reason)
            else { continue }
            tries -= 1
            let same = open.filter { $0.shape.name == candidate.node.shape.name && $0.pool == candidate.node.pool }
            // Several small nodes for a large one are more than one launch: then one like it.
            if let found = evaluate([candidate], choices: open, replacing)
                ?? evaluate([candidate], choices: same, replacing)
            {
                choose(found, [candidate])
            }
        }
    }

    /// Nodes whose pods all fit on others, those that save most first; planning has the last word on whether they fit.
    mutating func removeWhatFitsElsewhere() {
        var tries = Self.moveTries
        let paying = candidates.map { ($0, $0.sum(in: input).net) }.filter { $0.1 > .zero }
        let sorted = paying.sorted { left, right in
            left.1 == right.1 ? left.0.node.claim < right.0.node.claim : left.1 > right.1
        }
        for (candidate, _) in sorted {
            guard tries > 0 else { return }
            guard isFree(candidate), allowance.allows([candidate.node.pool], for: .underutilized),
                destinations.mayTake(candidate)
            else { continue }
            tries -= 1
            if let found = evaluate([candidate], choices: []) { choose(found, [candidate]) }
        }
    }

    /// Nodes that something cheaper can replace, those that save most first.
    mutating func replace() {
        var tries = Self.replacementTries
        let open = input.surroundings.choices.filter { $0.closedBecause == nil }
        guard !open.isEmpty else { return }
        for proposal in Proposals(candidates.filter(isFree), choices: open, in: input).sorted {
            guard tries > 0 else { return }
            let group = proposal.candidates
            guard group.allSatisfy(isFree), allowance.allows(group.map(\.node.pool), for: .underutilized) else {
                continue
            }
            tries -= 1
            // Those that cost as much as what stands stay in: when planning prefers one of them, nothing is gained.
            let before = group.reduce(Money.zero) { $0 + $1.node.pricePerHour }
            let choices = open.filter { $0.pricePerHour <= before }
            if let found = evaluate(group, choices: choices) { choose(found, group) }
        }
    }

    private func isFree(_ candidate: RemovableNode) -> Bool { !settled.contains(candidate.node.name) }

    /// What becomes of it, with the places of the pods that hosts take in.
    private struct Found {
        var consolidation: Consolidation
        var placements: [PodID: String]
    }

    /// Asks planning where the pods of these nodes would go; nil when some have no place, or when it does not pay and
    /// nothing makes them go.
    private func evaluate(
        _ group: [RemovableNode],
        choices: [PlanInput.Choice],
        _ replacing: ConsolidationInput.Replacing? = nil
    ) -> Found? {
        var pods: [WorkloadID: [Pod]] = [:]
        for candidate in group { pods.merge(candidate.demands(in: input)) { $0 + $1 } }
        var question = input.surroundings
        question.demands = pods.sorted { $0.key < $1.key }.compactMap { id, pods in
            guard var demand = input.tenants[id]?.demand else { return nil }
            demand.pods = pods.sorted { $0.id < $1.id }
            let moved = Set(pods.map(\.id))
            demand.running.removeAll(where: moved.contains)
            return demand
        }
        question.choices = choices
        question.headroom = headroom
        question.quotas = quotas
        // Where spot pools have shares, whatever stands has a say in what they are.
        let keepsAll = input.surroundings.economics?.maximumPoolShare != nil
        question.hosts = destinations.hosts(
            for: pods.values.flatMap { $0 },
            without: Set(group.map(\.node.name)),
            keepsAll: keepsAll
        )
        let plan = Planning.plan(question)
        guard plan.unplaceable.isEmpty, plan.purchases.count <= 1 else { return nil }
        let placed = Set(plan.placements.keys).union(plan.purchases.flatMap { $0.pods.flatMap { $0 } })
        guard pods.values.allSatisfy({ $0.allSatisfy { placed.contains($0.id) } }) else { return nil }
        let purchase = plan.purchases.first
        let sum = reckon(group, purchase: purchase, workloads: pods.keys.sorted())
        guard replacing != nil || sum.net > .zero else { return nil }
        return Found(
            consolidation: Consolidation(
                reason: replacing?.reason ?? .underutilized,
                removals: group.map { candidate in
                    Consolidation.Removal(
                        claim: candidate.node.claim,
                        node: candidate.node.name,
                        pods: candidate.node.residents.map(\.pod.uid).sorted()
                    )
                }.sorted { $0.claim < $1.claim },
                purchase: purchase,
                workloads: pods.keys.sorted(),
                sum: sum,
                summary: summary(of: group, plan, sum, replacing)
            ),
            placements: plan.placements
        )
    }

    private func reckon(
        _ group: [RemovableNode],
        purchase: Plan.Purchase?,
        workloads: [WorkloadID]
    ) -> Consolidation.Sum {
        var result = Consolidation.Sum(
            before: .zero,
            horizonSeconds: group.map { $0.horizonSeconds(in: input) }.min() ?? 0
        )
        for candidate in group {
            let alone = candidate.sum(in: input)
            result.before += alone.before
            result.lostWork += alone.lostWork
            result.changeover += alone.changeover
        }
        if let purchase {
            // The new nodes are paid from their launch on, and nothing is computed on them until the changeover is over;
            // until then the old ones are paid as well.
            result.after = purchase.pricePerHour * purchase.count
            let loading =
                workloads.compactMap { input.tenants[$0]?.demand.dataset }
                .filter { !$0.zones.contains(purchase.offering.zone) }.map(\.loadSeconds).max() ?? 0
            let seconds = input.surroundings.changeover.totalSeconds + loading
            result.changeover += result.after.costing(seconds: seconds)
        }
        return result
    }

    private func summary(
        of group: [RemovableNode],
        _ plan: Plan,
        _ sum: Consolidation.Sum,
        _ replacing: ConsolidationInput.Replacing?
    ) -> String {
        let nodes = group.map { "\($0.node.name) (\($0.node.offering))" }.sorted().joined(separator: ", ")
        let count = group.reduce(0) { $0 + $1.node.residents.count }
        let pods = count == 1 ? "the 1 pod" : "the \(count) pods"
        let hosts = Set(plan.placements.values).sorted()
        let shown = hosts.prefix(3).joined(separator: ", ") + (hosts.count > 3 ? " and \(hosts.count - 3) more" : "")
        let what =
            if let purchase = plan.purchases.first {
                "replace \(nodes) at \(sum.before) an hour by \(purchase.count) × \(purchase.offering) at \(sum.after)"
            } else {
                "remove \(nodes) at \(sum.before) an hour: \(pods) fit\(count == 1 ? "s" : "") on \(shown)"
            }
        if let replacing {
            return "\(what), because \(replacing.words); the move costs \(sum.cost.formatted())"
        }
        return "\(what); saves \(sum.saving.formatted()) in \(sum.horizonSeconds) s, the move costs "
            + "\(sum.cost.formatted()) (changeover \(sum.changeover.formatted()), lost work \(sum.lostWork.formatted()))"
    }

    private mutating func choose(_ found: Found, _ group: [RemovableNode]) {
        chosen.append(found.consolidation)
        allowance.take(group.map(\.node.pool))
        settled.formUnion(group.map(\.node.name))
        settled.formUnion(found.placements.values)
        destinations.remove(Set(group.map(\.node.name)))
        let pods = group.flatMap { $0.node.residents.map(\.pod) }
        for pod in pods {
            if let host = found.placements[pod.id] { destinations.place(pod, on: host) }
        }
        if let purchase = found.consolidation.purchase { reckonWith(purchase) }
    }

    /// Takes what is bought off what may still be.
    mutating func reckonWith(_ purchase: Plan.Purchase) {
        if let quota = purchase.offering.quota, var room = quotas[quota] {
            let vCPUs = input.surroundings.choices.first { $0.offering == purchase.offering }?.vCPUs ?? 0
            room.left -= vCPUs * Int64(purchase.count)
            quotas[quota] = room
        }
        guard var left = headroom[purchase.pool] else { return }
        left.nodes = left.nodes.map { $0 - purchase.count }
        left.accelerators = left.accelerators.map { $0 - purchase.shape.accelerators * Int64(purchase.count) }
        left.spendPerHour = left.spendPerHour.map { $0 - purchase.pricePerHour * purchase.count }
        headroom[purchase.pool] = left
    }
}
