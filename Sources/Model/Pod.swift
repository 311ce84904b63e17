/// Names a pod within the cluster.
package struct PodID: Hashable, Comparable, Codable, Sendable, CustomStringConvertible {
    package var namespace: String
    package var name: String

    package init(namespace: String, name: String) {
        self.namespace = namespace
        self.name = name
    }

    package static func < (left: PodID, right: PodID) -> Bool {
        left.namespace == right.namespace ? left.name < right.name : left.namespace < right.namespace
    }

    package var description: String { "\(namespace)/\(name)" }
}

/// What Gleaner keeps of a pod. An observation: never written to the journal.
package struct Pod: Hashable, Sendable {
    package enum Phase: String, Hashable, Sendable {
        case pending = "Pending"
        case running = "Running"
        case succeeded = "Succeeded"
        case failed = "Failed"
        case unknown = "Unknown"
    }

    /// The controlling owner, where there is one.
    package struct Owner: Hashable, Sendable {
        package var kind: String
        package var name: String
        package var uid: String

        package init(kind: String, name: String, uid: String) {
            self.kind = kind
            self.name = name
            self.uid = uid
        }
    }

    package var id: PodID
    package var uid: String
    package var owner: Owner?
    /// The ProvisioningRequest whose capacity it comes for.
    package var provisioning: ProvisioningReference?
    package var labels: [String: String] = [:]
    /// Only those with Gleaner's prefix.
    package var annotations: [String: String] = [:]
    /// What the scheduler reserves for it: containers, init containers and overhead, and one of `pods`.
    package var requests = Resources()
    package var nodeSelector: [String: String] = [:]
    /// Alternatives; empty means no required node affinity.
    package var nodeAffinity: [NodeSelectorTerm] = []
    package var tolerations: [Toleration] = []
    package var topologySpread: [TopologySpreadConstraint] = []
    package var podAffinity: [PodAffinityTerm] = []
    package var podAntiAffinity: [PodAffinityTerm] = []
    package var preferences: [SchedulingPreference] = []
    package var hostPorts: [HostPort] = []
    /// Names of persistent volume claims of its namespace, those of ephemeral volumes included.
    package var volumeClaims: [String] = []
    /// Its own address, `status.podIP`.
    package var ip: String?
    package var usesHostNetwork = false
    /// The TCP ports that its containers declare.
    package var containerPorts: [Int] = []
    package var priority = 0
    package var terminationGraceSeconds: Int64 = 30
    package var isGated = false
    /// Of a DaemonSet or a static (mirror) pod: it comes and goes with its node.
    package var isNodeBound = false

    package var nodeName: String?
    package var phase: Phase = .pending
    /// The scheduler says that no node has room.
    package var isUnschedulable = false
    package var isReady = false
    package var createdAt: Timestamp
    /// When the first container began to run.
    package var startedAt: Timestamp?
    /// When it last became ready.
    package var readyAt: Timestamp?
    /// When the last container ended.
    package var finishedAt: Timestamp?
    /// When its deletion was asked for.
    package var deletedAt: Timestamp?

    package init(id: PodID, uid: String, createdAt: Timestamp) {
        self.id = id
        self.uid = uid
        self.createdAt = createdAt
    }

    package var isFinished: Bool { phase == .succeeded || phase == .failed }

    /// Whether it holds its share of its node.
    package var occupiesNode: Bool { nodeName != nil && !isFinished }

    /// Whether it waits for capacity: not bound, not gated, not on its way out.
    package var isWaiting: Bool { nodeName == nil && phase == .pending && !isGated && deletedAt == nil }

    /// The name of the PodGroup that it belongs to.
    package var podGroup: String? { Self.podGroup(labels: labels) }

    /// The name of the PodGroup that pods with these labels belong to.
    package static func podGroup(labels: [String: String]) -> String? {
        Label.podGroup.lazy.compactMap { labels[$0] }.first { !$0.isEmpty }
    }

    package func annotation(_ name: Annotation) -> String? { annotations[name.key] }

    /// Whether taints, selector and required affinity let it run on a node with these labels and taints.
    package func accepts(labels: [String: String], taints: [Taint]) -> Bool {
        nodeSelector.allSatisfy { labels[$0.key] == $0.value }
            && (nodeAffinity.isEmpty || nodeAffinity.contains { $0.matches(labels) })
            && taints.allSatisfy { taint in
                taint.effect == .preferNoSchedule || tolerations.contains { $0.tolerates(taint) }
            }
    }
}
