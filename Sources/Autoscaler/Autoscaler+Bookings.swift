import Model

/// Room that is kept for the pods of a ProvisioningRequest: from the plan that found it until they come, or their time
/// is up.
extension Autoscaler {
    /// How a booked place stands.
    private enum Standing {
        case coming
        case open(node: String)
        case lost(String)
    }

    // MARK: - From a plan to a booking

    /// Books what a plan found for requests, and buys what it lacks.
    ///
    /// - Returns: The plan without what was settled here.
    mutating func bookRequested(in plan: Plan, at now: Timestamp) -> Plan {
        var rest = plan
        let waiting = cluster.objects.provisioningRequests.values.filter { awaitsCapacity($0.workloadID) }
        for request in waiting.sorted(by: { $0.workloadID < $1.workloadID }) {
            guard let pods = try? pods(of: request) else { continue }
            settle(request, pods, &rest, at: now)
        }
        return rest
    }

    private mutating func settle(_ request: ProvisioningRequest, _ pods: [Pod], _ plan: inout Plan, at now: Timestamp) {
        let id = request.workloadID
        let names = Set(pods.map(\.id))
        if let index = plan.unplaceable.firstIndex(where: { $0.pods.contains(where: names.contains) }) {
            var explanation = plan.unplaceable.remove(at: index).explanation
            if configuration.behaviour(for: request) == .checkCapacity {
                explanation = Explanation(
                    workloads: [id],
                    summary: "the room that is free does not hold all \(pods.count) pods, and this class buys none"
                )
            }
            explain(explanation, at: now)
            refuse(request, pods, explanation.summary, isForNow: false, at: now)
            return
        }
        let purchases = plan.purchases.indices.filter { plan.purchases[$0].workloads.contains(id) }
        let bought = Set(purchases.flatMap { plan.purchases[$0].pods.joined() })
        // A plan that was asked for before the request came says nothing of it.
        guard names.allSatisfy({ plan.placements[$0] != nil || bought.contains($0) }) else { return }
        let own = purchases.map { plan.purchases[$0] }
        if let refusal = refusal(of: own, at: now) {
            // Those alone that it does not share: the others say so themselves.
            plan.purchases.removeAll { $0.workloads == [id] }
            explain(Explanation(workloads: [id], summary: refusal), at: now)
            refuse(request, pods, refusal, isForNow: state.isPaused, at: now)
            return
        }
        guard isActing else { return }
        plan.purchases.removeAll { $0.workloads.contains(id) }
        book(request, pods, plan.placements, own, at: now)
    }

    /// Why not all of some purchases may be made.
    private func refusal(of purchases: [Plan.Purchase], at now: Timestamp) -> String? {
        guard var whole = purchases.first else { return nil }
        guard purchases.count > 1 else { return purchaseRefusal(of: whole, at: now) }
        var used: [String: Int] = [:]
        for purchase in purchases {
            var asked = purchase
            if let reservation = purchase.reservation {
                // All that are made in it together.
                used[reservation.id, default: 0] += purchase.count
                asked.pods = Array(repeating: [], count: used[reservation.id] ?? purchase.count)
            }
            if let refusal = marketRefusal(of: asked, at: now) { return refusal }
        }
        whole.pricePerHour = purchases.reduce(.zero) { $0 + $1.pricePerHour * $1.count }
        whole.pods = [[]]
        whole.expectedCost = purchases.reduce(.zero) { $0 + $1.expectedCost }
        return purchaseRefusal(of: whole, at: now)
    }

    /// Says why a request waits, or gives it up; `isForNow` when the reason says nothing of the capacity itself.
    private mutating func refuse(
        _ request: ProvisioningRequest,
        _ pods: [Pod],
        _ reason: String,
        isForNow: Bool,
        at now: Timestamp
    ) {
        guard isActing else { return }
        let id = request.workloadID
        if !isForNow {
            if request.parameters["noRetry"] == "true" {
                fail(id, "CapacityIsNotFound", "Not tried again, as noRetry asks for: \(reason)", at: now)
                return
            }
            if let pod = podThatFitsNowhere(request, pods, at: now) {
                let message = "Nothing that stands or can be bought ever holds pod \(pod.id.name): \(reason)"
                fail(id, "CapacityIsNotFound", message, at: now)
                return
            }
        }
        let message = "Tried again until \(limit(of: request)): \(reason)"
        tell(id, waits: "CapacityIsNotFound", because: message, at: now)
    }

