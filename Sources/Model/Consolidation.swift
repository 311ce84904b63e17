/// Nodes to be taken away, why, and what is bought in their place first.
package struct Consolidation: Hashable, Sendable {
    /// A claim's node and the pods that must still be the ones on it when this is carried out.
    package struct Removal: Hashable, Codable, Sendable {
        package var claim: ClaimID
        package var node: String
        /// By uid, sorted.
        package var pods: [String]

        package init(claim: ClaimID, node: String, pods: [String]) {
            self.claim = claim
            self.node = node
            self.pods = pods
        }
    }

    /// The sum that decided.
    package struct Sum: Hashable, Codable, Sendable {
        /// What the nodes cost an hour.
        package var before: Money
        /// What is bought in their place costs an hour.
        package var after: Money
        /// How long the difference is counted: until it must be repaid, or the work is finished.
        package var horizonSeconds: Int64
        /// Time that is paid for again or not worked in: changeover on the new nodes and on hosts.
        package var changeover: Money
        /// Work that is thrown away and done again.
        package var lostWork: Money

        package init(
            before: Money,
            after: Money = .zero,
            horizonSeconds: Int64,
            changeover: Money = .zero,
            lostWork: Money = .zero
        ) {
            self.before = before
            self.after = after
            self.horizonSeconds = horizonSeconds
            self.changeover = changeover
            self.lostWork = lostWork
        }

        package var saving: Money { (before - after).costing(seconds: max(0, horizonSeconds)) }
        package var cost: Money { changeover + lostWork }
        /// What is left of the saving.
        package var net: Money { saving - cost }
    }

    package var reason: Disruption.Reason
    package var removals: [Removal]
    /// Bought and initialised before anything is taken away; nil when the pods fit elsewhere.
    package var purchase: Plan.Purchase?
    /// What is to be bought once the nodes are left, where limits let nothing more stand before; nil elsewhere.
    package var laterPurchase: Plan.Purchase?
    /// The workloads that move, sorted.
    package var workloads: [WorkloadID]
    package var sum: Sum
    /// One sentence for a person, with the sum.
    package var summary: String
    /// Whether a deadline would be missed without it.
    package var isUrgent: Bool

    package init(
        reason: Disruption.Reason,
        removals: [Removal],
        purchase: Plan.Purchase? = nil,
        laterPurchase: Plan.Purchase? = nil,
        workloads: [WorkloadID] = [],
        sum: Sum,
        summary: String,
        isUrgent: Bool = false
    ) {
        self.reason = reason
        self.removals = removals
        self.purchase = purchase
        self.laterPurchase = laterPurchase
        self.workloads = workloads
        self.sum = sum
        self.summary = summary
        self.isUrgent = isUrgent
    }
}

/// A consolidation that was decided on, as the journal keeps it until its nodes are gone.
package struct ConsolidationIntent: Hashable, Codable, Sendable {
    package var reason: Disruption.Reason
    package var removals: [Consolidation.Removal]
    /// What is bought in their place; the nodes are drained once all of it is initialised.
    package var launch: LaunchID?
    /// How many nodes that launch brings.
    package var launched: Int
    package var workloads: [WorkloadID]
    package var sum: Consolidation.Sum
    package var summary: String
    /// Whether a deadline would be missed without it; nil in intents of older versions, which knew of none.
    package var isUrgent: Bool?

    package init(_ consolidation: Consolidation, launch: LaunchID?) {
        reason = consolidation.reason
        removals = consolidation.removals
        self.launch = launch
        launched = consolidation.purchase?.count ?? 0
        workloads = consolidation.workloads
        sum = consolidation.sum
        summary = consolidation.summary
        isUrgent = consolidation.isUrgent
    }

    /// The claims that go, in the order of the removals.
    package var claims: [ClaimID] { removals.map(\.claim) }
}
