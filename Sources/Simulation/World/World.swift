package import Kubernetes
package import Model

/// One cloud and one cluster under one clock: what the demo, tests and replays run Gleaner against.
///
/// Synchronous and without I/O; the same seed and the same calls give the same world. One driver owns it.
package final class World {
    /// Something that is submitted to the cluster at a time.
    package struct Arrival: Sendable {
        package var at: Timestamp
        package var objects: [JSON]

        package init(at: Timestamp, objects: [JSON]) {
            self.at = at
            self.objects = objects
        }
    }

    package let cloud: CloudModel
    package let cluster: ClusterModel
    package private(set) var now: Timestamp
    /// Submissions to come, the next one last.
    private var arrivals: [Arrival]
    /// Objects of arrivals that the cluster refused, with its reason.
    package private(set) var refusals: [String] = []
    package private(set) var interruptions = 0
    private let allInstanceTypes: [String: InstanceType]

    package init(cloud: CloudModel, seed: UInt64, arrivals: [Arrival], pace: ClusterPace = ClusterPace()) {
        self.cloud = cloud
        now = cloud.now
        cluster = ClusterModel(seed: seed, startsAt: now, pace: pace)
        self.arrivals = arrivals.sorted { $1.at < $0.at }
        allInstanceTypes = Dictionary(
            cloud.catalogue.entries.map { ($0.name, $0.instanceType) },
            uniquingKeysWith: { first, _ in first }
        )
    }

    /// When something happens next by itself.
    package var nextChange: Timestamp? {
        [cloud.nextChange, cluster.nextChange, arrivals.last?.at].compactMap { $0 }.min()
    }

    /// Lets time pass to a moment, and everything happen on the way, in order.
    package func advance(to time: Timestamp) {
        settle()
        while let next = nextChange, next <= time {
            now = max(now, next)
            cluster.advance(to: now)
            deliver(cloud.advance(to: now))
            submitArrivals()
        }
        now = max(now, time)
        cluster.advance(to: now)
        deliver(cloud.advance(to: now))
    }

    /// Lets cloud and cluster take in what was asked of them at this moment.
    package func settle() {
        cluster.advance(to: now)
        deliver(cloud.advance(to: now))
    }

    private func deliver(_ changes: [CloudChange]) {
        for change in changes {
            switch change {
            case .instanceState(let id, .running, _):
                guard let instance = cloud.instance(id), let type = allInstanceTypes[instance.offering.instanceType]
                else { continue }
                cluster.instanceStarted(instance, type: type)
            case .instanceState(let id, .shuttingDown, _):
                let reclaimed = cloud.instance(id)?.stateReason == .spotReclaimed
                cluster.instanceStopped(id, reclaimed: reclaimed)
            case .interruptionWarning(let id, _):
                interruptions += 1
                cluster.instanceWarned(id)
            case .instanceState, .rebalance, .capacityMoved, .priceMoved, .messageDelivered:
                continue
            }
        }
    }

    private func submitArrivals() {
        while let arrival = arrivals.last, arrival.at <= now {
            arrivals.removeLast()
            for object in arrival.objects { submit(object) }
        }
        cluster.settle()
    }

    private func submit(_ object: JSON) {
        let kind = object["kind"].string ?? ""
        let name = object["metadata"]["name"].string ?? ""
        guard let resource = ResourceKind.find(apiVersion: object["apiVersion"].string ?? "", kind: kind) else {
            refusals.append("\(kind) \(name): the cluster does not serve this kind")
            return
        }
        let namespace = object["metadata"]["namespace"].string ?? "default"
        cluster.store.ensureNamespace(namespace, now: now.milliseconds)
        do {
            _ = try cluster.store.create(object, as: resource, in: namespace, now: now.milliseconds)
        } catch {
            refusals.append("\(kind) \(name): \(error.message)")
        }
    }

    /// Takes the spot instance of a node back: its notice comes now, and two minutes later it goes.
    ///
    /// - Parameter node: The node's name, or the instance's id.
    /// - Returns: The instance.
    /// - Throws: `CloudError` when none of that name is a live spot instance.
    package func interrupt(node: String) throws -> InstanceID {
        let instance = cloud.instances.first { $0.isLive && ($0.privateDNSName == node || $0.id.value == node) }
        let id = instance?.id ?? InstanceID(node)
        try cloud.interrupt(id, at: now)
        settle()
        return id
    }

    /// Lets the cloud's checks of a node's machine fail from now on.
    /// - Parameters:
    ///   - node: Its name, or the instance's id.
    ///   - checks: Some of `attached-ebs`, `instance` and `system`; none makes it well again.
    /// - Returns: The instance.
    /// - Throws: `CloudError` when none of that name is live.
    package func impair(node: String, checks: Set<String>) throws -> InstanceID {
        let instance = cloud.instances.first { $0.isLive && ($0.privateDNSName == node || $0.id.value == node) }
        let id = instance?.id ?? InstanceID(node)
        try cloud.impair(id, checks: checks, at: now)
        settle()
        return id
    }

    /// Whether everything was submitted and is complete.
    package var isDone: Bool {
        // The truth about all workloads is asked for last: it takes the longest.
        arrivals.isEmpty && !cloud.hasLiveInstances && truths.allSatisfy(\.completed)
    }

    /// Whether everything was submitted, no Job or pod is still to end, and no machine is left.
    package var isAtRest: Bool { arrivals.isEmpty && !cloud.hasLiveInstances && !cluster.hasOpenWork }

    /// Whether a machine is about to be taken back.
    package var hasOpenNotice: Bool {
        cloud.instances.contains { $0.isLive && $0.warnedAt != nil }
    }

    /// What is true of every workload, whoever says what about it.
    package var truths: [WorkloadTruth] { cluster.truths }
}
