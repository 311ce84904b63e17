package import Billing
package import Model

/// The ledger and the chronicle of one journal, fed with its entries in order.
package actor Books {
    private var ledger: Ledger
    private var chronicle = Chronicle()

    package init(configuration: GleanerConfiguration) {
        ledger = Ledger(configuration: configuration)
    }

    /// Takes in committed entries: made for the engine's `observe`. Those already taken in are passed over.
    package func record(_ entries: [JournalEntry]) {
        for entry in entries where entry.sequence > chronicle.lastSequence {
            ledger.record(entry)
            chronicle.record(entry)
        }
    }

    /// Makes known what shapes offer, so that the on-demand equivalent can look at all that could have been bought.
    package func record(_ catalogue: Catalogue) {
        ledger.record(catalogue)
    }

    package var firstEntryAt: Timestamp? { chronicle.firstEntryAt }
    package var counters: Counters { chronicle.counters }

    package func report(_ query: CostQuery, now: Timestamp) -> CostReport {
        ledger.report(query, now: now)
    }

    package func workloadCosts(shareIdle: Bool, now: Timestamp) -> [WorkloadCost] {
        ledger.workloads(now: now, shareIdle: shareIdle)
    }

    /// Every namespace of a workload that was ever admitted or held a share of a node.
    package func namespaces() -> Set<String> { ledger.namespaces }

    /// The newest first.
    package func decisions(limit: Int) -> [DecisionRecord] {
        chronicle.decisions.suffix(max(0, min(limit, Chronicle.decisionLimit))).reversed()
    }

    /// The newest first.
    package func interruptions() -> [InterruptionRecord] {
        chronicle.interruptions.reversed()
    }
}
