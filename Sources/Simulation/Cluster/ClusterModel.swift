import HeapModule
import Kubernetes
package import Model

/// The world's cluster as a state machine: an object store, and behind it a scheduler, a job controller, kubelets and
/// the processes they run. Without I/O or clock; whatever happens, happens at a whole second.
package final class ClusterModel {
    /// The API server's objects. Whoever writes to it calls `settle` afterwards.
    package var store: ObjectStore
    package internal(set) var now: Timestamp

    var machines: [InstanceID: Machine] = [:]
    var machineOfNode: [String: InstanceID] = [:]
    /// By pod uid.
    var processes: [String: Process] = [:]
    /// The nodes of pods that a kubelet outside runs at this moment, by pod uid.
    var outsideProcesses: [String: String] = [:]
    /// By the uid of the Job and a number, or by the uid of the lone pod.
    var trainings: [String: Training] = [:]
    /// By the uid of the Job.
    var jobStates: [String: JobState] = [:]
    var images: Set<String> = []
    var delays: SeededGenerator
    /// Decoded pods and nodes by uid, as long as their version lasts.
    var decodedPods: [String: (version: String, pod: Pod)] = [:]

    let pace: ClusterPace
    /// What was true of workloads whose objects are gone.
    var departed: [WorkloadTruth] = []

    private var timers = Heap<ClusterTimer>()
    private var timerCount: Int64 = 0
    private var handledVersion: Int64 = 0

    package init(seed: UInt64, startsAt: Timestamp, pace: ClusterPace = ClusterPace()) {
        now = startsAt
        self.pace = pace
        store = ObjectStore(now: startsAt.milliseconds, seed: seed)
        delays = SeededGenerator(seed: seed, purpose: "kubelets")
    }

    /// When something happens next by itself.
    package var nextChange: Timestamp? { timers.min?.at }

    /// Lets time pass, and everything happen that is due.
    package func advance(to time: Timestamp) {
        settle()
        while let timer = timers.min, timer.at <= time {
            timers.removeMin()
            now = max(now, timer.at)
            fire(timer.action)
            settle()
        }
        now = max(now, time)
    }

    /// Lets the controllers take in what was written to the store, until nothing is left to do.
    package func settle() {
        // Every round either changes the store or ends; what keeps changing is a mistake in a controller.
        for _ in 0..<10_000 {
            guard let changes = try? store.changes(since: handledVersion) else {
                handledVersion = store.resourceVersion
                reconcileAll()
                continue
            }
            guard !changes.isEmpty else { return }
            handledVersion = store.resourceVersion
            for change in changes where change.kind == .pods { observePod(change) }
            reconcileAll()
        }
        preconditionFailure("the simulated controllers do not come to rest")
    }

    private func reconcileAll() {
        runJobController()
        runScheduler()
        startProcesses()
    }

    func schedule(_ action: ClusterTimer.Action, after delay: Duration) {
        timerCount += 1
        let at = now + delay
        let whole = at.milliseconds % 1000 == 0 ? at : Timestamp(seconds: at.seconds + 1)
        timers.insert(ClusterTimer(at: whole, order: timerCount, action: action))
    }

    private func fire(_ action: ClusterTimer.Action) {
        switch action {
        case .register(let id): registerNode(id)
        case .nodeReady(let id): markReady(id)
        case .devicesReady(let id): offerDevices(id)
        case .nodeGone(let id, let node): removeNode(node, of: id)
        case .started(let uid): startContainer(uid)
        case .restored(let uid): markRestored(uid)
        case .snapshot(let key, let run): beginSnapshot(key, run: run)
        case .durable(let key, let run, let work, let takenAt):
            finishSnapshot(key, run: run, work: work, takenAt: takenAt)
        case .done(let key, let run): finishWork(key, run: run)
        case .saved(let uid, let run): finishSaving(uid, run: run)
        case .killed(let uid): exit(uid, code: 137, reason: "Error")
        case .expired(let kind, let namespace, let name, let uid): expire(kind, in: namespace, name, uid: uid)
        }
    }

    /// The pod as the core decodes it, from the cache while its version lasts.
    func decoded(_ json: JSON) -> Pod? {
        guard let uid = json["metadata"]["uid"].string else { return nil }
        let version = json["metadata"]["resourceVersion"].string ?? ""
        if let known = decodedPods[uid], known.version == version { return known.pod }
        guard let pod = try? Pod(json: json) else { return nil }
        decodedPods[uid] = (version, pod)
        return pod
    }

    /// Changes an object that is known to be there.
    func modify(_ kind: ResourceKind, _ namespace: String, _ name: String, _ change: (inout JSON) -> Void) {
        _ = try? store.modify(kind, in: namespace, name, now: now.milliseconds, change)
    }
}

/// Something that is due in the cluster.
struct ClusterTimer: Comparable {
    enum Action {
        case register(InstanceID)
        case nodeReady(InstanceID)
        case devicesReady(InstanceID)
        case nodeGone(InstanceID, node: String)
        case started(uid: String)
        case restored(uid: String)
        case snapshot(String, run: Int)
        case durable(String, run: Int, work: Duration, takenAt: Timestamp)
        case done(String, run: Int)
        case saved(uid: String, run: Int)
        case killed(uid: String)
        case expired(ResourceKind, namespace: String, name: String, uid: String)
    }

    var at: Timestamp
    var order: Int64
    var action: Action

    static func < (left: ClusterTimer, right: ClusterTimer) -> Bool { (left.at, left.order) < (right.at, right.order) }
    static func == (left: ClusterTimer, right: ClusterTimer) -> Bool { left.order == right.order }
}
