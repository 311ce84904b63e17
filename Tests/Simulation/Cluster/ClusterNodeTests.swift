import Kubernetes
import Model
import Testing

@testable import Simulation

@Suite("Kubelets of the simulated cluster")
struct ClusterNodeTests {
    @Test("a machine registers, is Ready, then has accelerators, with the labels and taints of its user data")
    func timeline() throws {
        let bench = try ClusterBench()
        let start = bench.cluster.now
        bench.addMachine("i-1", labels: ["team": "vision"])
        var registered: Timestamp?
        var ready: Timestamp?
        var devices: Timestamp?
        for _ in 0..<200 {
            bench.run(seconds: 1)
            guard let node = bench.nodes.first else { continue }
            if registered == nil {
                registered = bench.cluster.now
                #expect(node.providerID == "aws:///us-east-1a/i-1")
                #expect(node.taints.map(\.key) == ["nvidia.com/gpu", "node.kubernetes.io/not-ready"])
            }
            if ready == nil, node.isReady {
                ready = bench.cluster.now
                #expect(node.allocatable.accelerators == 0)
            }
            if devices == nil, node.allocatable.accelerators == 8 { devices = bench.cluster.now }
        }
        let boot = try #require(registered) - start
        let becoming = try #require(ready) - start - boot
        let finding = try #require(devices) - start - boot - becoming
        #expect(boot >= .seconds(45) && boot <= .seconds(90))
        #expect(becoming >= .seconds(8) && becoming <= .seconds(20))
        #expect(finding >= .seconds(5) && finding <= .seconds(15))
        let node = try #require(bench.nodes.first)
        #expect(node.taints == [Taint(key: "nvidia.com/gpu", value: "present", effect: .noSchedule)])
        let labels = [
            "team": "vision", "gleaner.dev/pool": "gpu", "kubernetes.io/hostname": "i-1.ec2.internal",
            "node.kubernetes.io/instance-type": "p4d.24xlarge", "topology.kubernetes.io/zone": "us-east-1a",
            "topology.kubernetes.io/region": "us-east-1",
        ]
        for (key, value) in labels { #expect(node.labels[key] == value, "\(key)") }
    }

    @Test("a machine that stops before its node registers leaves no node")
    func stoppedWhileBooting() throws {
        let bench = try ClusterBench()
        bench.addMachine("i-1")
        bench.run(seconds: 20)
        bench.cluster.instanceStopped(InstanceID("i-1"), reclaimed: false)
        bench.run(seconds: 200)
        #expect(bench.nodes.isEmpty)
    }

    @Test("the node of a dead machine goes some seconds later, and takes its pods along as disrupted")
    func removal() throws {
        let bench = try ClusterBench()
        bench.standMachines("i-1")
        try bench.createJob("a", annotations: ["world.gleaner.dev/work": "1h"], spec: ["backoffLimit": 0])
        _ = bench.runUntilReady()
        let uid = bench.pods.first?.uid
        bench.cluster.instanceStopped(InstanceID("i-1"), reclaimed: true)
        bench.run(seconds: 4)
        #expect(bench.nodes.count == 1)
        #expect(bench.pods.map(\.uid) == [uid])
        let seen = bench.cluster.store.resourceVersion
        bench.run(seconds: 11)
        #expect(bench.nodes.isEmpty)
        #expect(bench.pods.count == 1)
        #expect(bench.pods.first?.uid != uid)
        #expect(bench.pods.first?.isWaiting == true)
        let last = try bench.cluster.store.changes(since: seen).last { $0.type == .deleted && $0.kind == .pods }
        #expect(Conditions.isTrue("DisruptionTarget", in: last?.object ?? .null))
        #expect(try bench.job("a").failedAt == nil)
    }
}
