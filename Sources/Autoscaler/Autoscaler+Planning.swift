import Model

/// What is asked of `Planning`, and what becomes of its answer.
extension Autoscaler {
    /// Plans again at this distance while something waits, so that a mistake about the cluster cannot last.
    static let replanInterval: Duration = .seconds(60)

    mutating func askForPlan(at now: Timestamp) {
        guard cluster.isSynced, progress.pricesObservedAt != nil else { return }
        let (whole, shortages) = waitingDemands(at: now)
        explain(shortages, at: now)
        let demands = whole + requestedDemands(at: now)
        let pods = Set(demands.flatMap { $0.pods.map(\.uid) })
        guard !pods.isEmpty else {
            progress.planDueAt = nil
            progress.plannedPods = []
            progress.placements = [:]
            return
        }
        if pods != progress.plannedPods {
            let due = now + configuration.planningWindow
            progress.planDueAt = min(progress.planDueAt ?? due, due)
        } else if progress.planDueAt == nil {
            progress.planDueAt = (progress.lastPlanAt ?? now) + Self.replanInterval
        }
        // A plan under way is superseded once claims have changed: its answer would be discarded.
        guard (progress.planInFlight?.claimsVersion ?? -1) != state.claimsVersion, let due = progress.planDueAt else {
            return
        }
        guard due <= now else {
            wake(at: due)
            return
        }
        if let observed = progress.pricesObservedAt, now - observed > configuration.maximumPriceAge {
            explain(demands.map(\.workload.id), "waits for fresh prices: those known are from \(observed)", at: now)
            progress.planDueAt = now + Self.replanInterval
            return
        }
        progress.generation += 1
        progress.planInFlight = (progress.generation, state.claimsVersion)
        progress.plannedPods = pods
        progress.planDueAt = nil
        progress.lastPlanAt = now
        for claim in departingClaims where !state.replacementPlanned.contains(claim.id) {
            record(.interruptionStep(.replacementPlanned(claim.id)), at: now)
        }
        var input = planInput(demands, at: now)
        input.budgets = budgetRooms(at: now)
        send(.plan(generation: progress.generation, input))
    }

    func planInput(_ demands: [PlanInput.Demand], at now: Timestamp) -> PlanInput {
        let daemons = daemonTemplates()
        return PlanInput(
            now: now,
            demands: demands,
            hosts: hosts(daemons: daemons),
            pools: configuration.pools,
            choices: choices(at: now),
            headroom: Dictionary(
                uniqueKeysWithValues: configuration.pools.map { ($0.name, headroom(of: $0, at: now)) }
            ),
            quotas: quotaRooms(at: now),
            changeover: configuration.changeover,
            daemons: daemons,
            namespaceLabels: namespaceLabels,
            volumeClaims: cluster.objects.volumeClaims(of: demands.flatMap(\.pods)),
            economics: economics(at: now),
            gangsShareNodes: configuration.gangsShareNodes
        )
    }

