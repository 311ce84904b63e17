import Autoscaler
import Billing
import Model
import Runtime

/// What a source shows of some namespaces: nothing names a workload of another one.
struct NamespaceView: StatusSource {
    let base: any StatusSource
    /// Whose pods the reader may list.
    let visible: Set<String>

    var now: Timestamp { base.now }
    var startedAt: Timestamp { base.startedAt }
    var configuration: GleanerConfiguration { base.configuration }

    func status() async -> Status {
        var status = await base.status()
        status.workloads.removeAll { !shows($0.workload.id) }
        for index in status.claims.indices { status.claims[index].workloads.removeAll { !shows($0) } }
        return status
    }

    func freshness() async -> Freshness { await base.freshness() }

    func firstEntryAt() async -> Timestamp? { await base.firstEntryAt() }

    /// What no workload used belongs to nobody's namespace, and is left out.
    func report(_ query: CostQuery) async -> CostReport {
        var query = query
        query.filter[.namespace] = query.filter[.namespace]?.intersection(visible) ?? visible
        return await base.report(query)
    }

    func workloadCosts(shareIdle: Bool) async -> [WorkloadCost] {
        await base.workloadCosts(shareIdle: shareIdle).filter { shows($0.id) }
    }

    func decisions(limit: Int) async -> [DecisionRecord] {
        Array(await base.decisions(limit: Chronicle.decisionLimit).filter { $0.isVisible(in: visible) }.prefix(limit))
    }

    func interruptions() async -> [InterruptionRecord] {
        await base.interruptions().compactMap { $0.shown(in: visible) }
    }

    func counters() async -> Counters { await base.counters() }

    func queueTally() async -> QueueTally? { await base.queueTally() }

    func namespaces() async -> Set<String> { await base.namespaces().intersection(visible) }

    func setPaused(_ paused: Bool, by: String) async { await base.setPaused(paused, by: by) }

    func take(_ notice: Notice) async -> Bool { await base.take(notice) }

    private func shows(_ workload: WorkloadID) -> Bool { visible.contains(workload.namespace) }
}

extension DecisionRecord {
    /// Whether its text names nothing of other namespaces. Where that is not known, it is taken to.
    func isVisible(in visible: Set<String>) -> Bool {
        switch kind {
        case .closeOffering, .pause, .resume: true
        default: !namespaces.isEmpty && namespaces.isSubset(of: visible)
        }
    }
}

extension InterruptionRecord {
    /// What of it names nothing of other namespaces; nil where only others' work ran on the node.
    func shown(in visible: Set<String>) -> InterruptionRecord? {
        var shown = self
        shown.effects.removeAll { !visible.contains($0.workload.namespace) }
        guard !shown.effects.isEmpty || effects.isEmpty else { return nil }
        shown.steps.removeAll { step in step.namespace.map { !visible.contains($0) } ?? false }
        return shown
    }
}
