import Model

extension Autoscaler {
    /// Takes one event in. Nothing is decided here beyond what the event itself says.
    mutating func absorb(_ event: Event, at now: Timestamp) {
        switch event {
        case .wake:
            if let wakeAt = progress.wakeAt, wakeAt <= now { progress.wakeAt = nil }
        case .clusterListed, .podChanged, .podRemoved, .nodeChanged, .nodeRemoved, .jobChanged, .jobRemoved,
            .schedulingObjectsListed, .schedulingObjectChanged, .schedulingObjectRemoved, .clusterUnreachable:
            absorbCluster(event, at: now)
        case .catalogueObserved(let catalogue):
            vCPUs = catalogue.instanceTypes.mapValues(\.vCPUs)
            poolShapes = configuration.pools.flatMap { pool in
                pool.shapes.compactMap { template in
                    catalogue.shape(template, of: pool).map { PoolShape(pool: pool, shape: $0) }
                }
            }
            observe(catalogue.prices.values.sorted { $0.offering < $1.offering }, at: now)
        case .pricesObserved(let points):
            observe(points, at: now)
        case .blueprintsObserved(let blueprints):
            progress.blueprints = blueprints
        case .marketObserved(let report):
            progress.market.take(report, at: now)
        case .instancesListed(let instances):
            observe(instances, at: now)
        case .cloudUnreachable:
            progress.instancesAskedAt = nil
            progress.pricesAskedAt = nil
            progress.cloudRetryAt = now + .seconds(15)
        case .inquiryAnswered(let answer):
            absorb(answer, at: now)
        case .inquiryFailed(let inquiry, _):
            progress.inquiries.dueAt[inquiry] = now + Self.inquiryRetry
        case .launchEnded(let id, let outcome):
            absorb(outcome, of: id, at: now)
        case .terminationAccepted(let instances):
            for instance in instances where !isClaimed(instance) {
                progress.strays[instance] = nil
            }
        case .terminationFailed(let instances, _):
            for instance in instances { progress.nextTermination[instance] = now + .seconds(15) }
            wake(at: now + .seconds(15))
        case .noticeReceived(let notice):
            absorb(notice, at: now)
        case .planned(let generation, let plan):
            absorb(plan, generation: generation, at: now)
        case .consolidated(let generation, let answer):
            absorb(answer, generation: generation, at: now)
        case .evictionEnded(_, let uid, let outcome):
            absorb(outcome, ofEvictionOf: uid, at: now)
        case .nodeUpdated(let update):
            // The watch will show it; until it does the same change is not sent again.
            progress.nextNodeUpdate[update] = now + .seconds(10)
        case .nodeUpdateFailed(let update, _):
            progress.nextNodeUpdate[update] = now + .seconds(5)
            wake(at: now + .seconds(5))
        case .unsuspensionEnded(let unsuspension, let outcome):
            absorb(outcome, of: unsuspension, at: now)
        case .pauseRequested(let paused, let by):
            if state.isPaused != paused { record(.pauseChanged(paused, by: by), at: now) }
            if !paused { progress.planDueAt = now }
        case .leadership(let epoch):
            progress.epoch = epoch
        case .checkpointAnswered(let request, let answer):
            absorb(answer, to: request, at: now)
        case .checkpointSearched(let search, let finding):
            absorb(finding, of: search, at: now)
        case .provisioningRequestUpdated(let update):
            // The watch will show it; until it does the same is not written again.
            progress.provisioning.reports[update.uid] = .init(update: update, nextAt: now + .seconds(10))
        case .provisioningRequestUpdateFailed(let update, _):
            progress.provisioning.reports[update.uid] = .init(update: update, nextAt: now + .seconds(5))
            wake(at: now + .seconds(5))
        }
    }

    private mutating func absorbCluster(_ event: Event, at now: Timestamp) {
        switch event {
        case .clusterListed(let pods, let nodes, let jobs):
            let marked = pods.contains { $0.provisioning != nil } ? pods.map(withOwnRequest) : pods
            cluster.replace(pods: marked, nodes: nodes, jobs: jobs, at: now)
            progress.looksForVanished = true
        case .podChanged(let pod):
            cluster.put(withOwnRequest(pod))
        case .podRemoved(let pod):
            cluster.remove(pod)
            progress.looksForVanished = true
        case .nodeChanged(let node):
            cluster.put(node)
        case .nodeRemoved(let name):
            cluster.removeNode(name)
        case .jobChanged(let job):
            cluster.put(job)
        case .jobRemoved(let job):
            cluster.remove(job)
            progress.looksForVanished = true
        case .schedulingObjectsListed(let objects):
            cluster.replace(objects)
            progress.looksForVanished = true
            markPods(of: Array(cluster.objects.provisioningRequests.values))
        case .schedulingObjectChanged(let object):
            let requests = unknownRequests(among: [object])
            cluster.put(object)
            markPods(of: requests)
        case .schedulingObjectRemoved(let object):
            cluster.remove(object)
            if case .workload = object { progress.looksForVanished = true }
            absorbRemoval(of: object)
        case .clusterUnreachable:
            cluster.isSynced = false
            return
        default:
            return
        }
        if cluster.isSynced { cluster.observedAt = now }
    }

    /// Keeps the prices that are news.
    private mutating func observe(_ points: [PricePoint], at now: Timestamp) {
        progress.market.take(points, at: now)
        let types = Set(configuration.pools.flatMap { $0.shapes.flatMap(\.instanceTypes) })
        for point in points where types.contains(point.offering.instanceType) {
            if let known = state.prices[point.offering] {
                if known.effectiveAt >= point.effectiveAt { continue }
                if known.pricePerHour == point.pricePerHour { continue }
            }
            record(.priceObserved(point), at: now)
        }
        progress.pricesObservedAt = now
        progress.pricesAskedAt = nil
    }
}