    /// A pod that no node could hold were it empty, and no offering were it open; nil when there is none, or nothing is to
    /// be bought.
    private func podThatFitsNowhere(_ request: ProvisioningRequest, _ pods: [Pod], at now: Timestamp) -> Pod? {
        guard configuration.behaviour(for: request) == .atomicScaleUp, !poolShapes.isEmpty else { return nil }
        let serving = Set(configuration.pools.filter { $0.serves(namespace: request.namespace) }.map(\.name))
        let choices = choices(at: now).filter { serving.contains($0.pool) }
        // Pods of a set are alike.
        var index = 0
        let firsts = request.podSets.filter { $0.count > 0 }.compactMap { set -> Pod? in
            defer { index += set.count }
            return index < pods.count ? pods[index] : nil
        }
        return firsts.first { pod in
            let isOnNode = cluster.nodes.values.contains { node in
                pod.requests.fits(in: node.allocatable)
                    && pod.accepts(labels: node.labels, taints: node.taints.filter { !isOfStart($0) })
            }
            return !isOnNode
                && !choices.contains { choice in
                    pod.requests.fits(in: choice.shape.allocatable)
                        && pod.accepts(
                            labels: choice.shape.nodeLabels(pool: choice.pool, offering: choice.offering),
                            taints: choice.shape.taints
                        )
                }
        }
    }

    private mutating func book(
        _ request: ProvisioningRequest,
        _ pods: [Pod],
        _ placements: [PodID: String],
        _ purchases: [Plan.Purchase],
        at now: Timestamp
    ) {
        var claims: [PodID: ClaimID] = [:]
        for purchase in purchases {
            let launch = launch(purchase, at: now)
            let nodes = state.openLaunches.last { $0.id == launch }?.claims ?? []
            for (claim, pods) in zip(nodes, purchase.pods) { for pod in pods { claims[pod] = claim } }
        }
        let standing = Dictionary(liveClaims.map { (node(of: $0)?.name ?? $0.id.value, $0.id) }) { first, _ in first }
        let places = pods.map { pod in
            let claim = claims[pod.id] ?? placements[pod.id].flatMap { standing[$0] }
            return BookedPlace(
                name: pod.id.name,
                requests: pod.requests,
                claim: claim,
                node: claim == nil ? placements[pod.id] : nil,
                shareMillionths: claim.flatMap { state.claims[$0] }.map {
                    Self.shareMillionths(of: pod.requests, in: $0.shape.allocatable)
                } ?? 0
            )
        }
        record(.provisioning(request.workloadID, .booked(places)), at: now)
        let bought = purchases.reduce(0) { $0 + $1.count }
        if bought > 0 {
            let what = purchases.map(\.explanation.summary).joined(separator: "; ")
            tell(request.workloadID, waits: "CapacityIsBought", because: "Waits for its nodes: \(what)", at: now)
        }
        follow(request.workloadID, at: now)
    }

    // MARK: - From a booking to its end

    /// Looks what has become of a request's room, of its pods, and of itself.
    mutating func follow(_ id: WorkloadID, at now: Timestamp) {
        guard let provision = state.provisions[id] else { return }
        if isRemoved(id, at: now) {
            progress.provisioning.removed.remove(id.uid)
            progress.provisioning.absentSince[id] = nil
            record(.provisioning(id, .removed), at: now)
            progress.looksForVanished = true
            if provision.takers.isEmpty, members(of: id).isEmpty { endQuietly(id, at: now) }
            return
        }
        if provision.isProvisioned {
            keep(id, at: now)
        } else if !provision.places.isEmpty {
            complete(id, provision, at: now)
        }
        endWhenDone(id, at: now)
    }

    /// Whether a request was deleted. One that a list does not show may be one that we cannot read for a while.
    private mutating func isRemoved(_ id: WorkloadID, at now: Timestamp) -> Bool {
        if progress.provisioning.removed.contains(id.uid) { return true }
        guard cluster.objects.provisioningRequests[id.uid] == nil else {
            progress.provisioning.absentSince[id] = nil
            return false
        }
        let since = progress.provisioning.absentSince[id] ?? now
        progress.provisioning.absentSince[id] = since
        wake(at: since + Self.bookingTime)
        return since + Self.bookingTime <= now
    }

