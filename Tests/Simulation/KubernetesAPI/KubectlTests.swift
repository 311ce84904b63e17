import Foundation
import Kubernetes
import Simulation
import Testing

private let jobFile = """
    apiVersion: batch/v1
    kind: Job
    metadata:
      name: train
      labels: {team: vision}
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
          - name: main
            image: trainer:1
            resources:
              limits: {nvidia.com/gpu: "1"}
    """

@Suite(
    "kubectl",
    .serialized,
    .enabled(if: Kubectl.path != nil, "kubectl is not installed; on Debian: apt-get install kubernetes-client")
)
struct KubectlTests {
    private let cluster = TestCluster()

    /// A ready node with one running pod of the Job `train-0`, two world hours old.
    private func populate() async throws {
        try await cluster.withStore { store, now in
            try store.create(
                ["metadata": ["name": "n1", "labels": ["node-role.kubernetes.io/gpu": ""]]],
                as: .nodes,
                now: now
            )
            try store.modify(.nodes, "n1", now: now) { node in
                node["status"]["nodeInfo"]["kubeletVersion"] = "v1.32.0"
                node["status"]["allocatable"] = ["cpu": "8", "memory": "32Gi", "nvidia.com/gpu": "1"]
                Conditions.set("Ready", status: true, reason: "KubeletReady", in: &node, now: now)
            }
            let pod: JSON = [
                "metadata": ["name": "p1"], "spec": ["containers": [["name": "main", "image": "trainer:1"]]],
            ]
            let uid = try store.create(pod, as: .pods, now: now)["metadata"]["uid"]
            try store.bind(pod: "p1", in: "default", to: "n1", now: now)
            try store.modify(.pods, in: "default", "p1", now: now) { pod in
                pod["status"]["phase"] = "Running"
                pod["status"]["podIP"] = "10.0.0.7"
                pod["status"]["containerStatuses"] = [
                    [
                        "name": "main", "ready": true, "restartCount": 2,
                        "state": ["running": ["startedAt": .string(RFC3339.string(now))]],
                    ]
                ]
                Conditions.set("Ready", status: true, in: &pod, now: now)
            }
            let involved: JSON = ["kind": "Pod", "namespace": "default", "name": "p1", "uid": uid]
            try store.create(
                [
                    "metadata": ["name": "p1.1"], "involvedObject": involved, "type": "Normal", "reason": "Pulled",
                    "message": "Container image pulled", "lastTimestamp": .string(RFC3339.string(now)), "count": 1,
                ],
                as: .events,
                now: now
            )
        }
        await cluster.advance(seconds: 7200)
    }

    /// Runs commands that must succeed, and returns the last one's output, single spaces between columns.
    private func run(_ kubectl: Kubectl, _ commands: [String]...) async throws -> [String] {
        var lines = [String]()
        for command in commands {
            let outcome = try await kubectl.run(command)
            #expect(outcome.status == 0, "kubectl \(command.joined(separator: " ")): \(outcome.errors)")
            lines = outcome.output.split(separator: "\n").map { line in
                line.split(separator: " ").joined(separator: " ")
            }
        }
        return lines
    }

