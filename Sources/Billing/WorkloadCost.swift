package import Model

/// What one workload cost so far and how it went.
package struct WorkloadCost: Hashable, Sendable {
    package enum State: String, Hashable, Codable, Sendable {
        case waiting
        case running
        case succeeded
        case failed
    }

    package var id: WorkloadID
    /// `__unallocated__` for one that was never admitted.
    package var team: String
    package var state: State
    /// The running one included.
    package var attempts: Int
    package var interruptions: Int
    /// Accelerator-seconds computed after the last durable checkpoint and thrown away.
    package var lostWorkSeconds: Int64
    /// Its shares of nodes, boot, lost work and checkpoints included; whole cents.
    package var cost: Money
    /// Useful work plus one changeover on the cheapest on-demand offering that fits; whole cents.
    package var onDemandEquivalentCost: Money

    package init(
        id: WorkloadID,
        team: String,
        state: State,
        attempts: Int,
        interruptions: Int,
        lostWorkSeconds: Int64,
        cost: Money,
        onDemandEquivalentCost: Money
    ) {
        self.id = id
        self.team = team
        self.state = state
        self.attempts = attempts
        self.interruptions = interruptions
        self.lostWorkSeconds = lostWorkSeconds
        self.cost = cost
        self.onDemandEquivalentCost = onDemandEquivalentCost
    }

    package var namespace: String { id.namespace }
    package var name: String { id.name }
    package var kind: String { id.kind }
    package var completed: Bool { state == .succeeded }
    package var savings: Money { onDemandEquivalentCost - cost }
}

extension WorkloadCost: Encodable {
    private enum CodingKeys: String, CodingKey {
        case namespace, name, kind, team, state, completed, attempts, interruptions, lostWorkSeconds, cost
        case onDemandEquivalentCost, savings
    }

    /// Money as decimal strings with two places.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(namespace, forKey: .namespace)
        try container.encode(name, forKey: .name)
        try container.encode(kind, forKey: .kind)
        try container.encode(team, forKey: .team)
        try container.encode(state, forKey: .state)
        try container.encode(completed, forKey: .completed)
        try container.encode(attempts, forKey: .attempts)
        try container.encode(interruptions, forKey: .interruptions)
        try container.encode(lostWorkSeconds, forKey: .lostWorkSeconds)
        try container.encode(cost.formatted(), forKey: .cost)
        try container.encode(onDemandEquivalentCost.formatted(), forKey: .onDemandEquivalentCost)
        try container.encode(savings.formatted(), forKey: .savings)
    }
}
