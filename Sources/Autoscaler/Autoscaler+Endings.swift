import Model

/// When workloads have come to their end, as their objects and members say.
extension Autoscaler {
    /// How a workload ended; nil while it goes on, or when nobody says.
    ///
    /// - Parameters:
    ///   - id: of the workload.
    ///   - since: when it was first seen: what ended before is of an earlier one of the same name.
    /// - Returns: its end.
    func end(of id: WorkloadID, since: Timestamp) -> WorkloadObject.End? {
        switch id.kind {
        case "Pod":
            guard let pod = cluster.pods[PodID(namespace: id.namespace, name: id.name)], pod.uid == id.uid,
                pod.isFinished
            else { return nil }
            return WorkloadObject.End(succeeded: pod.phase == .succeeded, at: pod.finishedAt)
        case "Gang", "PodGroup":
            return endOfMembers(of: id, since: since)
        default:
            if let object = cluster.objects.workloads[id.uid] { return object.end }
            if let job = cluster.jobs[id.uid] { return job.end }
            // What made them cannot be read.
            return Self.end(of: cluster.jobs.jobs(ownedBy: id.uid))
        }
    }

    /// Several owners end together: when the last of their Jobs does, or the last pod where there are no Jobs.
    private func endOfMembers(of id: WorkloadID, since: Timestamp) -> WorkloadObject.End? {
        let members = members(of: id)
        var jobs = cluster.jobs.jobs(naming: MemberKey(id))
        // Those whose pods name it, and not what they are made from.
        for uid in [id.uid] + members.compactMap({ $0.owner?.uid }) {
            if let job = cluster.jobs[uid], !jobs.contains(where: { $0.uid == uid }) { jobs.append(job) }
        }
        jobs.removeAll { ($0.end?.at).map { $0 < since } ?? false }
        let uids = Set(jobs.map(\.uid))
        let others = members.filter { !uids.contains($0.owner?.uid ?? "") }
        guard others.allSatisfy(\.isFinished) else { return nil }
        if !jobs.isEmpty { return Self.end(of: jobs) }
        if let end = cluster.objects.workloads[id.uid]?.end { return end }
        // A pod that nobody owns does not come again.
        guard !others.isEmpty, others.allSatisfy({ $0.owner == nil }),
            others.count >= state.records[id]?.workload.gang?.minimum ?? 1
        else { return nil }
        return WorkloadObject.End(
            succeeded: others.allSatisfy { $0.phase == .succeeded },
            at: others.compactMap(\.finishedAt).max()
        )
    }

    private static func end(of jobs: [Job]) -> WorkloadObject.End? {
        let ends = jobs.compactMap(\.end)
        guard !ends.isEmpty, ends.count == jobs.count else { return nil }
        return WorkloadObject.End(succeeded: ends.allSatisfy(\.succeeded), at: ends.compactMap(\.at).max())
    }

    /// Whether an object that a workload stands on is still there, pods aside.
    func isKnown(_ id: WorkloadID) -> Bool {
        if cluster.jobs[id.uid] != nil || cluster.objects.workloads[id.uid] != nil { return true }
        return id.kind == "Gang" && !cluster.jobs.jobs(naming: MemberKey(id)).isEmpty
    }

    /// What a workload's object says in an annotation.
    func annotation(_ name: Annotation, of id: WorkloadID) -> String? {
        cluster.jobs[id.uid]?.annotations[name.key] ?? cluster.objects.workloads[id.uid]?.annotations[name.key]
    }

    /// Whether what ends a member may be the end of all, of which its object has not told yet: an operator removes pods
    /// that it does not need any more.
    func mayBeOver(_ id: WorkloadID) -> Bool { cluster.objects.workloads[id.uid] != nil }
}
