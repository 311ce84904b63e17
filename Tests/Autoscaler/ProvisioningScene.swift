import Model
import Planning

@testable import Autoscaler

/// A scene with ProvisioningRequests, in which planning answers for itself.
extension Scene {
    static let checkClass = "check-capacity.autoscaling.x-k8s.io"
    static let atomicClass = "best-effort-atomic-scale-up.autoscaling.x-k8s.io"
    static let requestID = WorkloadID(
        namespace: "vision",
        kind: "ProvisioningRequest",
        name: "pr",
        uid: "uid-pr"
    )

    static func provisioning(_ change: @escaping (inout GleanerConfiguration) -> Void = { _ in }) -> Scene {
        Scene(
            configuration {
                $0.provisioningClasses = [checkClass: .checkCapacity, atomicClass: .atomicScaleUp]
                change(&$0)
            }
        )
    }

    static func request(
        _ className: String = atomicClass,
        pods: Int = 2,
        parameters: [String: String] = [:],
        at created: Timestamp = start
    ) -> ProvisioningRequest {
        var request = ProvisioningRequest(
            namespace: "vision",
            name: "pr",
            uid: "uid-pr",
            className: className,
            createdAt: created
        )
        request.podSets = [ProvisioningRequest.PodSet(template: "ppt", count: pods)]
        request.parameters = parameters
        return request
    }

    static func template(gpus: Int64 = 8, annotations: [String: String] = [:]) -> PodTemplate {
        var pod = Scene.pod("ppt", job: "", gpus: gpus, annotations: annotations)
        pod.owner = nil
        pod.isUnschedulable = false
        return PodTemplate(namespace: "vision", name: "ppt", pod: pod)
    }

    static func asks(_ request: ProvisioningRequest = request(), _ template: PodTemplate = template()) -> [Event] {
        [
            .schedulingObjectChanged(.podTemplate(template)),
            .schedulingObjectChanged(.provisioningRequest(request)),
        ]
    }

    /// A pod that comes for the request's room.
    static func consumer(_ name: String, className: String = atomicClass, gpus: Int64 = 8, on node: String? = nil)
        -> Pod
    {
        var pod = pod(name, job: "train", on: node, gpus: gpus)
        pod.provisioning = ProvisioningReference(request: "pr", className: className)
        guard let node else { return pod }
        return running(pod, on: node, since: start)
    }

    /// A ready node that is nobody's of ours.
    static func foreignNode(_ name: String, gpus: Int64 = 8) -> Node {
        var node = Node(name: name, uid: "uid-\(name)", createdAt: start)
        node.isReady = true
        node.labels = [Label.hostname: name, Label.zone: "us-east-1a"]
        node.allocatable = resources(cpu: 95, memoryGi: 1000, gpus: gpus, pods: 100)
        return node
    }

    /// Lets the planning window pass and answers what is asked.
    @discardableResult
    mutating func plan(after seconds: Int64 = 2) -> Decisions {
        tell(after: seconds)
        if core.progress.planInFlight == nil { tell([.pricesObserved([])], after: 60) }
        guard let question = lastPlan, question.generation == core.progress.planInFlight?.generation else {
            return Decisions()
        }
        return tell([.planned(generation: question.generation, Planning.plan(question.input))])
    }

    /// The launch of a decision comes up as instances `i-0` and on, whose nodes register and open.
    mutating func bringUp(_ launch: LaunchRequest) {
        let instances = (0..<launch.count).map { Scene.instance("i-\($0)", launch.offering, at: now) }
        tell([.launchEnded(launch.id, .launched(instances))], after: 2)
        let nodes = instances.indices.map { index in
            var node = Scene.node("node-\(index)", instance: "i-\(index)")
            node.labels[Label.hostname] = node.name
            return node
        }
        tell(nodes.map { .nodeChanged($0) }, after: 100)
        tell(
            nodes.map { node in
                var open = node
                open.taints = []
                return .nodeChanged(open)
            }
        )
    }

    /// What the request's conditions are at present.
    var conditions: [String: ProvisioningCondition] {
        Dictionary(
            uniqueKeysWithValues: (core.state.provisions[Scene.requestID]?.sortedConditions ?? []).map {
                ($0.kind.rawValue, $0)
            }
        )
    }

    /// The kinds of conditions that are true.
    var holds: [String] {
        (core.state.provisions[Scene.requestID]?.sortedConditions ?? []).filter(\.isTrue).map(\.kind.rawValue)
    }

    /// The same cluster in the eyes of a process that starts now with the journal.
    mutating func restart(_ configuration: GleanerConfiguration, _ objects: [SchedulingObject], _ pods: [Pod] = []) {
        let instances = core.liveClaims.compactMap { claim in
            claim.instance.map { Scene.instance($0.description, claim.offering, state: .running, at: now) }
        }
        let nodes = core.cluster.nodes.values.sorted { $0.name < $1.name }
        core = Autoscaler(configuration: configuration, identity: "journal", entries: entries)
        tell([
            .catalogueObserved(Scene.catalogue), .clusterListed(pods: pods, nodes: nodes, jobs: []),
            .schedulingObjectsListed(objects), .instancesListed(instances), .leadership(epoch: 2),
        ])
    }
}

extension Decisions {
    var statusUpdates: [ProvisioningUpdate] {
        commands.compactMap { if case .updateProvisioningRequest(let update) = $0 { update } else { nil } }
    }
}
