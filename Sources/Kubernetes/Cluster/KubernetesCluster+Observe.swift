import HTTPTransport
import Logging
package import Model

extension KubernetesCluster {
    /// Watches that end sooner than this are slowed down, so that a broken server is not asked without end.
    private static let shortestWatch: Duration = .seconds(1)
    /// A server that let us watch for so long is well again: the next failure is a first one.
    private static let healthyAfter: Duration = .seconds(10)

    package func observe(_ deliver: @escaping @Sendable ([Event]) async -> Void) async {
        var failures = 0
        let shared = Locked(SharedParts())
        var missing = MissingKinds()
        while !Task.isCancelled {
            var listed: ContinuousClock.Instant?
            do {
                try await follow(shared, deliver, &missing) { listed = .now }
            } catch let refusal as UnwatchedKind {
                missing.unwatched.insert(refusal.kind.plural)
                warn(of: refusal.kind, "watched", refusal.reason, &missing)
                continue
            } catch KubernetesError.expired(let request) {
                // What is known is whole up to a moment ago; the fresh list replaces it.
                logger.info("The watch is too old, listing anew.", metadata: ["request": "\(request)"])
                failures = Self.failures(after: failures, listed)
                guard failures > 1 else { continue }
            } catch {
                guard !Task.isCancelled else { return }
                let reason = "\(error)"
                logger.warning("The cluster cannot be watched.", metadata: ["reason": "\(reason)"])
                await deliver([.clusterUnreachable(reason: reason)])
                failures = Self.failures(after: failures, listed)
            }
            let longest = min(Self.longestBackoff, firstBackoff * (1 << min(failures - 1, 10)))
            // Between half of it and all of it, so that those who failed together do not come back together.
            try? await Task.sleep(for: longest * Double.random(in: 0.5...1))
        }
    }

    /// The failures in a row, this one included.
    private static func failures(after count: Int, _ listed: ContinuousClock.Instant?) -> Int {
        guard let listed, listed.duration(to: .now) >= healthyAfter else { return count + 1 }
        return 1
    }

    /// Lists everything, delivers it, and watches until something breaks, or until it is time to ask once more for what
    /// could not be listed or watched.
    private func follow(
        _ shared: Locked<SharedParts>,
        _ deliver: @escaping @Sendable ([Event]) async -> Void,
        _ missing: inout MissingKinds,
        listed: () -> Void
    ) async throws {
        // Of a thousand pods of one job nearly everything is the same; a fresh list shares it with the one before.
        let readPod = { @Sendable (json: JSON) throws in
            var pod = try Pod(json: json)
            shared.withLock { $0.share(&pod) }
            return pod
        }
        let start = try await deliverLists(deliver, &missing, readPod)
        listed()
        let (unwatched, unlisted) = (missing.unwatched, missing.unlisted)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await watch(.pods, from: start.pods, deliver) { change in
                    switch change {
                    case .changed(let json): .podChanged(try readPod(json))
                    case .deleted(let json): .podRemoved(try readPod(json))
                    }
                }
            }
            group.addTask {
                try await watch(.nodes, from: start.nodes, deliver) { change in
                    switch change {
                    case .changed(let json): .nodeChanged(try Node(json: json))
                    case .deleted(let json): .nodeRemoved(name: try Node(json: json).name)
                    }
                }
            }
            group.addTask {
                try await watch(.jobs, from: start.jobs, deliver) { change in
                    switch change {
                    case .changed(let json): .jobChanged(try Job(json: json))
                    case .deleted(let json): .jobRemoved(try Job(json: json))
                    }
                }
            }
            for listed in start.kinds where !unwatched.contains(listed.kind.plural) {
                group.addTask { try await watch(listed, deliver) }
            }
            if !unwatched.isEmpty { group.addTask { try await Task.sleep(for: recheckInterval) } }
            if !unlisted.isEmpty { group.addTask { try await awaitKind(of: unlisted) } }
            // The first to break ends them all: a fresh list is whole again.
            try await group.next()
            group.cancelAll()
        }
    }

    /// From which versions the watches go on, without what was listed: whoever was told of that lets go of it in time.
    private struct WatchStart {
        var pods: String
        var nodes: String
        var jobs: String
        var kinds: [ListedKind]
    }

    private func deliverLists(
        _ deliver: @escaping @Sendable ([Event]) async -> Void,
        _ missing: inout MissingKinds,
        _ readPod: @escaping @Sendable (JSON) throws -> Pod
    ) async throws -> WatchStart {
        async let pods = client.list(.pods, readPod)
        async let nodes = client.list(.nodes) { try Node(json: $0) }
        async let jobs = client.list(.jobs) { try Job(json: $0) }
        var kinds = try await optionalKinds(&missing)
        let lists = try await (pods: pods, nodes: nodes, jobs: jobs)
        await deliver([
            .clusterListed(pods: lists.pods.items, nodes: lists.nodes.items, jobs: lists.jobs.items),
            .schedulingObjectsListed(kinds.flatMap(\.listing.items)),
        ])
        for index in kinds.indices { kinds[index].listing.items = [] }
        return WatchStart(
            pods: lists.pods.resourceVersion,
            nodes: lists.nodes.resourceVersion,
            jobs: lists.jobs.resourceVersion,
            kinds: kinds
        )
    }

    /// Watches one kind on and on. Only returns by throwing.
    func watch(
        _ resource: APIResource,
        from version: String,
        _ deliver: @escaping @Sendable ([Event]) async -> Void,
        _ event: @Sendable (WatchChange) throws -> Event
    ) async throws {
        var version = version
        while true {
            try Task.checkCancellation()
            let began = ContinuousClock.now
            version = try await client.watch(resource, from: version) { changes in
                await deliver(try changes.map(event))
            }
            let lasted = began.duration(to: .now)
            if lasted < Self.shortestWatch { try await Task.sleep(for: Self.shortestWatch - lasted) }
        }
    }
}