    private func standing(of place: BookedPlace) -> Standing {
        guard let id = place.claim else {
            guard let name = place.node, let node = cluster.nodes[name] else {
                return .lost("node \(place.node ?? "") is gone")
            }
            return node.isReady && !node.isUnschedulable ? .open(node: name) : .coming
        }
        guard let claim = state.claims[id] else { return .lost("\(id) is not to be had, or gone") }
        if claim.reclaimAt != nil { return .lost("the cloud takes \(claim.instance?.description ?? "\(id)") back") }
        switch claim.phase {
        case .launching, .booting: return .coming
        case .draining, .terminating, .gone: return .lost("\(id) is taken away")
        case .initialised:
            guard let node = node(of: claim), node.isReady, !node.isUnschedulable,
                !node.taints.contains(where: { $0.key == Taint.starting.key })
            else { return .coming }
            return .open(node: node.name)
        }
    }

    /// Whether a node that stood when room was found on it is cordoned by now, or not ready.
    private func takesNoPods(_ place: BookedPlace) -> Bool {
        guard let claim = place.claim else { return true }
        return state.claims[claim].flatMap { node(of: $0) }?.isUnschedulable ?? false
    }

    /// Sees whether all the room stands; gives it up as a whole when some of it is lost first.
    private mutating func complete(_ id: WorkloadID, _ provision: State.Provision, at now: Timestamp) {
        var isOpen = true
        for place in provision.places {
            switch standing(of: place) {
            case .open: continue
            case .coming where takesNoPods(place):
                release(id, provision.places, "a node on which room was found takes no pods", at: now)
                return
            case .coming: isOpen = false
            case .lost(let reason):
                release(id, provision.places, reason, at: now)
                return
            }
        }
        if let place = crowdedOut(provision.places, withLeaving: false).first {
            release(id, provision.places, "others took the room of \(place.name)", at: now)
            return
        }
        // Pods that leave are waited for.
        guard isOpen, crowdedOut(provision.places, withLeaving: true).isEmpty else { return }
        let isBought = provision.conditions[.provisioned]?.reason == "CapacityIsBought"
        let until = now + Self.bookingTime
        set(
            id,
            .provisioned,
            true,
            isBought ? "CapacityIsProvisioned" : "CapacityIsFound",
            "The room for all \(provision.places.count) pods stands, and is kept for them until \(until)",
            at: now
        )
        wake(at: until)
    }

    private mutating func release(_ id: WorkloadID, _ places: [BookedPlace], _ reason: String, at now: Timestamp) {
        record(.provisioning(id, .released(places.map(\.name), reason: reason)), at: now)
        progress.planDueAt = now
    }

    /// Places for which their nodes have no room any more: the scheduler does not know of them.
    private func crowdedOut(_ places: [BookedPlace], withLeaving: Bool) -> [BookedPlace] {
        var free: [String: Resources] = [:]
        return places.filter { place in
            guard case .open(let name) = standing(of: place), let node = cluster.nodes[name] else { return false }
            let left =
                free[name]
                ?? cluster.pods(on: name).reduce(node.allocatable) { sum, pod in
                    withLeaving || !isLeaving(pod) ? sum - pod.requests : sum
                }
            guard place.requests.fits(in: left) else {
                free[name] = left
                return true
            }
            free[name] = left - place.requests
            return false
        }
    }

    /// Lets pods take their places, and ends the booking when its time is up or its room is lost.
    private mutating func keep(_ id: WorkloadID, at now: Timestamp) {
        letIn(id, at: now)
        guard let provision = state.provisions[id], let since = provision.conditions[.provisioned]?.since else {
            return
        }
        let lost = provision.places.compactMap { place in
            if case .lost(let reason) = standing(of: place) { reason } else { nil }
        }
        if let reason = lost.first {
            let message = "\(lost.count) of \(provision.places.count) places are lost before their pods came: \(reason)"
            set(id, .capacityRevoked, true, "CapacityRevoked", message, at: now)
            progress.planDueAt = now
            return
        }
        guard now < since + Self.bookingTime else {
            let left = provision.places.count
            let message =
                "The room was kept for \(Self.bookingTime.components.seconds) s; pods did not come for \(left) places"
            set(id, .bookingExpired, true, "CapacityReservationTimeExpired", message, at: now)
            progress.planDueAt = now
            return
        }
        wake(at: since + Self.bookingTime)
        let crowded = crowdedOut(provision.places, withLeaving: false)
        if !crowded.isEmpty { release(id, crowded, "others took the room", at: now) }
    }

