import Model

/// ProvisioningRequests: capacity that is asked for before its pods exist, booked for them once it stands, and given back
/// when they do not come.
///
/// A request is a workload of its own, and the pods that come for its room are its members.
extension Autoscaler {
    /// How long the room is kept, from the moment at which it stands. The standard's own:
    /// https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/processors/provreq/processor.go
    static let bookingTime: Duration = .seconds(600)
    /// How long a request that does not say otherwise is tried again; the standard's own.
    static let requestPatience: Duration = .seconds(7 * 86_400)
    /// How long its PodTemplates may be missing: Kueue makes them after it.
    static let templatePatience: Duration = .seconds(60)
    /// A request for more pods is refused.
    static let mostRequestedPods = 10_000
    /// The longest message, in scalars; a status takes more.
    static let longestMessage = 4096

    /// What is under way for requests; rebuilt by itself after a restart.
    struct ProvisioningProgress: Sendable {
        /// A status that was sent, and when it is sent again.
        struct Report: Sendable {
            var update: ProvisioningUpdate
            var nextAt: Timestamp
        }

        /// By uid.
        var reports: [String: Report] = [:]
        var incompleteSince: [WorkloadID: Timestamp] = [:]
        var absentSince: [WorkloadID: Timestamp] = [:]
        /// Uids of requests that were seen to be deleted.
        var removed: Set<String> = []
        /// When the reason why a request waits was last written down.
        var toldAt: [WorkloadID: Timestamp] = [:]
    }

    /// Why the pods of a request are not known.
    struct RequestProblem: Error {
        var message: String
        /// Whether it may pass by itself.
        var mayPass: Bool
    }

    /// Takes requests in, follows what is booked for them, and says in their status how they fare.
    mutating func serveProvisioningRequests(at now: Timestamp) {
        guard cluster.isSynced, !configuration.provisioningClasses.isEmpty || !state.provisions.isEmpty else { return }
        for request in handledRequests { takeIn(request, at: now) }
        guard isActing else { return }
        for id in state.provisions.keys.sorted() { follow(id, at: now) }
        for request in handledRequests { report(request, at: now) }
    }

    /// Requests that are ours to handle, sorted.
    private var handledRequests: [ProvisioningRequest] {
        cluster.objects.provisioningRequests.values
            .filter { configuration.behaviour(for: $0) != nil }
            .sorted { $0.workloadID < $1.workloadID }
    }

    /// The request behind a workload, where it is there and ours.
    func request(of id: WorkloadID) -> ProvisioningRequest? {
        cluster.objects.provisioningRequests[id.uid].flatMap { configuration.behaviour(for: $0) == nil ? nil : $0 }
    }

    // MARK: - From the request to its pods

    private mutating func takeIn(_ request: ProvisioningRequest, at now: Timestamp) {
        let id = request.workloadID
        guard let provision = state.provisions[id] else {
            // Whoever settled it before we knew it does not want it done again.
            if !request.isSettled { open(request, at: now) }
            return
        }
        if !provision.isOver, !provision.isTrue(.provisioned) { open(request, at: now) }
    }

    private mutating func open(_ request: ProvisioningRequest, at now: Timestamp) {
        let id = request.workloadID
        let workload: Workload
        do throws(RequestProblem) {
            workload = try self.workload(of: request)
        } catch {
            let since = progress.provisioning.incompleteSince[id] ?? now
            progress.provisioning.incompleteSince[id] = since
            if error.mayPass, now - since < Self.templatePatience {
                wake(at: since + Self.templatePatience)
            } else if isActing {
                fail(id, "FailedToCreatePods", error.message, at: now)
            }
            return
        }
        progress.provisioning.incompleteSince[id] = nil
        if state.records[id]?.workload != workload || state.records[id]?.endedAt != nil {
            record(.workloadAdmitted(workload), at: now)
        }
        guard isActing else { return }
        set(id, .accepted, true, "Accepted", "Gleaner serves this request", at: now)
        let limit = limit(of: request)
        guard state.provisions[id]?.places.isEmpty ?? true else { return }
        if limit <= now {
            let last = state.provisions[id]?.conditions[.provisioned]?.message ?? "its turn did not come"
            fail(id, "Expired", "Not provisioned in time: \(last)", at: now)
        } else {
            wake(at: limit)
        }
    }

    /// Until when a request is tried again.
    func limit(of request: ProvisioningRequest) -> Timestamp {
        let asked = request.parameters["ValidUntilSeconds"].flatMap { Int64($0) }.map { Duration.seconds(max(0, $0)) }
        return request.createdAt + min(asked ?? Self.requestPatience, Self.requestPatience)
    }

