import Kubernetes
import Model

/// What runs in a pod's container: told by annotations of the pod, with defaults that suit any job.
struct ProcessDescription: Hashable, Sendable {
    enum Kind: String, Sendable {
        /// Computes, saves snapshots, and goes on from the last durable one.
        case training
        /// Is used, then stands idle, then ends by itself; keeps nothing.
        case notebook
        /// Nothing of ours: a kubelet outside of the world runs the pod's command and writes its status.
        case outside
    }

    static let prefix = "world.gleaner.dev/"

    var kind: Kind
    /// How long it computes, all restarts aside; for a notebook how long it is used.
    var work: Duration
    var checkpointInterval: Duration
    var checkpointDuration: Duration
    var restoreDuration: Duration
    /// How long a notebook stands idle before it ends.
    var idleAfter: Duration
    var savesOnSignal: Bool

    init(annotations: [String: String]) {
        func duration(_ name: String, or standard: Duration) -> Duration {
            annotations[Self.prefix + name].flatMap { Duration(shorthand: $0) } ?? standard
        }
        kind = annotations[Self.prefix + "kind"].flatMap { Kind(rawValue: $0) } ?? .training
        work = duration("work", or: .seconds(600))
        checkpointInterval = duration("checkpoint-interval", or: .seconds(600))
        checkpointDuration = duration("checkpoint-duration", or: .seconds(20))
        restoreDuration = duration("restore-duration", or: .seconds(30))
        idleAfter = duration("idle-after", or: .seconds(1800))
        savesOnSignal = annotations[Annotation.checkpoint.key] == CheckpointContract.signal.rawValue
    }

    /// Whether the world leaves this pod to a kubelet outside.
    static func isOutside(_ pod: JSON) -> Bool {
        pod.at("metadata", "annotations", prefix + "kind").string == Kind.outside.rawValue
    }

    /// From its start until it ends by itself.
    var length: Duration { kind == .notebook ? work + idleAfter : work }
}

/// A container on a simulated machine.
struct Process: Sendable {
    enum Phase: Sendable {
        case pulling
        case restoring
        case ready
        /// Told to stop: saving, until it is done or killed.
        case stopping
    }

    var uid: String
    var pod: PodID
    var node: String
    var training: String
    var phase = Phase.pulling
    var startedAt: Timestamp?
    /// What it was given to stop.
    var graceSeconds: Int64?
}