    /// Every pod that is bound takes one place: the one on its node that fits, where there is one.
    private mutating func letIn(_ id: WorkloadID, at now: Timestamp) {
        for pod in members(of: id) where pod.occupiesNode {
            guard let provision = state.provisions[id], !provision.takers.contains(pod.uid) else { continue }
            let claim = pod.nodeName.flatMap { name in liveClaims.first { node(of: $0)?.name == name }?.id }
            func isHere(_ place: BookedPlace) -> Bool {
                claim == nil ? place.claim == nil && place.node == pod.nodeName : place.claim == claim
            }
            let places = provision.places
            let place =
                places.first { isHere($0) && $0.requests == pod.requests } ?? places.first(where: isHere)
                ?? places.first { $0.requests == pod.requests } ?? places.first
            if let place { record(.provisioning(id, .taken(place: place.name, by: pod.uid)), at: now) }
        }
    }

    // MARK: - The end of the workload

    /// Ends the workload of a request when its pods are done, or when it is over and none came.
    private mutating func endWhenDone(_ id: WorkloadID, at now: Timestamp) {
        guard let provision = state.provisions[id], let record = state.records[id], record.endedAt == nil else {
            return
        }
        let pods = members(of: id)
        guard !pods.isEmpty else {
            if provision.isOver, provision.takers.isEmpty { endQuietly(id, at: now) }
            return
        }
        let jobs = pods.map { $0.owner.flatMap { cluster.jobs[$0.uid] } }
        let ends = jobs.compactMap { $0?.completedAt ?? $0?.failedAt }
        if ends.count == pods.count {
            let succeeded = jobs.allSatisfy { $0?.completedAt != nil }
            end(id, succeeded: succeeded, stoppedAt: ends.max() ?? now, at: now)
        } else if pods.allSatisfy(\.isFinished), pods.count >= requestedSize(of: id) ?? 1 {
            let succeeded = pods.allSatisfy { $0.phase == .succeeded }
            end(id, succeeded: succeeded, stoppedAt: pods.compactMap(\.finishedAt).max() ?? now, at: now)
        }
    }

    private mutating func endQuietly(_ id: WorkloadID, at now: Timestamp) {
        guard let record = state.records[id], record.endedAt == nil else { return }
        end(id, succeeded: false, stoppedAt: now, at: now)
    }

    // MARK: - What others ask

    /// Whether room on a claim's node is kept for pods that have not come yet.
    func isBooked(_ claim: Claim) -> Bool {
        state.provisions.values.contains { $0.places.contains { $0.claim == claim.id } }
    }

    /// Whether nodes that were bought for a workload are for it alone.
    func isReserved(for id: WorkloadID) -> Bool {
        let record = state.records[id]
        guard record?.endedAt == nil else { return false }
        return id.kind != WorkloadID.provisioningRequest || record?.workload.gang != nil || isRequestOpen(id)
    }

    /// The pods for which room is kept, by the name of the host that planning knows it by.
    func bookedPods() -> [String: [Pod]] {
        var result: [String: [Pod]] = [:]
        for (id, provision) in state.provisions.sorted(by: { $0.key < $1.key }) where !provision.places.isEmpty {
            let asked = request(of: id).flatMap { try? pods(of: $0) } ?? []
            let known = Dictionary(asked.map { ($0.id.name, $0) }) { first, _ in first }
            for place in provision.places {
                let claim = place.claim.flatMap { state.claims[$0] }
                guard let host = claim.map({ node(of: $0)?.name ?? $0.id.value }) ?? place.node else { continue }
                let name = PodID(namespace: id.namespace, name: place.name)
                var pod =
                    known[place.name]
                    ?? Pod(id: name, uid: "\(id.uid)[\(place.name)]", createdAt: Timestamp(seconds: 0))
                pod.requests = place.requests
                pod.nodeName = host
                result[host, default: []].append(pod)
            }
        }
        return result
    }
}
