import Model

/// From pods and their annotations to workloads, with policy in between.
extension Autoscaler {
    /// The workload that a pod belongs to; nil for pods that come and go with their node, and for members of a gang
    /// that is not admitted or has ended.
    func workloadID(of pod: Pod) -> WorkloadID? {
        if pod.isNodeBound { return nil }
        if let gang = pod.annotation(.gang), !gang.isEmpty {
            return state.gangs[State.gangKey(namespace: pod.id.namespace, name: gang)]
        }
        return ownWorkloadID(of: pod)
    }

    private func ownWorkloadID(of pod: Pod) -> WorkloadID {
        if let owner = pod.owner {
            return WorkloadID(namespace: pod.id.namespace, kind: owner.kind, name: owner.name, uid: owner.uid)
        }
        return WorkloadID(namespace: pod.id.namespace, kind: "Pod", name: pod.id.name, uid: pod.uid)
    }

    /// Admits workloads that wait for capacity or run on ours, and keeps what their annotations say up to date.
    mutating func admitWorkloads(at now: Timestamp) {
        guard cluster.isSynced else { return }
        let nodes = Set(state.claims.values.compactMap { node(of: $0)?.name })
        let pods = cluster.waitingPods + nodes.flatMap { cluster.pods(on: $0) }
        var seen: Set<WorkloadID> = []
        for pod in pods.sorted(by: { $0.id < $1.id }) {
            guard !pod.isNodeBound,
                configuration.pools.contains(where: { $0.serves(namespace: pod.id.namespace) })
            else { continue }
            var id = ownWorkloadID(of: pod)
            if let gang = pod.annotation(.gang), !gang.isEmpty {
                id =
                    state.gangs[State.gangKey(namespace: pod.id.namespace, name: gang)]
                    ?? WorkloadID(namespace: id.namespace, kind: "Gang", name: gang, uid: id.uid)
            }
            guard seen.insert(id).inserted else { continue }
            let known = state.records[id]
            let workload = workload(id, from: pod, known: known?.workload)
            if let known, known.endedAt != nil {
                guard isBack(id, pod, known) else { continue }
                record(.workloadAdmitted(workload), at: now)
            } else if workload != known?.workload {
                record(.workloadAdmitted(workload), at: now)
            }
        }
    }

    /// Whether a workload that was taken for removed has pods again: its owner may have had none for a long time.
    private func isBack(_ id: WorkloadID, _ pod: Pod, _ record: State.Record) -> Bool {
        guard id.kind != "Pod", !record.succeeded, pod.deletedAt == nil else { return false }
        guard let job = cluster.jobs[id.uid] else { return id.kind != "Job" }
        return job.completedAt == nil && job.failedAt == nil
    }

    /// What a pod's and its job's annotations say, as far as policy lets them.
    private func workload(_ id: WorkloadID, from pod: Pod, known: Workload?) -> Workload {
        let job = pod.owner.flatMap { cluster.jobs[$0.uid] }
        func annotation(_ name: Annotation) -> String? { pod.annotation(name) ?? job?.annotations[name.key] }
        let pools = configuration.pools.filter { $0.serves(namespace: id.namespace) }
        var result = Workload(
            id: id,
            team: configuration.team(of: id.namespace),
            createdAt: known?.createdAt ?? job?.createdAt ?? pod.createdAt
        )
        func accepts(_ name: Annotation) -> Bool {
            if pools.contains(where: { $0.acceptedAnnotations.contains(name.rawValue) }) { return true }
            result.overruled.append("\(name.key): no pool accepts it from namespace \(id.namespace)")
            return false
        }
        func malformed(_ name: Annotation, _ value: String, _ expected: String) {
            result.overruled.append("\(name.key): \"\(value)\" is not \(expected)")
        }
        result.priority = pod.priority
        if let text = annotation(.checkpoint) {
            if let contract = CheckpointContract(rawValue: text) {
                result.checkpoint = contract
                if contract == .http {
                    result.overruled.append("\(Annotation.checkpoint.key): asked by SIGTERM; no request is posted yet")
                }
            } else {
                malformed(.checkpoint, text, "one of signal, http, none")
            }
        }
        if let text = annotation(.deadline) {
            if let deadline = Timestamp(rfc3339: text) {
                if accepts(.deadline) { result.deadline = deadline }
            } else {
                malformed(.deadline, text, "a time like 2026-11-21T06:00:00Z")
            }
        }
        if let text = annotation(.maxWait) {
            if let wait = Self.seconds(text) {
                result.maxWaitSeconds = wait
            } else {
                malformed(.maxWait, text, "a duration like 90m")
            }
        }
        if let text = annotation(.expectedRuntime) {
            if let seconds = Self.seconds(text) {
                let cap = configuration.maximumExpectedRuntime.components.seconds
                result.expectedRuntimeSeconds = min(seconds, cap)
                if seconds > cap { result.overruled.append("\(Annotation.expectedRuntime.key): more than \(cap) s") }
            } else {
                malformed(.expectedRuntime, text, "a duration like 8h")
            }
        }
        if let text = annotation(.capacityType) {
            let types = text.split(separator: ",").map { CapacityType(rawValue: $0.trimmingWhitespace()) }
            if types.contains(nil) || types.isEmpty {
                malformed(.capacityType, text, "of spot, on-demand, reserved")
            } else {
                let asked = types.compactMap { $0 }
                if asked.contains(.spot) || accepts(.capacityType) { result.capacityTypes = asked }
            }
        }
        if annotation(.doNotDisrupt) == "true", accepts(.doNotDisrupt) { result.doNotDisrupt = true }
        if pod.annotation(.gang) != nil || annotation(.gangSize) != nil {
            let size = annotation(.gangSize).flatMap { Int($0) } ?? job?.parallelism ?? known?.gang?.minimum ?? 1
            let topology = annotation(.gangTopology).flatMap { Gang.Topology(rawValue: $0) } ?? .zone
            result.gang = Gang(minimum: max(1, min(size, 10_000)), topology: topology)
        }
        let members = Int64(result.gang?.minimum ?? job?.parallelism ?? 1)
        // Whatever a pod asks for: an absurd number fits nowhere, and breaks nothing.
        result.accelerators = min(pod.requests.accelerators, 1_000_000) * min(members, 1_000_000)
        return result
    }

    /// Whole seconds of a duration such as `90s` or `1h30m`; nil when it is none, or not positive.
    private static func seconds(_ text: String) -> Int64? {
        Duration(shorthand: text).flatMap { $0 > .zero ? $0.components.seconds : nil }
    }

    /// How many pods a workload has when it is whole.
    func size(of record: State.Record) -> Int {
        record.workload.gang?.minimum ?? cluster.jobs[record.workload.id.uid]?.parallelism ?? 1
    }

    /// How long it still computes once it runs, as far as anybody knows.
    func remainingSeconds(of record: State.Record, at now: Timestamp) -> Int64 {
        let expected =
            record.workload.expectedRuntimeSeconds ?? configuration.defaultExpectedRuntime.components.seconds
        var kept = record.keptSeconds
        if let running = record.running { kept += (now - running.startedAt).components.seconds }
        // Whoever has computed longer than expected is taken to need a tenth of it more.
        return max(expected - kept, expected / 10, 60)
    }
}

extension Substring {
    fileprivate func trimmingWhitespace() -> String {
        var view = self
        while view.first?.isWhitespace == true { view.removeFirst() }
        while view.last?.isWhitespace == true { view.removeLast() }
        return String(view)
    }
}
