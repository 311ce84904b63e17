import Kubernetes
import Model
import Testing

@testable import Simulation

@Suite("Scheduler of the simulated cluster")
struct ClusterSchedulerTests {
    @Test("what finds no room says why, and is bound once there is room")
    func fit() throws {
        let bench = try ClusterBench()
        try bench.createJob("a", gpus: 8)
        try bench.createJob("b")
        #expect(bench.unschedulable("a") == "no nodes available to schedule pods")
        bench.standMachines("i-1")
        // The older one is bound first.
        #expect(bench.pods.filter { $0.nodeName != nil }.map(\.owner?.name) == ["a"])
        #expect(bench.unschedulable("b") == "0/1 nodes are available: 1 Insufficient nvidia.com/gpu.")
        bench.standMachines("i-2")
        #expect(bench.pods.first { $0.owner?.name == "b" }?.nodeName == "i-2.ec2.internal")
    }

    @Test("the more important pod is bound first")
    func priority() throws {
        let bench = try ClusterBench()
        try bench.create(["metadata": ["name": "high"], "value": 1000], as: .priorityClasses)
        let tolerations: JSON = [["key": "nvidia.com/gpu", "operator": "Exists"]]
        try bench.createJob("older", gpus: 8)
        bench.run(seconds: 5)
        try bench.createJob("urgent", gpus: 8, pod: ["tolerations": tolerations, "priorityClassName": "high"])
        bench.standMachines("i-1")
        #expect(bench.pods.filter { $0.nodeName != nil }.map(\.owner?.name) == ["urgent"])
    }

    @Test("pods fill a node before they open another")
    func packing() throws {
        let bench = try ClusterBench()
        bench.standMachines("i-1", "i-2")
        for name in ["a", "b", "c"] { try bench.createJob(name, gpus: 2) }
        #expect(Set(bench.pods.map(\.nodeName)) == ["i-1.ec2.internal"])
    }

    @Test("a tainted node takes no pod that does not tolerate it, a cordoned one none at all")
    func taints() throws {
        let bench = try ClusterBench()
        bench.standMachines("i-1")
        try bench.createJob("a", pod: [:])
        #expect(
            bench.unschedulable("a")
                == "0/1 nodes are available: 1 node(s) had untolerated taint {nvidia.com/gpu: present}."
        )
        bench.cluster.update(NodeUpdate(node: "i-1.ec2.internal", unschedulable: true))
        try bench.createJob("b")
        #expect(bench.unschedulable("b") == "0/1 nodes are available: 1 node(s) were unschedulable.")
        bench.cluster.update(NodeUpdate(node: "i-1.ec2.internal", unschedulable: false))
        #expect(bench.pods.first { $0.owner?.name == "b" }?.nodeName == "i-1.ec2.internal")
    }

    @Test("selectors and required affinity choose the node")
    func affinity() throws {
        let bench = try ClusterBench()
        bench.addMachine("i-1", labels: ["gleaner.dev/accelerator": "A100"])
        bench.addMachine("i-2", labels: ["gleaner.dev/accelerator": "H100"], zone: "us-east-1b")
        bench.run(seconds: 130)
        let tolerations: JSON = [["key": "nvidia.com/gpu", "operator": "Exists"]]
        try bench.createJob(
            "selects",
            pod: ["tolerations": tolerations, "nodeSelector": ["topology.kubernetes.io/zone": "us-east-1b"]]
        )
        func affinity(_ comparison: String, _ value: String) -> JSON {
            let term: JSON = [
                "matchExpressions": [
                    ["key": "gleaner.dev/accelerator", "operator": .string(comparison), "values": [.string(value)]]
                ]
            ]
            return [
                "nodeAffinity": ["requiredDuringSchedulingIgnoredDuringExecution": ["nodeSelectorTerms": [term]]]
            ]
        }
        try bench.createJob("avoids", pod: ["tolerations": tolerations, "affinity": affinity("NotIn", "A100")])
        try bench.createJob("nowhere", pod: ["tolerations": tolerations, "affinity": affinity("In", "B200")])
        let placed = Dictionary(uniqueKeysWithValues: bench.pods.map { ($0.owner?.name ?? "", $0.nodeName) })
        #expect(placed["selects"] == "i-2.ec2.internal")
        #expect(placed["avoids"] == "i-2.ec2.internal")
        #expect(
            bench.unschedulable("nowhere")
                == "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector."
        )
    }

    @Test("a pod runs where its volume is")
    func volumes() throws {
        let bench = try ClusterBench()
        bench.standMachines("i-1")
        try bench.create(VolumeFixtures.volume(zone: "us-east-1b"), as: .persistentVolumes)
        try bench.create(VolumeFixtures.claim, as: .persistentVolumeClaims)
        var pod = VolumeFixtures.podSpec
        pod["tolerations"] = [["key": "nvidia.com/gpu", "operator": "Exists"]]
        try bench.createJob("reads", pod: pod)
        #expect(
            bench.unschedulable("reads") == "0/1 nodes are available: 1 node(s) had volume node affinity conflict."
        )
        bench.addMachine("i-2", zone: "us-east-1b")
        bench.run(seconds: 130)
        #expect(bench.pods.map(\.nodeName) == ["i-2.ec2.internal"])
    }

    @Test("nothing is written while nothing changes")
    func quiet() throws {
        let bench = try ClusterBench()
        bench.standMachines("i-1")
        try bench.createJob("a", gpus: 9)
        let version = bench.cluster.store.resourceVersion
        bench.run(seconds: 3600)
        bench.cluster.settle()
        #expect(bench.cluster.store.resourceVersion == version)
        #expect(bench.cluster.nextChange == nil)
    }
}
