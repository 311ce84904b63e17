/// The label and annotation keys that Gleaner reads and writes.
package enum Label {
    package static let pool = "gleaner.dev/pool"
    package static let shape = "gleaner.dev/shape"
    package static let accelerator = "gleaner.dev/accelerator"
    package static let capacityType = "gleaner.dev/capacity-type"
    /// On a suspended Job: ours to unsuspend once its capacity stands.
    package static let queue = "gleaner.dev/queue"
    /// On pods: the PodGroup that they belong to, as it is written today and as it was before.
    package static let podGroup = ["scheduling.x-k8s.io/pod-group", "pod-group.scheduling.sigs.k8s.io"]
    package static let zone = "topology.kubernetes.io/zone"
    package static let region = "topology.kubernetes.io/region"
    package static let instanceType = "node.kubernetes.io/instance-type"
    package static let hostname = "kubernetes.io/hostname"
    package static let architecture = "kubernetes.io/arch"
    package static let operatingSystem = "kubernetes.io/os"
}

/// The annotations of a workload, without their common prefix `gleaner.dev/`.
package enum Annotation: String, CaseIterable, Sendable {
    case checkpoint
    case checkpointInterval = "checkpoint-interval"
    case checkpointTimeout = "checkpoint-timeout"
    case checkpointURI = "checkpoint-uri"
    case checkpointURL = "checkpoint-url"
    case lastCheckpoint = "last-checkpoint"
    case deadline
    case maxWait = "max-wait"
    case expectedRuntime = "expected-runtime"
    case capacityType = "capacity-type"
    case gang
    case gangSize = "gang-size"
    case gangTopology = "gang-topology"
    case doNotDisrupt = "do-not-disrupt"
    case dataset

    package static let prefix = "gleaner.dev/"

    /// The key as it stands in an object's metadata.
    package var key: String { Self.prefix + rawValue }
}

/// The tags that every instance of ours carries.
package enum Tag {
    package static let cluster = "gleaner.dev/cluster"
    package static let claim = "gleaner.dev/claim"
    package static let pool = "gleaner.dev/pool"
    package static let name = "Name"
    /// On volumes: the dataset of which they hold a copy.
    package static let dataset = "gleaner.dev/dataset"
}
