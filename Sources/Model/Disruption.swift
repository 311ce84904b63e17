/// When and how far a pool's nodes may be taken away by our own choice.
package struct Disruption: Hashable, Codable, Sendable {
    package enum Policy: String, Hashable, Codable, CaseIterable, Sendable {
        case whenEmpty = "WhenEmpty"
        case whenEmptyOrUnderutilized = "WhenEmptyOrUnderutilized"
    }

    /// Why a node is taken away.
    package enum Reason: String, Hashable, Codable, CaseIterable, Sendable {
        case empty = "Empty"
        case underutilized = "Underutilized"
        /// Not what the configuration would make today.
        case drifted = "Drifted"
        /// As old as its pool's nodes may be.
        case expired = "Expired"
        /// The cloud's own checks of the machine fail.
        case impaired = "Impaired"
        /// Its workload is better off on other capacity, as the spot policy has it.
        case repriced = "Repriced"

        /// Whether a node is replaced for it whatever that saves.
        package var isReplacing: Bool { self == .drifted || self == .expired || self == .impaired }
    }

    /// What applies where no budget was configured.
    package static let usualBudget = DisruptionBudget.Nodes.percent(10)

    package var policy: Policy
    /// How long a node must be empty, or must have seen no pod come or go, before it is looked at; nil is the
    /// configuration's `idleTimeout`.
    package var consolidateAfter: Duration?
    /// A move must save more than it costs within this time.
    package var repayWithin: Duration
    /// A younger node with pods on it is left alone, so that moves do not chase prices.
    package var minimumNodeAge: Duration
    /// A node that is older is replaced; nil lets nodes grow as old as they like.
    package var expireAfter: Duration?
    package var budgets: [DisruptionBudget]

    package init(
        policy: Policy = .whenEmpty,
        consolidateAfter: Duration? = nil,
        repayWithin: Duration = .seconds(3600),
        minimumNodeAge: Duration = .seconds(1800),
        expireAfter: Duration? = nil,
        budgets: [DisruptionBudget] = [
            DisruptionBudget(nodes: Disruption.usualBudget, reasons: [.underutilized, .drifted, .expired, .impaired])
        ]
    ) {
        self.policy = policy
        self.consolidateAfter = consolidateAfter
        self.repayWithin = repayWithin
        self.minimumNodeAge = minimumNodeAge
        self.expireAfter = expireAfter
        self.budgets = budgets
    }

    /// How many of a pool's nodes may be on their way out at one time: the least that an active budget allows. Where some
    /// are configured, and none names one of the replacing reasons or stands for everything at all times, the usual one
    /// holds for that reason beside them.
    ///
    /// - Parameters:
    ///   - reason: Why a node would be taken away.
    ///   - total: Initialised nodes of the pool, those on their way out included.
    ///   - now: Decides which budgets are active.
    /// - Returns: Nil when no active budget speaks of the reason.
    package func allowed(for reason: Reason, of total: Int, at now: Timestamp) -> Int? {
        var active = budgets.filter { $0.applies(to: reason) && $0.isActive(at: now) }
        let isSpokenFor =
            budgets.isEmpty
            || budgets.contains { budget in
                budget.reasons.isEmpty ? budget.schedule == nil : budget.reasons.contains(reason)
            }
        if reason.isReplacing, !isSpokenFor { active.append(DisruptionBudget(nodes: Self.usualBudget)) }
        return active.map { $0.allowed(of: total) }.min()
    }
}

/// How many of a pool's nodes may be on their way out by our own choice at one time.
package struct DisruptionBudget: Hashable, Codable, Sendable {
    package enum Nodes: Hashable, Codable, Sendable {
        case count(Int)
        /// Of the pool's initialised nodes, rounded up.
        case percent(Int)
    }

    package var nodes: Nodes
    /// What it speaks of; empty means everything.
    package var reasons: [Disruption.Reason]
    /// When it becomes active; always active without one.
    package var schedule: CronSchedule?
    /// How long it is active each time.
    package var duration: Duration?

    package init(
        nodes: Nodes,
        reasons: [Disruption.Reason] = [],
        schedule: CronSchedule? = nil,
        duration: Duration? = nil
    ) {
        self.nodes = nodes
        self.reasons = reasons
        self.schedule = schedule
        self.duration = duration
    }

    package func applies(to reason: Disruption.Reason) -> Bool { reasons.isEmpty || reasons.contains(reason) }

    package func isActive(at now: Timestamp) -> Bool {
        guard let schedule else { return true }
        return schedule.isActive(at: now, for: duration ?? .zero)
    }

    package func allowed(of total: Int) -> Int {
        switch nodes {
        case .count(let count): count
        // Rounded up, so that a small pool is not held for ever:
        // https://karpenter.sh/docs/concepts/disruption/#nodes
        case .percent(let percent): (total * percent + 99) / 100
        }
    }
}
