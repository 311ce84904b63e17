import Model

/// Suspended Jobs that are ours to unsuspend: their pods are planned for before there are any, and made once their
/// capacity stands.
extension Autoscaler {
    /// A Job that was told to begin, until its pods are there.
    struct Unsuspending: Sendable {
        var command: Unsuspension
        /// Which pod was to run on which node when it was told to begin.
        let planned: [Room]
        /// Those of them that are still kept.
        var rooms: [Room]
        /// How long it is kept.
        var until: Timestamp
        /// When it is told again, unless it has begun meanwhile.
        var retryAt: Timestamp?
        /// Whether the cluster has shown that it is not suspended any more.
        var hasBegun = false

        struct Room: Sendable {
            var pod: Pod
            var node: String
        }

        init(_ command: Unsuspension, rooms: [Room], until: Timestamp, retryAt: Timestamp) {
            self.command = command
            planned = rooms
            self.rooms = rooms
            self.until = until
            self.retryAt = retryAt
        }
    }

    /// How long room is kept for the pods of a Job that was told to begin.
    static let roomHold: Duration = .seconds(600)

    /// How long until a Job that did not take it is told again, and one that was refused is looked at again.
    static let unsuspensionRetry: Duration = .seconds(5)

    // MARK: - What they ask for

    /// Suspended Jobs of ours that wait for capacity, sorted: those that have pods left let them go first.
    var suspendedJobs: [Job] {
        cluster.jobs.expectedPods.keys.compactMap { cluster.jobs[$0] }.filter(isToBegin)
            .sorted { ($0.namespace, $0.name, $0.uid) < ($1.namespace, $1.name, $1.uid) }
    }

    /// The pods that they would have.
    var expectedPods: [Pod] {
        guard !cluster.jobs.expectedPods.isEmpty else { return [] }
        return suspendedJobs.flatMap { cluster.jobs.expectedPods[$0.uid] ?? [] }
    }

    private func isToBegin(_ job: Job) -> Bool {
        cluster.jobs.expectedPods[job.uid] != nil && progress.unsuspensions[job.uid] == nil
            && pods(of: job).allSatisfy(\.isFinished)
    }

    private func pods(of job: Job) -> [Pod] {
        let key = job.gang.map { MemberKey.gang(namespace: job.namespace, name: $0) } ?? .uid(job.uid)
        return cluster.pods(of: key).filter { $0.owner?.uid == job.uid }
    }

    /// Whether a workload waits for capacity to be unsuspended.
    func isSuspended(_ id: WorkloadID) -> Bool {
        if id.kind == "Job" { return cluster.jobs[id.uid].map(isToBegin) ?? false }
        return cluster.jobs.jobs(naming: MemberKey(id)).contains(where: isToBegin)
    }

    /// Nodes on which pods that are still to be made are to run.
    var nodesForExpectedPods: Set<String> {
        let planned = expectedPods.compactMap { progress.placements[$0.id] }
        let kept = progress.unsuspensions.values.flatMap(\.rooms).map(\.node)
        return Set((planned + kept).compactMap(nodeName))
    }

    /// The pods for which room is kept, by node.
    var keptRooms: [String: [Pod]] {
        var result: [String: [Pod]] = [:]
        for (_, unsuspending) in progress.unsuspensions.sorted(by: { $0.key < $1.key }) {
            for room in unsuspending.rooms {
                var pod = room.pod
                pod.nodeName = room.node
                result[room.node, default: []].append(pod)
            }
        }
        return result
    }

    // MARK: - When they begin

    /// Gives up room that is taken, or that was kept for long enough.
    mutating func releaseKeptRooms(at now: Timestamp) {
        guard cluster.isSynced else { return }
        for (uid, known) in progress.unsuspensions.sorted(by: { $0.key < $1.key }) {
            guard let job = cluster.jobs[uid], job.end == nil, now < known.until else {
                progress.unsuspensions[uid] = nil
                continue
            }
            if known.hasBegun, job.isSuspended {
                // Somebody has suspended it again.
                progress.unsuspensions[uid] = nil
                continue
            }
            let rooms = known.rooms.isEmpty ? [] : Self.rooms(known.planned, besides: pods(of: job))
            progress.unsuspensions[uid]?.rooms = rooms
            progress.unsuspensions[uid]?.hasBegun = known.hasBegun || !job.isSuspended
            if rooms.isEmpty, !job.isSuspended { progress.unsuspensions[uid] = nil } else { wake(at: known.until) }
        }
    }

    /// What of the room is still needed: a pod that runs has taken its own, and one for which the scheduler finds none is
    /// planned for itself.
    private static func rooms(_ rooms: [Unsuspending.Room], besides pods: [Pod]) -> [Unsuspending.Room] {
        var result = rooms
        var others = 0
        for pod in pods where !pod.isFinished {
            if let node = pod.nodeName, let index = result.firstIndex(where: { $0.node == node }) {
                result.remove(at: index)
            } else if pod.nodeName != nil || pod.isUnschedulable {
                others += 1
            }
        }
        result.removeLast(min(others, result.count))
        return result
    }