    /// The pods that a request asks for.
    func pods(of request: ProvisioningRequest) throws(RequestProblem) -> [Pod] {
        var result: [Pod] = []
        result.reserveCapacity(request.size)
        for (number, set) in try sets(of: request).enumerated() {
            result += (0..<set.count).map { request.pod(of: set.template, set: number, index: $0) }
        }
        return result
    }

    /// What a request asks for: of which pods how many.
    private func sets(
        of request: ProvisioningRequest
    ) throws(RequestProblem) -> [(template: PodTemplate, count: Int)] {
        guard (1...Self.mostRequestedPods).contains(request.size) else {
            let most = Self.mostRequestedPods
            throw RequestProblem(message: "It asks for \(request.size) pods, not for 1 to \(most)", mayPass: false)
        }
        var result: [(template: PodTemplate, count: Int)] = []
        for set in request.podSets {
            let name = PodID(namespace: request.namespace, name: set.template)
            guard let template = cluster.objects.podTemplates[name] else {
                let message = "There is no PodTemplate \(name), or Gleaner may not read it"
                throw RequestProblem(message: message, mayPass: true)
            }
            result.append((template, set.count))
        }
        return result
    }

    /// What the PodTemplates say of the whole; the first speaks for all where only one can.
    private func workload(of request: ProvisioningRequest) throws(RequestProblem) -> Workload {
        let sets = try sets(of: request)
        guard let first = sets.first?.template.pod else {
            throw RequestProblem(message: "It asks for no pods", mayPass: false)
        }
        var result = configuration.workload(request.workloadID, from: first, job: nil)
        if result.gang != nil, first.annotation(.gangSize) == nil { result.gang?.minimum = request.size }
        result.createdAt = request.createdAt
        result.accelerators = sets.reduce(0) { sum, set in
            // Whatever a pod asks for: an absurd number fits nowhere, and breaks nothing.
            sum + min(set.template.pod.requests.accelerators, 1_000_000) * Int64(set.count)
        }
        return result
    }

    // MARK: - What is asked of planning

    /// Whether a request waits for room, and none is booked for it.
    func awaitsCapacity(_ id: WorkloadID) -> Bool {
        guard id.kind == WorkloadID.provisioningRequest, let request = request(of: id),
            let record = state.records[id], record.endedAt == nil
        else { return false }
        guard let provision = state.provisions[id] else { return !request.isSettled }
        return provision.places.isEmpty && !provision.isTrue(.provisioned) && !provision.isOver
    }

    /// Requests that wait for room, each to be served whole or not at all.
    func requestedDemands(at now: Timestamp) -> [PlanInput.Demand] {
        guard !configuration.provisioningClasses.isEmpty else { return [] }
        return handledRequests.compactMap { request in
            let id = request.workloadID
            guard awaitsCapacity(id), let record = state.records[id], let pods = try? pods(of: request) else {
                return nil
            }
            var workload = record.workload
            let asked = pods.first?.annotation(.gangTopology).flatMap { Gang.Topology(rawValue: $0) }
            // The standard knows no rule that would keep the pods together where nobody says that they are a gang.
            workload.gang = Gang(minimum: pods.count, topology: record.workload.gang?.topology ?? asked ?? .any)
            let isCheck = configuration.behaviour(for: request) == .checkCapacity
            return PlanInput.Demand(
                workload: workload,
                pods: isCheck ? pods.map(\.onStandingNodes) : pods,
                capacityTypes: capacityTypes(for: record, at: now),
                remainingSeconds: remainingSeconds(of: record, at: now),
                checkpoints: checkpoints(of: record),
                dataset: dataset(of: record)
            )
        }
    }

    /// Waiting pods for which room is booked, or is being asked for by their request: they are no demand of their own.
    func podsThatComeForTheirPlaces() -> Set<PodID> {
        var result: Set<PodID> = []
        for (id, provision) in state.provisions where !provision.isOver {
            let waiting = members(of: id).filter(\.isWaiting)
            let served = provision.isTrue(.provisioned) ? provision.places.count : waiting.count
            result.formUnion(waiting.prefix(served).map(\.id))
        }
        return result
    }

    /// How many pods a request asks for; nil for what is no request, or one that is not known.
    func requestedSize(of id: WorkloadID) -> Int? {
        guard id.kind == WorkloadID.provisioningRequest else { return nil }
        return cluster.objects.provisioningRequests[id.uid]?.size
    }

