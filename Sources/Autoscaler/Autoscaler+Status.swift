package import Model

extension Autoscaler {
    /// What is known at this moment, for people and pages.
    package func status(at now: Timestamp) -> Status {
        Status(
            isPaused: state.isPaused,
            isDryRun: configuration.isDryRun,
            isLeader: progress.epoch != nil,
            claims: liveClaims.map { claim in
                var shown = claim
                shown.node = node(of: claim)?.name ?? claim.node
                return shown
            },
            workloads: state.records.values.sorted { $0.workload.id < $1.workload.id }.map(workloadStatus),
            offerings: offeringStatuses(at: now),
            pendingPods: cluster.pods.values.count { $0.isWaiting && !$0.isNodeBound },
            clusterObservedAt: cluster.isSynced ? cluster.observedAt : nil,
            cloudObservedAt: progress.instancesListedAt,
            pricesObservedAt: progress.pricesObservedAt
        )
    }

    private func workloadStatus(_ record: State.Record) -> Status.WorkloadStatus {
        let id = record.workload.id
        let booting = liveClaims.filter { $0.workloads.contains(id) && $0.phase != .draining }.map(\.id)
        let phase: Status.WorkloadStatus.Phase =
            if record.endedAt != nil {
                record.succeeded ? .succeeded : .failed
            } else if record.running != nil {
                record.checkpointRequestedAt == nil ? .running : .checkpointing
            } else if state.uses.values.contains(where: { $0.workload == id }) || !booting.isEmpty {
                .starting
            } else {
                .waiting
            }
        return Status.WorkloadStatus(
            workload: record.workload,
            phase: phase,
            attempts: record.attempts,
            interruptions: record.interruptions,
            reason: phase == .waiting ? state.explanations[id] : nil,
            claims: record.endedAt == nil ? record.running?.claims ?? booting : [],
            lastCheckpointAt: lastCheckpoint(of: id)
        )
    }

    private func offeringStatuses(at now: Timestamp) -> [Status.OfferingStatus] {
        var byType: [String: [PricePoint]] = [:]
        for point in state.prices.values { byType[point.offering.instanceType, default: []].append(point) }
        return poolShapes.flatMap { entry in
            entry.shape.instanceTypes.flatMap { byType[$0] ?? [] }
                .filter { point in
                    entry.pool.capacityTypes.contains(point.offering.capacityType)
                        && (entry.pool.zones.isEmpty || entry.pool.zones.contains(point.offering.zone))
                }
                .sorted { $0.offering < $1.offering }
                .map { point in
                    let closure = state.closures[point.offering].flatMap { $0.until > now ? $0 : nil }
                    return Status.OfferingStatus(
                        offering: point.offering,
                        shape: entry.shape.name,
                        pool: entry.pool.name,
                        accelerator: entry.shape.accelerator,
                        accelerators: entry.shape.accelerators,
                        pricePerHour: point.pricePerHour,
                        priceEffectiveAt: point.effectiveAt,
                        closedUntil: closure?.until,
                        closedReason: closure?.reason
                    )
                }
        }
    }
}