    /// Tells Jobs to begin whose pods all have room on nodes that stand; those of a gang together.
    mutating func unsuspendJobs(at now: Timestamp) {
        guard cluster.isSynced else { return }
        for uid in progress.unsuspensions.keys.sorted() {
            guard let known = progress.unsuspensions[uid], let retry = known.retryAt, !known.hasBegun else { continue }
            guard retry <= now else {
                wake(at: retry)
                continue
            }
            progress.unsuspensions[uid]?.retryAt = now + .seconds(30)
            send(.unsuspend(known.command))
        }
        guard !state.isPaused, !cluster.jobs.expectedPods.isEmpty else { return }
        var byWorkload: [WorkloadID: [Job]] = [:]
        for job in suspendedJobs {
            guard let pod = cluster.jobs.expectedPods[job.uid]?.first, let id = workloadID(of: pod) else { continue }
            byWorkload[id, default: []].append(job)
        }
        guard !byWorkload.isEmpty else { return }
        var free: [String: Resources] = [:]
        for (node, pods) in keptRooms {
            guard let node = cluster.nodes[node] else { continue }
            free[node.name] = pods.reduce(freeResources(on: node)) { $0 - $1.requests }
        }
        for (id, jobs) in byWorkload.sorted(by: { $0.key < $1.key }) where state.records[id]?.endedAt == nil {
            guard let rooms = standingRooms(for: jobs, &free) else { continue }
            begin(jobs, of: id, rooms, at: now)
        }
    }

    /// Where all pods of some Jobs are to run, when all those nodes stand and hold the room; taken from what is free.
    private func standingRooms(for jobs: [Job], _ free: inout [String: Resources]) -> [String: [Unsuspending.Room]]? {
        var left = free
        var result: [String: [Unsuspending.Room]] = [:]
        for job in jobs {
            for pod in cluster.jobs.expectedPods[job.uid] ?? [] {
                guard let name = progress.placements[pod.id].flatMap(nodeName), let node = cluster.nodes[name],
                    isStanding(node)
                else { return nil }
                let room = left[name] ?? freeResources(on: node)
                guard pod.requests.fits(in: room) else { return nil }
                left[name] = room - pod.requests
                result[job.uid, default: []].append(Unsuspending.Room(pod: pod, node: name))
            }
        }
        free = left
        return result
    }

    private mutating func begin(
        _ jobs: [Job],
        of id: WorkloadID,
        _ rooms: [String: [Unsuspending.Room]],
        at now: Timestamp
    ) {
        let nodes = Set(rooms.values.flatMap { $0 }.map(\.node)).sorted()
        let summary = "unsuspended: the nodes for it stand (\(nodes.joined(separator: ", ")))"
        record(.explained(Explanation(workloads: [id], summary: summary)), at: now)
        for job in jobs {
            let command = Unsuspension(namespace: job.namespace, name: job.name, uid: job.uid)
            progress.unsuspensions[job.uid] = Unsuspending(
                command,
                rooms: rooms[job.uid] ?? [],
                until: now + Self.roomHold,
                retryAt: now + .seconds(30)
            )
            send(.unsuspend(command))
        }
        wake(at: now + .seconds(30))
    }

    mutating func absorb(_ outcome: UnsuspensionOutcome, of unsuspension: Unsuspension, at now: Timestamp) {
        guard progress.unsuspensions[unsuspension.uid] != nil else { return }
        switch outcome {
        case .accepted:
            // The watch will show it; should it not, it is told once more.
            progress.unsuspensions[unsuspension.uid]?.retryAt = now + .seconds(30)
        case .failed:
            progress.unsuspensions[unsuspension.uid]?.retryAt = now + Self.unsuspensionRetry
            wake(at: now + Self.unsuspensionRetry)
        case .gone, .refused:
            // The watch will show why; what it shows until then is old.
            progress.unsuspensions[unsuspension.uid]?.rooms = []
            progress.unsuspensions[unsuspension.uid]?.retryAt = nil
            progress.unsuspensions[unsuspension.uid]?.until = now + .seconds(30)
            wake(at: now + .seconds(30))
        }
    }

    // MARK: - Nodes

    /// The node that a plan's host has become: before it registered it was named after its claim.
    func nodeName(_ host: String) -> String? {
        if cluster.nodes[host] != nil { return host }
        return state.claims[ClaimID(host)].flatMap { node(of: $0)?.name }
    }

    /// Whether pods can run on a node, or will once it is opened for the gang that it was bought for.
    func isStanding(_ node: Node) -> Bool {
        guard node.isReady, !node.isUnschedulable else { return false }
        guard let instance = node.instanceID, let claim = state.claimOfInstance[instance].flatMap({ state.claims[$0] })
        else { return true }
        return claim.phase == .initialised
    }

    private func freeResources(on node: Node) -> Resources {
        cluster.pods(on: node.name).reduce(node.allocatable) { $0 - $1.requests }
    }
}
