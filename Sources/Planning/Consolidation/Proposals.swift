import Model

/// Nodes, alone or several together, that one cheaper node might replace by the look of their sums.
struct Proposals {
    /// Nodes that one new node replaces, and nodes that are looked at, at most.
    static let groupLimit = 8
    static let candidateLimit = 64

    struct Proposal {
        var candidates: [RemovableNode]
        /// What is left of the saving, hopefully reckoned.
        var net: Money
    }

    /// The most saving first.
    private(set) var sorted: [Proposal] = []
    private let input: ConsolidationInput

    init(_ candidates: [RemovableNode], choices: [PlanInput.Choice], in input: ConsolidationInput) {
        self.input = input
        let cheapest = Self.cheapest(choices)
        let idle = Self.mostIdle(candidates)
        var proposals: [Proposal] = []
        for candidate in candidates {
            let fitting = cheapest.first {
                $0.pricePerHour < candidate.node.pricePerHour && takes([candidate], $0)
            }
            if let fitting { proposals.append(proposal([candidate], fitting)) }
        }
        for choice in cheapest {
            var group: [RemovableNode] = []
            for candidate in idle where group.count < Self.groupLimit && takes(group + [candidate], choice) {
                group.append(candidate)
                // Each of them may be the one at which it pays best, or at which budgets end.
                if group.count > 1 { proposals.append(proposal(group, choice)) }
            }
        }
        sorted = proposals.filter { $0.net > .zero }.sorted { left, right in
            guard left.net == right.net else { return left.net > right.net }
            return left.candidates.map(\.node.claim.value).lexicographicallyPrecedes(
                right.candidates.map(\.node.claim.value)
            )
        }
        var seen: Set<Set<String>> = []
        sorted = sorted.filter { seen.insert(Set($0.candidates.map(\.node.name))).inserted }
    }

    /// Those on which most money stands idle, as many as are looked at together.
    private static func mostIdle(_ candidates: [RemovableNode]) -> [RemovableNode] {
        let idle = candidates.map { (candidate: $0, money: $0.node.pricePerHour - $0.share) }
        let sorted = idle.sorted { left, right in
            guard left.money == right.money else { return left.money > right.money }
            return left.candidate.node.claim < right.candidate.node.claim
        }
        return sorted.prefix(candidateLimit).map(\.candidate)
    }

    /// The cheapest choice of each pool, shape and capacity type, the cheapest first.
    private static func cheapest(_ choices: [PlanInput.Choice]) -> [PlanInput.Choice] {
        struct Key: Hashable {
            var pool: String
            var shape: String
            var capacityType: CapacityType
        }
        var best: [Key: PlanInput.Choice] = [:]
        for choice in choices {
            let key = Key(pool: choice.pool, shape: choice.shape.name, capacityType: choice.offering.capacityType)
            if let known = best[key],
                (known.pricePerHour, known.offering) <= (choice.pricePerHour, choice.offering)
            {
                continue
            }
            best[key] = choice
        }
        return best.values.sorted {
            ($0.pricePerHour, $0.pool, $0.offering) < ($1.pricePerHour, $1.pool, $1.offering)
        }
    }

    /// Whether the room of one node would do, and every pod may run in the pool; its zone is planning's to choose.
    private func takes(_ group: [RemovableNode], _ choice: PlanInput.Choice) -> Bool {
        let need = group.reduce(Resources()) { $0 + $1.need }
        guard need.fits(in: choice.shape.allocatable), let last = group.last,
            let pool = input.surroundings.pools.first(where: { $0.name == choice.pool })
        else { return false }
        return last.node.residents.allSatisfy { resident in
            guard let demand = resident.workload.flatMap({ input.tenants[$0]?.demand }) else { return false }
            return pool.serves(namespace: resident.pod.id.namespace)
                && demand.capacityTypes.contains(choice.offering.capacityType)
                && !demand.avoided.contains(choice.offering)
        }
    }

    private func proposal(_ group: [RemovableNode], _ choice: PlanInput.Choice) -> Proposal {
        let before = group.reduce(Money.zero) { $0 + $1.node.pricePerHour }
        let horizon = group.map { $0.horizonSeconds(in: input) }.min() ?? 0
        let lost = group.reduce(Money.zero) { $0 + $1.lostWork }
        let sum = Consolidation.Sum(
            before: before,
            after: choice.pricePerHour,
            horizonSeconds: horizon,
            changeover: choice.pricePerHour.costing(seconds: input.surroundings.changeover.totalSeconds),
            lostWork: lost
        )
        return Proposal(candidates: group, net: sum.net)
    }
}