    @Test("get prints tables in world time")
    func tables() async throws {
        try await populate()
        try await cluster.serving { port in
            let kubectl = try Kubectl(port: port)
            #expect(
                try await run(kubectl, ["get", "pods"])
                    == ["NAME READY STATUS RESTARTS AGE", "p1 1/1 Running 2 120m"]
            )
            #expect(
                try await run(kubectl, ["get", "nodes"])
                    == ["NAME STATUS ROLES AGE VERSION", "n1 Ready gpu 120m v1.32.0"]
            )
            let wide = try await run(kubectl, ["get", "pods", "-A", "-o", "wide"])
            #expect(wide.last == "default p1 1/1 Running 2 120m 10.0.0.7 n1 <none> <none>")
            #expect(
                try await run(kubectl, ["get", "events"]).last == "120m Normal Pulled pod/p1 Container image pulled"
            )
            #expect(try await run(kubectl, ["get", "pods,nodes,jobs"]).contains("pod/p1 1/1 Running 2 120m"))
            let name = try await run(kubectl, ["get", "pod", "p1", "-o", "jsonpath={.metadata.name} {.kind}"])
            #expect(name == ["p1 Pod"])
        }
    }

    @Test("volumes, their claims and classes are applied and shown")
    func volumes() async throws {
        try await cluster.serving { port in
            let kubectl = try Kubectl(port: port)
            var claim = VolumeFixtures.claim
            claim["metadata"]["namespace"] = "default"
            let fast: JSON = [
                "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": ["name": "fast"],
                "provisioner": "ebs.csi.aws.com",
            ]
            let items: JSON = .array([VolumeFixtures.volume(zone: "us-east-1b"), claim, fast])
            let list: JSON = ["apiVersion": "v1", "kind": "List", "items": items]
            let file = try kubectl.write("volumes.json", list.description)
            let claims = try await run(kubectl, ["create", "-f", file], ["get", "pvc"])
            #expect(
                claims == ["NAME STATUS VOLUME CAPACITY ACCESS MODES STORAGECLASS AGE", "data Bound pv-1 RWO fast 0s"]
            )
            let volumes = try await run(kubectl, ["get", "pv"])
            #expect(volumes.last == "pv-1 10Gi RWO Retain Bound vision/data fast 0s")
            #expect(try await run(kubectl, ["get", "sc"]).last == "fast 0s")
        }
    }

    @Test("describe shows pods, nodes and Jobs with their events")
    func describe() async throws {
        try await populate()
        try await cluster.serving { port in
            let kubectl = try Kubectl(port: port)
            let pod = try await run(kubectl, ["describe", "pod", "p1"])
            #expect(pod.contains("Node: n1/"))
            #expect(pod.contains { $0.contains("Pulled") })
            let node = try await run(kubectl, ["describe", "node", "n1"])
            #expect(node.contains { $0.hasPrefix("Ready True") })
            #expect(node.contains { $0.hasPrefix("default p1") })
            let file = try kubectl.write("job.yaml", jobFile)
            let job = try await run(kubectl, ["create", "-f", file], ["describe", "job", "train"])
            #expect(job.contains("nvidia.com/gpu: 1"))
        }
    }

    @Test("a Job is created, applied, labelled, annotated, patched and deleted")
    func jobs() async throws {
        try await cluster.serving { port in
            let kubectl = try Kubectl(port: port)
            let file = try kubectl.write("job.yaml", jobFile)
            #expect(try await run(kubectl, ["create", "-f", file]) == ["job.batch/train created"])
            let again = try await kubectl.run(["create", "-f", file])
            #expect(again.status == 1 && again.errors.contains("AlreadyExists"))
            let changed = try kubectl.write("changed.yaml", jobFile.replacing("vision", with: "speech"))
            _ = try await run(
                kubectl,
                ["apply", "-f", changed],
                ["label", "job", "train", "tier=gold"],
                ["annotate", "job", "train", "gleaner.dev/deadline=2025-11-22T00:00:00Z"],
                ["patch", "job", "train", "-p", #"{"spec":{"suspend":true}}"#],
                ["patch", "job", "train", "--type=merge", "-p", #"{"spec":{"parallelism":2}}"#],
                [
                    "patch", "job", "train", "--type=json", "-p",
                    #"[{"op":"replace","path":"/spec/backoffLimit","value":3}]"#,
                ]
            )
            let job = try await cluster.withStore { store, _ in try store.get(.jobs, in: "default", "train") }
            #expect(job["metadata"]["labels"] == ["team": "speech", "tier": "gold"])
            #expect(job["metadata"]["annotations"]["gleaner.dev/deadline"].string != nil)
            #expect(job["spec"]["suspend"] == true)
            #expect(job["spec"]["parallelism"] == 2)
            #expect(job["spec"]["backoffLimit"] == 3)
            #expect(try await run(kubectl, ["delete", "job", "train"]) == ["job.batch \"train\" deleted"])
            #expect(try await cluster.withStore { store, _ in store.count(.jobs) } == 0)
            let wrong = try kubectl.write("wrong.yaml", jobFile.replacing("Never", with: "Always"))
            let refused = try await kubectl.run(["create", "-f", wrong])
            #expect(refused.status == 1 && refused.errors.contains("spec.template.spec.restartPolicy"))
        }
    }

    @Test("a watch prints changes as they happen")
    func watch() async throws {
        try await populate()
        try await cluster.serving { port in
            let kubectl = try Kubectl(port: port)
            async let outcome = kubectl.run(["get", "pods", "-w"], seconds: 6)
            try await Task.sleep(for: .seconds(3))
            try await cluster.withStore { store, now in
                try store.delete(.pods, in: "default", "p1", now: now)
            }
            let lines = try await outcome.output.split(separator: "\n").map {
                $0.split(separator: " ").joined(separator: " ")
            }
            #expect(
                lines == [
                    "NAME READY STATUS RESTARTS AGE", "p1 1/1 Running 2 120m", "p1 1/1 Terminating 2 120m",
                ]
            )
        }
    }

    @Test("a node is cordoned, drained through evictions, and put back")
    func drain() async throws {
        try await populate()
        try await cluster.serving { port in
            let kubectl = try Kubectl(port: port)
            let nodes = try await run(kubectl, ["cordon", "n1"], ["get", "nodes"])
            #expect(nodes.last == "n1 Ready,SchedulingDisabled gpu 120m v1.32.0")
            _ = try await run(kubectl, ["uncordon", "n1"], ["taint", "nodes", "n1", "a=b:NoSchedule"])
            let node = try await cluster.withStore { store, _ in try store.get(.nodes, "n1") }
            #expect(node["spec"]["taints"] == [["effect": "NoSchedule", "key": "a", "value": "b"]])
            // The kubelet's part, once the pod is told to go.
            let signals = await cluster.changeSignals()
            let kubelet = Task {
                for await _ in signals {
                    let isGone = try await cluster.withStore { store, now in
                        guard let pod = store.find(.pods, in: "default", "p1") else { return true }
                        guard pod["metadata"]["deletionTimestamp"].string != nil else { return false }
                        #expect(Conditions.isTrue("DisruptionTarget", in: pod))
                        store.finalizeDelete(.pods, in: "default", "p1", now: now)
                        return true
                    }
                    if isGone { return }
                }
            }
            #expect(try await run(kubectl, ["drain", "n1", "--force", "--timeout=30s"]).last == "node/n1 drained")
            try await kubelet.value
        }
    }

    @Test("kubectl works without a token where that is allowed, and never with a wrong one")
    func authentication() async throws {
        try await cluster.serving(.init(token: "correct", allowsAnonymous: true)) { port in
            _ = try await run(try Kubectl(port: port), ["get", "nodes"])
        }
    }
}
