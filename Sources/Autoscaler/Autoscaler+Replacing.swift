import Model

/// Nodes that are not what the configuration would make today, or are older than they may be. They are replaced within
/// disruption budgets, and never under a gang that runs.
extension Autoscaler {
    /// How often standing nodes are compared with what would be made now.
    static let comparisonInterval: Duration = .seconds(60)

    /// Compares every initialised node with what would be made in its place.
    mutating func compareNodes(at now: Timestamp) {
        guard !poolShapes.isEmpty else { return }
        let due = progress.comparedAt.map { $0 + Self.comparisonInterval } ?? now
        guard due <= now else { return }
        progress.comparedAt = now
        progress.replacing = [:]
        for claim in liveClaims where claim.phase == .initialised && claim.reclaimAt == nil {
            progress.replacing[claim.id] = replacing(claim, at: now)
        }
        if !progress.replacing.isEmpty { wake(at: now + Self.comparisonInterval) }
    }

    private func replacing(_ claim: Claim, at now: Timestamp) -> ConsolidationInput.Replacing? {
        if let words = drift(of: claim) { return ConsolidationInput.Replacing(reason: .drifted, words: words) }
        guard let launched = claim.launchedAt,
            let most = configuration.pools.first(where: { $0.name == claim.pool })?.disruption.expireAfter,
            now - launched >= most
        else { return nil }
        let hours = (now - launched).components.seconds / 3600
        return ConsolidationInput.Replacing(
            reason: .expired,
            words: "it is \(hours) h old, and pool \(claim.pool) lets nodes grow \(most.components.seconds) s old"
        )
    }

    /// In what a node differs from what would be made now; nil when in nothing that counts, or nothing is known.
    private func drift(of claim: Claim) -> String? {
        guard let pool = configuration.pools.first(where: { $0.name == claim.pool }) else {
            return "pool \(claim.pool) is configured no more"
        }
        let offering = claim.offering
        guard let template = pool.shapes.first(where: { $0.name == claim.shape.name }),
            template.instanceTypes.contains(offering.instanceType)
        else { return "pool \(pool.name) has no shape \(claim.shape.name) of \(offering.instanceType) any more" }
        if !pool.zones.isEmpty, !pool.zones.contains(offering.zone) {
            return "pool \(pool.name) buys nothing in \(offering.zone) any more"
        }
        if !pool.capacityTypes.contains(offering.capacityType) {
            return "pool \(pool.name) buys no \(offering.capacityType.rawValue) capacity any more"
        }
        // Beside what the pool says, the shape names its architecture.
        if claim.shape.labels.filter({ $0.key != Label.architecture }) != pool.labels {
            return "pool \(pool.name) gives its nodes other labels now"
        }
        if Set(claim.shape.taints) != Set(pool.taints) { return "pool \(pool.name) gives its nodes other taints now" }
        guard let made = claim.blueprint,
            let wanted = blueprint(pool: pool.name, shape: claim.shape, offering: offering)
        else {
            return nil
        }
        return made.difference(from: wanted)
    }

    /// Says of nodes that are to be replaced why they stay for now.
    mutating func explainReplacing(_ nodes: [ConsolidationInput.Standing], at now: Timestamp) {
        for node in nodes where !node.isDisrupted {
            guard let replacing = node.replacedBecause else { continue }
            let gangs = node.residents.compactMap(\.workload).filter { state.records[$0]?.workload.gang != nil }
            guard let gang = gangs.min() else { continue }
            explain("\(node.name) is replaced once gang \(gang) has stopped: \(replacing.words)", at: now)
        }
    }
}
