package import Model
import Planning

extension Autoscaler {
    /// How new what is known is.
    package var freshness: Freshness {
        Freshness(
            clusterObservedAt: cluster.isSynced ? cluster.observedAt : nil,
            pricesObservedAt: progress.pricesObservedAt
        )
    }

    /// What is known at this moment, for people and pages.
    package func status(at now: Timestamp) -> Status {
        let relations = relations()
        let hazards = spellHazards(at: now)
        let freshness = freshness
        return Status(
            isPaused: state.isPaused,
            isDryRun: configuration.isDryRun,
            isLeader: progress.epoch != nil,
            claims: liveClaims.map { claim in
                var shown = claim
                shown.node = node(of: claim)?.name ?? claim.node
                return shown
            },
            workloads: state.records.values.sorted { $0.workload.id < $1.workload.id }.map {
                workloadStatus($0, relations, hazards, at: now)
            },
            offerings: offeringStatuses(at: now),
            pendingPods: cluster.waitingPods.count { !$0.isNodeBound } + expectedPods.count,
            clusterObservedAt: freshness.clusterObservedAt,
            cloudObservedAt: progress.instancesListedAt,
            pricesObservedAt: freshness.pricesObservedAt
        )
    }

    /// What stands for each workload, gathered in one pass over claims, uses and pods: there may be many of each.
    private struct Relations {
        /// Those that do not drain, sorted.
        var claims: [WorkloadID: [ClaimID]] = [:]
        var withUses: Set<WorkloadID> = []
        var checkpoints: [WorkloadID: Timestamp] = [:]
    }

    private func relations() -> Relations {
        var result = Relations()
        for claim in liveClaims where claim.phase != .draining {
            for workload in Set(claim.workloads) { result.claims[workload, default: []].append(claim.id) }
        }
        result.withUses = Set(state.uses.values.map(\.workload))
        for pod in cluster.pods.values {
            guard let text = pod.annotation(.lastCheckpoint), let time = Timestamp(rfc3339: text),
                let workload = workloadID(of: pod)
            else { continue }
            result.checkpoints[workload] = max(result.checkpoints[workload] ?? time, time)
        }
        return result
    }

    private func workloadStatus(
        _ record: State.Record,
        _ relations: Relations,
        _ hazards: SpellHazardEstimate,
        at now: Timestamp
    ) -> Status.WorkloadStatus {
        let id = record.workload.id
        let booting = relations.claims[id] ?? []
        let ofJob = annotation(.lastCheckpoint, of: id).flatMap { Timestamp(rfc3339: $0) }
        let phase: Status.WorkloadStatus.Phase =
            if record.endedAt != nil {
                record.succeeded ? .succeeded : .failed
            } else if record.running != nil {
                record.checkpointRequestedAt == nil ? .running : .checkpointing
            } else if relations.withUses.contains(id) || !booting.isEmpty {
                .starting
            } else {
                .waiting
            }
        let saved = [ofJob, relations.checkpoints[id], record.durableUntil].compactMap { $0 }.max()
        return Status.WorkloadStatus(
            workload: record.workload,
            phase: phase,
            attempts: record.attempts,
            interruptions: record.interruptions,
            reason: phase == .waiting ? state.explanations[id] : nil,
            claims: record.endedAt == nil ? record.running?.claims ?? booting : [],
            lastCheckpointAt: saved,
            checkpointAdvice: shownAdvice(for: record, saved: saved, hazards, at: now)
        )
    }

    private func shownAdvice(
        for record: State.Record,
        saved: Timestamp?,
        _ hazards: SpellHazardEstimate,
        at now: Timestamp
    ) -> Status.CheckpointAdvice? {
        guard record.endedAt == nil, let attempt = record.running else { return nil }
        let since = lastSave(of: record, attempt, told: saved)
        guard let advice = checkpointAdvice(of: record, since: since, hazards, at: now) else { return nil }
        let isAsked = progress.epoch != nil && !configuration.isDryRun
        let hours = Self.hours(from: since, to: now)
        let (own, price) = (record.workload.checkpointIntervalSeconds, pricePerHour(of: record.workload.id))
        return Status.CheckpointAdvice(
            intervalSeconds: advice.intervalSeconds,
            costSeconds: advice.costSeconds,
            isMeasured: advice.isMeasured,
            worth: { .init(advice.worth(afterHours: hours, over: own, pricePerHour: price)) },
            asksAt: isAsked ? nextRegularSave(of: record, advice, since: since).map { max($0, now) } : nil,
            failure: record.regularFailure
        )
    }
}

extension Status.CheckpointAdvice.Worth {
    init(_ worth: CheckpointAdvice.Worth) {
        self.init(
            wastedShare: worth.wastedShare,
            presentWastedShare: worth.presentWastedShare,
            savedPerHour: worth.savedPerHour
        )
    }
}
