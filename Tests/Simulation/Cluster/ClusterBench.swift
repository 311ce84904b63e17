import AWS
import Kubernetes
import Model

@testable import Simulation

/// A small cluster to try things on, and machines for it.
struct ClusterBench {
    let cluster: ClusterModel
    private let types: CloudCatalogue

    init(seed: UInt64 = 7) throws {
        cluster = ClusterModel(seed: seed, startsAt: Timestamp(seconds: 1_785_744_000))
        types = try CloudCatalogue.load(path: CloudFixtures.cataloguePath)
    }

    var podObjects: [JSON] { cluster.store.objects(.pods) }
    var pods: [Pod] { podObjects.compactMap { try? Pod(json: $0) } }
    var nodes: [Node] { cluster.store.objects(.nodes).compactMap { try? Node(json: $0) } }

    func jobObject(_ name: String) throws -> JSON { try cluster.store.get(.jobs, in: "vision", name) }
    func job(_ name: String) throws -> Job { try Job(json: try jobObject(name)) }
    func truth(_ name: String) -> WorkloadTruth? { cluster.truths.first { $0.name == name } }

    /// What the scheduler says of a pod that it cannot place.
    func unschedulable(_ owner: String) -> String? {
        let pod = podObjects.first { $0["metadata"]["ownerReferences"][0]["name"].string == owner }
        return pod?["status"]["conditions"].elements.first { $0["reason"].string == "Unschedulable" }?["message"].string
    }

    func run(seconds: Int64) { cluster.advance(to: cluster.now + .seconds(seconds)) }

    /// Runs until every pod that has not ended is ready.
    /// - Returns: When the last one became it.
    func runUntilReady() -> Timestamp {
        func areReady(_ pods: [Pod]) -> Bool { !pods.isEmpty && pods.allSatisfy(\.isReady) }
        for _ in 0..<2000 where !areReady(pods.filter { !$0.isFinished }) { run(seconds: 1) }
        return pods.compactMap(\.readyAt).max() ?? cluster.now
    }

    /// A machine with eight accelerators and the usual taint.
    func addMachine(_ id: String, labels: [String: String] = [:], zone: String = "us-east-1a") {
        guard let type = types["p4d.24xlarge"]?.instanceType else { return }
        let userData = UserData(
            clusterName: "test",
            labels: labels.merging(["gleaner.dev/pool": "gpu"]) { first, _ in first },
            taints: [Taint(key: "nvidia.com/gpu", value: "present", effect: .noSchedule)]
        )
        let instance = CloudInstance(
            id: InstanceID(id),
            offering: Offering(instanceType: type.name, zone: zone, capacityType: .spot),
            state: .running,
            number: 0,
            fleetID: "fleet-1",
            clientToken: id,
            imageID: "ami-1",
            userData: userData.base64,
            tags: [:],
            privateAddress: "10.0.0.1",
            privateDNSName: "\(id).ec2.internal",
            subnetID: "subnet-1",
            launchedAt: cluster.now,
            runningAt: cluster.now
        )
        cluster.instanceStarted(instance, type: type)
    }

    /// Adds machines and waits until all of their accelerators are there.
    func standMachines(_ ids: String...) {
        for id in ids { addMachine(id) }
        run(seconds: 130)
    }

    /// Creates a Job whose failures by disruption do not count.
    func createJob(
        _ name: String,
        gpus: Int64 = 1,
        annotations: [String: String] = [:],
        graceSeconds: Int64 = 110,
        spec: JSON = [:],
        pod: JSON = ["tolerations": [["key": "nvidia.com/gpu", "operator": "Exists"]]]
    ) throws {
        var podSpec: JSON = [
            "restartPolicy": "Never", "terminationGracePeriodSeconds": .integer(graceSeconds),
            "containers": [
                [
                    "name": "main", "image": "example.com/train:1",
                    "resources": ["limits": ["nvidia.com/gpu": .integer(gpus)]],
                ]
            ],
        ]
        for (key, value) in pod.fields { podSpec[key] = value }
        var jobSpec: JSON = [
            "podFailurePolicy": [
                "rules": [["action": "Ignore", "onPodConditions": [["type": "DisruptionTarget", "status": "True"]]]]
            ],
            "template": ["metadata": ["annotations": JSON(annotations)], "spec": podSpec],
        ]
        for (key, value) in spec.fields { jobSpec[key] = value }
        try create(
            ["apiVersion": "batch/v1", "kind": "Job", "metadata": ["name": .string(name)], "spec": jobSpec],
            as: .jobs
        )
    }

    /// Writes a pod's status as a kubelet does.
    func write(status: JSON, of pod: Pod) throws {
        _ = try cluster.store.modify(.pods, in: pod.id.namespace, pod.id.name, now: cluster.now.milliseconds) {
            object in
            for (key, value) in status.fields { object["status"][key] = value }
        }
        cluster.settle()
    }

    func create(_ object: JSON, as kind: ResourceKind) throws {
        cluster.store.ensureNamespace("vision", now: cluster.now.milliseconds)
        _ = try cluster.store.create(object, as: kind, in: "vision", now: cluster.now.milliseconds)
        cluster.settle()
    }

    func change(_ job: String, _ change: (inout JSON) -> Void) throws {
        _ = try cluster.store.modify(.jobs, in: "vision", job, now: cluster.now.milliseconds, change)
        cluster.settle()
    }

    /// Evicts a pod as a drain would.
    func evict(_ pod: Pod, graceSeconds: Int64? = nil) throws {
        let options = DeleteOptions(gracePeriodSeconds: graceSeconds)
        try cluster.store.evict(pod: pod.id.name, in: pod.id.namespace, options, now: cluster.now.milliseconds)
        cluster.settle()
    }

    /// Deletes a pod as `kubectl delete pod` would.
    func delete(_ pod: Pod) throws {
        try cluster.store.delete(.pods, in: pod.id.namespace, pod.id.name, now: cluster.now.milliseconds)
        cluster.settle()
    }
}