    /// Whether a request is neither settled nor deleted, so that its workload goes on without pods.
    func isRequestOpen(_ id: WorkloadID) -> Bool { state.provisions[id].map { !$0.isOver } ?? false }

    // MARK: - Words

    /// Writes a condition down when it says something new.
    mutating func set(
        _ id: WorkloadID,
        _ kind: ProvisioningCondition.Kind,
        _ isTrue: Bool,
        _ reason: String,
        _ message: String,
        at now: Timestamp
    ) {
        let known = state.provisions[id]?.conditions[kind]
        let condition = ProvisioningCondition(
            kind: kind,
            isTrue: isTrue,
            reason: reason,
            message: String(String.UnicodeScalarView(message.unicodeScalars.prefix(Self.longestMessage))),
            since: known.flatMap { $0.isTrue == isTrue ? $0.since : nil } ?? now
        )
        if condition != known { record(.provisioning(id, .condition(condition)), at: now) }
    }

    /// Says why a request waits, when more than sums and times have moved.
    mutating func tell(_ id: WorkloadID, waits reason: String, because message: String, at now: Timestamp) {
        if let known = state.provisions[id]?.conditions[.provisioned], known.reason == reason {
            let isSame = known.message.filter { !$0.isNumber } == message.filter { !$0.isNumber }
            let isRecent = progress.provisioning.toldAt[id].map { now - $0 < Self.explanationInterval } ?? true
            if isSame, isRecent { return }
        }
        progress.provisioning.toldAt[id] = now
        set(id, .provisioned, false, reason, message, at: now)
    }

    mutating func fail(_ id: WorkloadID, _ reason: String, _ message: String, at now: Timestamp) {
        set(id, .failed, true, reason, message, at: now)
        if state.records[id]?.endedAt == nil, state.records[id] != nil, members(of: id).isEmpty {
            end(id, succeeded: false, stoppedAt: now, at: now)
        }
    }

    /// Brings the status of a request to what is known of it, as soon as it is seen to say something else.
    private mutating func report(_ request: ProvisioningRequest, at now: Timestamp) {
        guard let provision = state.provisions[request.workloadID] else { return }
        let conditions = provision.sortedConditions
        let isKnown = conditions.allSatisfy { own in request.conditions.contains { $0.saysTheSame(as: own) } }
        guard !isKnown else {
            progress.provisioning.reports[request.uid] = nil
            return
        }
        let update = ProvisioningUpdate(request, conditions: conditions)
        if let sent = progress.provisioning.reports[request.uid], sent.update == update, sent.nextAt > now {
            wake(at: sent.nextAt)
            return
        }
        progress.provisioning.reports[request.uid] = .init(update: update, nextAt: now + .seconds(30))
        wake(at: now + .seconds(30))
        send(.updateProvisioningRequest(update))
    }

    // MARK: - What is seen

    /// A pod with its request marked as ours when it is. The request says so itself; of one that is not known the pod's
    /// annotations do.
    func withOwnRequest(_ pod: Pod) -> Pod {
        guard let reference = pod.provisioning else { return pod }
        let request = cluster.objects.provisioningRequest(namespace: pod.id.namespace, name: reference.request)
        var result = pod
        if let request {
            result.provisioning?.className = request.className
            result.provisioning?.isOurs = configuration.behaviour(for: request) != nil
        } else if let name = reference.className, configuration.provisioningClasses[name] != nil {
            result.provisioning?.isOurs = true
        }
        return result
    }

    /// Those of some objects that were not known before.
    func unknownRequests(among objects: [SchedulingObject]) -> [ProvisioningRequest] {
        objects.compactMap { object in
            guard case .provisioningRequest(let request) = object,
                cluster.objects.provisioningRequests[request.uid] == nil
            else { return nil }
            return request
        }
    }

    /// Looks at the pods once more that were seen before the requests that they name.
    mutating func markPods(of requests: [ProvisioningRequest]) {
        guard !requests.isEmpty else { return }
        let names = Set(requests.map { PodID(namespace: $0.namespace, name: $0.name) })
        for pod in cluster.pods.values {
            guard let name = pod.provisioning?.request,
                names.contains(PodID(namespace: pod.id.namespace, name: name))
            else { continue }
            let marked = withOwnRequest(pod)
            if marked.provisioning != pod.provisioning { cluster.put(marked) }
        }
    }

    mutating func absorbRemoval(of object: SchedulingObject) {
        guard case .provisioningRequest(let request) = object else { return }
        progress.looksForVanished = true
        if state.provisions[request.workloadID] != nil { progress.provisioning.removed.insert(request.uid) }
    }
}
