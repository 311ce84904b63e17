package import Model

/// From pods and their annotations to workloads, with policy in between.
extension Autoscaler {
    /// The workload that a pod belongs to; nil for pods that come and go with their node, for members of a gang that is
    /// not admitted or has ended, and while what made its Job is not known.
    func workloadID(of pod: Pod) -> WorkloadID? {
        if pod.isNodeBound { return nil }
        if let request = pod.ownRequest {
            return state.provisioningNames[State.gangKey(namespace: pod.id.namespace, name: request)]
        }
        if let gang = pod.annotation(.gang), !gang.isEmpty {
            return state.gangs[State.gangKey(namespace: pod.id.namespace, name: gang)]
        }
        // One that held a share of a node stays with the workload that was billed for it.
        return state.uses[pod.uid]?.workload ?? pod.workloadID(cluster.jobs, cluster.objects)
    }

    /// Admits workloads that wait for capacity or run on ours, and keeps what their annotations say up to date.
    mutating func admitWorkloads(at now: Timestamp) {
        guard cluster.isSynced else { return }
        let nodes = Set(state.claims.values.compactMap { node(of: $0)?.name })
        let pods = cluster.waitingPods + nodes.flatMap { cluster.pods(on: $0) } + expectedPods
        var seen: Set<WorkloadID> = []
        // Pods are large: their places are sorted, not they.
        for place in pods.indices.sorted(by: { pods[$0].id < pods[$1].id }) {
            let pod = pods[place]
            guard !pod.isNodeBound, configuration.serves(namespace: pod.id.namespace) else { continue }
            var member = workloadID(of: pod)
            if let request = pod.ownRequest {
                member = member ?? .absentRequest(request, firstMember: pod)
            } else if let gang = pod.annotation(.gang), !gang.isEmpty {
                member = member ?? .gang(gang, firstMember: pod)
            }
            guard let id = member, seen.insert(id).inserted else { continue }
            let known = state.records[id]
            if let known, id.kind == WorkloadID.provisioningRequest {
                // What it is was said by its request.
                if known.endedAt != nil, isBack(id, pod, known) { record(.workloadAdmitted(known.workload), at: now) }
                continue
            }
            let job = pod.owner.flatMap { cluster.jobs[$0.uid] }
            let workload = configuration.workload(
                id,
                from: pod,
                job: job,
                object: cluster.objects.workloads[id.uid],
                podGroup: cluster.objects.podGroup(of: pod),
                known: known?.workload
            )
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
        guard isKnown(id) else { return id.kind != "Job" }
        return end(of: id, since: record.workload.createdAt) == nil
    }

    /// How many pods a workload has when it is whole.
    func size(of record: State.Record) -> Int {
        let id = record.workload.id
        if let size = requestedSize(of: id) { return size }
        guard let object = cluster.objects.workloads[id.uid] else {
            return record.workload.gang?.minimum ?? cluster.jobs[id.uid]?.parallelism ?? 1
        }
        // A PodGroup says how many must run, not how many there are.
        return object.kind == .podGroup ? max(object.size, members(of: id).count { !$0.isFinished }) : object.size
    }

    /// How many members have done their part.
    func succeededMembers(of id: WorkloadID) -> Int { members(of: id).count { $0.phase == .succeeded } }

    /// How long it still computes once it runs, as far as anybody knows.
    func remainingSeconds(of record: State.Record, at now: Timestamp) -> Int64 {
        let expected = configuration.expectedSeconds(of: record.workload)
        var kept = record.keptSeconds
        if let running = record.running {
            let seconds = (now - running.startedAt).components.seconds - record.regularSavingSeconds
            kept += record.speed == 1 ? seconds : Int64(Double(seconds) * record.speed)
        }
        // Whoever has computed longer than expected is taken to need a tenth of it more.
        return max(expected - kept, expected / 10, 60)
    }
}

extension GleanerConfiguration {
    /// What the annotations of a pod and of what made it say, as far as policy lets them.
    ///
    /// - Parameters:
    ///   - id: of the workload.
    ///   - pod: one of its members.
    ///   - job: that owns the pod, where one does.
    ///   - object: that stands for the whole workload, where one does.
    ///   - podGroup: that the pod names, where there is one.
    ///   - known: the same workload as it was before.
    /// - Returns: the workload, with what policy overruled.
    package func workload(
        _ id: WorkloadID,
        from pod: Pod,
        job: Job?,
        object: WorkloadObject? = nil,
        podGroup: WorkloadObject? = nil,
        known: Workload? = nil
    ) -> Workload {
        func annotation(_ name: Annotation) -> String? {
            // Its pods may be of several templates: what all of them say together is the same whichever is looked at.
            object?.annotations[name.key] ?? pod.annotation(name) ?? job?.annotations[name.key]
        }
        let pools = pools.filter { $0.serves(namespace: id.namespace) }
        var result = Workload(
            id: id,
            team: team(of: id.namespace),
            createdAt: known?.createdAt ?? object?.createdAt ?? job?.createdAt ?? pod.createdAt
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
            } else {
                malformed(.checkpoint, text, "one of signal, http, none")
            }
        }
        readCheckpointAnnotations(of: &result, annotation)
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
                let cap = maximumExpectedRuntime.components.seconds
                result.expectedRuntimeSeconds = min(seconds, cap)
                if seconds > cap { result.overruled.append("\(Annotation.expectedRuntime.key): more than \(cap) s") }
            } else {
                malformed(.expectedRuntime, text, "a duration like 8h")
            }
        }
        if let text = annotation(.checkpointInterval) {
            result.checkpointIntervalSeconds = Self.seconds(text)
            if result.checkpointIntervalSeconds == nil { malformed(.checkpointInterval, text, "a duration like 10m") }
        }
        if let text = annotation(.dataset) {
            if datasets.contains(where: { $0.name == text }) {
                result.dataset = text
            } else {
                malformed(.dataset, text, "a dataset of the configuration")
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
        let least = (podGroup ?? object)?.minimum
        if pod.annotation(.gang) != nil || annotation(.gangSize) != nil || (least ?? 1) > 1 {
            let said = annotation(.gangSize).flatMap { Int($0) }
            let size = said ?? least ?? job?.parallelism ?? known?.gang?.minimum ?? 1
            let topology = annotation(.gangTopology).flatMap { Gang.Topology(rawValue: $0) } ?? .zone
            result.gang = Gang(minimum: max(1, min(size, 10_000)), topology: topology)
        }
        let members = Int64(result.gang?.minimum ?? job?.parallelism ?? 1)
        // Whatever a pod asks for: an absurd number fits nowhere, and breaks nothing.
        result.accelerators =
            object?.accelerators ?? min(pod.requests.accelerators, 1_000_000) * min(members, 1_000_000)
        return result
    }

    /// Whole seconds of a duration such as `90s` or `1h30m`; nil when it is none, or not positive.
    private static func seconds(_ text: String) -> Int64? {
        Duration(shorthand: text).flatMap { $0 > .zero ? $0.components.seconds : nil }
    }

    /// What policy lets a workload run on now: on-demand alone when it must not be disrupted or when its deadline
    /// leaves no room for an interruption; spot alone while it is willing to wait for it.
    ///
    /// - Parameters:
    ///   - workload: that needs a place.
    ///   - remainingSeconds: that it still computes.
    ///   - since: when it began to wait.
    ///   - now: the time.
    /// - Returns: the preferred first; never empty.
    package func capacityTypes(
        for workload: Workload,
        remainingSeconds: Int64,
        waitingSince since: Timestamp,
        at now: Timestamp
    ) -> [CapacityType] {
        var types = workload.capacityTypes.isEmpty ? [.reserved, .spot, .onDemand] : workload.capacityTypes
        if workload.doNotDisrupt {
            types.removeAll { $0 == .spot }
            return types.isEmpty ? [.onDemand] : types
        }
        if let deadline = workload.deadline {
            let slack = (deadline - now).components.seconds - remainingSeconds
            // A start on spot, an interruption, and a start on on-demand must still fit.
            if slack < 3 * changeover.totalSeconds {
                return [.reserved, .onDemand]
            }
        }
        if let wait = workload.maxWaitSeconds, types.contains(.spot) {
            if now < since + .seconds(wait) { types.removeAll { $0 == .onDemand } }
        }
        return types
    }

    /// What is known of costs before anything was seen: the configured speeds and the interruptions to begin with.
    package var expectedEconomics: Model.Economics {
        Model.Economics(
            relativeSpeed: economics.relativeSpeed,
            priorInterruptionsPerHour: economics.priorInterruptionsPerDay / 24,
            maximumPoolShare: economics.maximumPoolShare
        )
    }

    /// How long a workload computes, as its owner says, or as is reckoned for one of which nobody says it.
    package func expectedSeconds(of workload: Workload) -> Int64 {
        workload.expectedRuntimeSeconds ?? defaultExpectedRuntime.components.seconds
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