    /// Workloads with pods that need a place: those that wait, and those about to be requeued, before they are gone.
    ///
    /// - Returns: Those that can run, sorted; and of the others what they lack.
    private func waitingDemands(at now: Timestamp) -> ([PlanInput.Demand], shortages: [WorkloadID: String]) {
        var waiting: [WorkloadID: [Pod]] = [:]
        var leaving: [WorkloadID: [Pod]] = [:]
        var staying: [WorkloadID: [Pod]] = [:]
        var suspended: Set<WorkloadID> = []
        for pod in expectedPods {
            guard let id = workloadID(of: pod) else { continue }
            suspended.insert(id)
            waiting[id, default: []].append(pod)
        }
        // Why pods that wait ask for nothing.
        var obstacles: [WorkloadID: String] = [:]
        let comesForItsPlace = podsThatComeForTheirPlaces()
        let departing = departingNodes
        let reclaimed = Set(departing.keys)
        for pod in pods(of: suspended, andThoseThatWantRoomBeside: reclaimed) where !pod.isFinished {
            guard let id = workloadID(of: pod), !pod.isProvisionedElsewhere else { continue }
            if pod.isWaiting {
                // One that the scheduler has not looked at yet may still find room by itself.
                guard pod.isUnschedulable, !comesForItsPlace.contains(pod.id) else {
                    staying[id, default: []].append(pod)
                    continue
                }
                if let obstacle = obstacle(to: pod, at: now) {
                    obstacles[id] = obstacles[id] ?? obstacle
                    staying[id, default: []].append(pod)
                } else {
                    waiting[id, default: []].append(pod)
                }
            } else if pod.occupiesNode {
                let goes = isLeaving(pod) || departing[pod.nodeName ?? ""]?.takes(id) == true
                if goes { leaving[id, default: []].append(pod) } else { staying[id, default: []].append(pod) }
            }
        }
        var shortages: [WorkloadID: String] = [:]
        let workloads = Set(waiting.keys).union(leaving.keys).union(obstacles.keys)
        let demands = workloads.sorted().compactMap { id -> PlanInput.Demand? in
            guard let record = state.records[id], record.endedAt == nil else { return nil }
            let size = size(of: record)
            let staying = staying[id] ?? []
            var pods = waiting[id] ?? []
            if id.kind != "Pod" {
                let missing = max(0, size - pods.count - staying.count)
                pods += (leaving[id] ?? []).prefix(missing).map(Self.requeued)
            }
            // A gang waits as a whole for what one member waits for.
            if let obstacle = obstacles[id], pods.isEmpty || record.workload.gang != nil {
                shortages[id] = obstacle
                return nil
            }
            guard !pods.isEmpty else { return nil }
            var workload = record.workload
            if suspended.contains(id), workload.gang == nil, pods.count > 1 {
                // It begins as a whole: a part of its nodes would only stand and wait.
                workload.gang = Gang(minimum: pods.count, topology: .any)
            }
            if let shortage = shortage(of: pods + staying, of: id, minimum: workload.gang?.minimum ?? 1) {
                shortages[id] = shortage
                return nil
            }
            if let gang = record.workload.gang {
                if gang.topology == .zone, let node = staying.compactMap(\.nodeName).first {
                    pods = pods.map { $0.anchored(to: cluster.nodes[node]?.labels ?? [:]) }
                }
            }
            return PlanInput.Demand(
                workload: workload,
                pods: pods,
                capacityTypes: capacityTypes(for: record, at: now),
                remainingSeconds: remainingSeconds(of: record, at: now),
                checkpoints: checkpoints(of: record),
                dataset: dataset(of: record),
                running: staying.filter(\.occupiesNode).map(\.id),
                avoided: avoidedPools(of: record)
            )
        }
        return (demands, shortages)
    }

    /// Who leaves a node that is about to go.
    private struct Departing {
        /// Nil when all that runs there leaves.
        var workloads: Set<WorkloadID>?

        func takes(_ id: WorkloadID) -> Bool { workloads?.contains(id) ?? true }
    }

    /// Nodes that are about to go. Of those that one workload moves off the others leave only by themselves.
    private var departingNodes: [String: Departing] {
        var result: [String: Departing] = [:]
        for claim in departingClaims {
            guard let name = node(of: claim)?.name else { continue }
            let move = claim.reclaimAt == nil ? state.relocations[claim.id] : nil
            result[name] = Departing(workloads: move?.cause == .repriced ? move.map { Set($0.workloads) } : nil)
        }
        return result
    }

    /// What a workload lacks of the members that it cannot run without; nil when it lacks none. Those that have done
    /// their part count.
    private func shortage(of present: [Pod], of id: WorkloadID, minimum: Int) -> String? {
        let group = present.first.flatMap(cluster.objects.podGroup)
        let needed = group?.minimumResources ?? Resources()
        guard present.count < minimum || !needed.fits(in: Self.requests(present)) else { return nil }
        let whole = present + members(of: id).filter { $0.phase == .succeeded }
        guard whole.count >= minimum else { return Gang.shortage(present: whole.count, of: minimum) }
        let offered = Self.requests(whole)
        guard let short = needed.amounts.sorted(by: { $0.key < $1.key }).first(where: { $0.value > offered[$0.key] })
        else { return nil }
        return "its pods ask for \(offered[short.key]) of the \(short.value) \(short.key) that PodGroup "
            + "\(group?.name ?? "") needs at least"
    }

