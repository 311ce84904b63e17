/// What Gleaner keeps of a ProvisioningRequest of autoscaling.x-k8s.io: capacity that somebody, most often Kueue, asks
/// for before the pods exist. An observation: never written to the journal.
package struct ProvisioningRequest: Hashable, Sendable {
    /// Pods that are alike.
    package struct PodSet: Hashable, Sendable {
        /// Name of a PodTemplate in the request's namespace.
        package var template: String
        package var count: Int

        package init(template: String, count: Int) {
            self.template = template
            self.count = count
        }
    }

    /// The version in which the server shows it, such as `autoscaling.x-k8s.io/v1`.
    package var apiVersion: String
    package var namespace: String
    package var name: String
    package var uid: String
    package var generation: Int64 = 1
    package var createdAt: Timestamp
    package var className: String
    package var podSets: [PodSet] = []
    package var parameters: [String: String] = [:]
    /// Those of the standard's own kinds, as its status shows them.
    package var conditions: [ProvisioningCondition] = []

    package init(
        apiVersion: String = "autoscaling.x-k8s.io/v1",
        namespace: String,
        name: String,
        uid: String,
        className: String,
        createdAt: Timestamp
    ) {
        self.apiVersion = apiVersion
        self.namespace = namespace
        self.name = name
        self.uid = uid
        self.className = className
        self.createdAt = createdAt
    }

    package static let group = "autoscaling.x-k8s.io"

    package var workloadID: WorkloadID {
        WorkloadID(namespace: namespace, kind: WorkloadID.provisioningRequest, name: name, uid: uid)
    }

    /// How many pods it asks for.
    package var size: Int { podSets.reduce(0) { $0 + $1.count } }

    /// Whether its status says that it was served or given up.
    package var isSettled: Bool { conditions.contains { $0.isTrue && $0.kind != .accepted } }
}

extension WorkloadID {
    /// The kind of a workload whose capacity is asked for before its pods exist.
    package static let provisioningRequest = "ProvisioningRequest"
}

/// How a pod says that it comes for the capacity of a ProvisioningRequest.
package struct ProvisioningReference: Hashable, Sendable {
    /// Of its namespace.
    package var request: String
    /// Nil when the pod does not say.
    package var className: String?
    /// Whether requests of that class are ours to handle.
    package var isOurs = false

    package init(request: String, className: String?) {
        self.request = request
        self.className = className
    }

    /// The annotations that name the request, the current one first.
    package static let requestKeys = [
        "autoscaling.x-k8s.io/consume-provisioning-request",
        "cluster-autoscaler.kubernetes.io/consume-provisioning-request",
    ]
    /// The annotations that name its class, the current one first.
    package static let classKeys = [
        "autoscaling.x-k8s.io/provisioning-class-name",
        "cluster-autoscaler.kubernetes.io/provisioning-class-name",
    ]
}

/// What is done for the requests of a class.
package enum ProvisioningBehaviour: String, Hashable, Codable, Sendable, CaseIterable {
    /// Looks whether the room that is free holds all the pods, and buys nothing.
    case checkCapacity = "check-capacity"
    /// Buys what is missing for all the pods, or nothing.
    case atomicScaleUp = "atomic-scale-up"
}