    private static func requests(_ pods: [Pod]) -> Resources { pods.reduce(Resources()) { $0 + $1.requests } }

    /// How long members may be on their way before it is said that a workload waits for them.
    static let memberPatience: Duration = .seconds(10)

    /// Says of workloads that are not whole what they wait for.
    private mutating func explain(_ shortages: [WorkloadID: String], at now: Timestamp) {
        progress.shortSince = progress.shortSince.filter { shortages[$0.key] != nil }
        for (id, shortage) in shortages.sorted(by: { $0.key < $1.key }) {
            let since = progress.shortSince[id] ?? now
            progress.shortSince[id] = since
            guard since + Self.memberPatience <= now else {
                wake(at: since + Self.memberPatience)
                continue
            }
            explain([id], shortage, at: now)
        }
    }

    /// All pods of some workloads, and of those of which one is without room, or about to lose it, each workload's sorted.
    private func pods(of workloads: Set<WorkloadID>, andThoseThatWantRoomBeside reclaimed: Set<String>) -> [Pod] {
        let evicted = progress.evictions.values.compactMap { cluster.pods[$0.pod] }
        let wanting =
            cluster.waitingPods.filter(\.isUnschedulable) + cluster.leavingPods + evicted
            + reclaimed.flatMap { cluster.pods(on: $0) }
        return workloads.union(wanting.compactMap(workloadID(of:))).flatMap { members(of: $0) }
    }

    /// Whether a pod is on its way out.
    func isLeaving(_ pod: Pod) -> Bool { pod.deletedAt != nil || progress.evictions[pod.uid] != nil }

    /// The pod that will take this one's place.
    private static func requeued(_ pod: Pod) -> Pod {
        var result = pod
        result.nodeName = nil
        result.phase = .pending
        result.deletedAt = nil
        return result
    }

    private func headroom(of pool: Pool, at now: Timestamp) -> PlanInput.Headroom {
        let claims = state.claims.values.filter { $0.pool == pool.name }
        let limits = pool.limits
        return PlanInput.Headroom(
            nodes: limits.nodes.map { $0 - claims.count },
            accelerators: limits.accelerators.map { limit in
                limit - claims.reduce(0) { $0 + $1.shape.accelerators }
            },
            spendPerHour: limits.spendPerHour.map { limit in
                claims.reduce(limit) { $0 - state.pricePerHour(of: $1, at: now) }
            }
        )
    }

    /// Whether a purchase that was planned when other nodes stood is still within the limits of its pool.
    func isWithinLimits(_ purchase: Plan.Purchase, at now: Timestamp) -> Bool {
        guard let pool = configuration.pools.first(where: { $0.name == purchase.pool }) else { return false }
        let room = headroom(of: pool, at: now)
        return room.nodes.map { purchase.count <= $0 } ?? true
            && room.accelerators.map { purchase.shape.accelerators * Int64(purchase.count) <= $0 } ?? true
            && room.spendPerHour.map { purchase.pricePerHour * purchase.count <= $0 } ?? true
    }

    mutating func absorb(_ plan: Plan, generation: Int, at now: Timestamp) {
        guard let asked = progress.planInFlight, asked.generation == generation else { return }
        progress.planInFlight = nil
        guard asked.claimsVersion == state.claimsVersion, cluster.isSynced else {
            // Claims have changed meanwhile: what it would buy may stand already.
            progress.planDueAt = now
            return
        }
        progress.placements = plan.placements
        let rest = bookRequested(in: plan, at: now)
        for unplaceable in rest.unplaceable { explain(explained(unplaceable.explanation), at: now) }
        for purchase in rest.purchases { buy(purchase, at: now) }
    }

    /// Why nothing may be bought for now; nil when it may.
    func purchaseRefusal(of purchase: Plan.Purchase, leaving: Leaving? = nil, at now: Timestamp) -> String? {
        if configuration.isDryRun {
            "dry run: would buy \(purchase.explanation.summary)"
        } else if progress.epoch == nil {
            "another instance of Gleaner leads"
        } else if state.isPaused {
            "paused: nothing is launched until someone resumes"
        } else if let refusal = marketRefusal(of: purchase, at: now) {
            refusal
        } else {
            budgetRefusal(of: purchase, leaving: leaving, at: now)
        }
    }

    /// Why a purchase cannot be had as what it is bought; nil when that is not known.
    func marketRefusal(of purchase: Plan.Purchase, at now: Timestamp) -> String? {
        if let probe = probe(of: purchase.offering) {
            // Of several launches in one plan the first tries it.
            return "\(purchase.offering) was refused before: launch \(probe) tries whether that still holds"
        }
        return reservationRefusal(of: purchase, at: now)
    }

    private mutating func buy(_ purchase: Plan.Purchase, at now: Timestamp) {
        if let refusal = purchaseRefusal(of: purchase, at: now) {
            var held = purchase.explanation
            if let chosen = held.chosen {
                var option = chosen
                option.reason = refusal
                held.rejected = Array(([option] + held.rejected).prefix(3))
                held.chosen = nil
            }
            held.summary = refusal
            explain(held, at: now)
            return
        }
        launch(purchase, at: now)
    }

    /// Intends and sends a launch that nothing forbids.
    ///
    /// - Returns: Its id.
    @discardableResult
    mutating func launch(_ purchase: Plan.Purchase, at now: Timestamp) -> LaunchID {
        let id = "\(identity)-\(state.launches + 1)"
        let request = LaunchRequest(
            id: id,
            pool: purchase.pool,
            shape: purchase.shape,
            offering: purchase.offering,
            count: purchase.count,
            pricePerHour: purchase.pricePerHour,
            nodeLabels: purchase.shape.ownLabels(pool: purchase.pool, offering: purchase.offering),
            nodeTaints: purchase.shape.taints + [.starting],
            tags: [
                Tag.cluster: configuration.clusterName,
                Tag.pool: purchase.pool,
                Tag.claim: id,
                Tag.name: "\(configuration.clusterName)-\(purchase.pool)",
            ],
            workloads: purchase.workloads,
            gang: purchase.gang,
            expectedCost: purchase.expectedCost,
            blueprint: blueprint(pool: purchase.pool, shape: purchase.shape, offering: purchase.offering),
            reservation: purchase.reservation
        )
        record(.launchIntended(request, purchase.explanation), at: now)
        send(.launch(request))
        progress.nextLaunchSend[id] = .distantFuture
        return id
    }

    private mutating func explain(_ workloads: [WorkloadID], _ summary: String, at now: Timestamp) {
        explain(Explanation(workloads: workloads, summary: summary), at: now)
    }

    /// How often an explanation in which only sums and times have moved is written down again.
    static let explanationInterval: Duration = .seconds(3600)

    /// Writes an explanation down when it says something new.
    mutating func explain(_ explanation: Explanation, at now: Timestamp) {
        func isNew(for workload: WorkloadID) -> Bool {
            guard let last = state.explanations[workload] else { return true }
            guard last != explanation.summary else { return false }
            let isDue = progress.explainedAt[workload].map { now - $0 >= Self.explanationInterval } ?? true
            return isDue || last.filter { !$0.isNumber } != explanation.summary.filter { !$0.isNumber }
        }
        guard explanation.workloads.contains(where: isNew(for:)) else { return }
        for workload in explanation.workloads { progress.explainedAt[workload] = now }
        record(.explained(explanation), at: now)
    }
}
