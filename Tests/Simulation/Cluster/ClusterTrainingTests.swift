import Kubernetes
import Model
import Testing

@testable import Simulation

@Suite("Training processes of the simulated cluster")
struct ClusterTrainingTests {
    private static let saving = [
        "gleaner.dev/checkpoint": "signal", "world.gleaner.dev/work": "2h",
        "world.gleaner.dev/checkpoint-interval": "10m", "world.gleaner.dev/checkpoint-duration": "40s",
        "world.gleaner.dev/restore-duration": "30s",
    ]
    private static let gang: JSON = ["parallelism": 2, "completions": 2, "completionMode": "Indexed"]

    @Test("a save that fits its grace period keeps all work, says so, and exits with 143")
    func checkpointFits() throws {
        let bench = try ClusterBench()
        bench.standMachines("i-1")
        try bench.createJob("a", annotations: Self.saving)
        let readyAt = bench.runUntilReady()
        bench.cluster.advance(to: readyAt + .seconds(777))
        let version = bench.cluster.store.resourceVersion
        try bench.evict(try #require(bench.pods.first))
        bench.run(seconds: 39)
        #expect(bench.pods.first?.phase == .running)
        bench.run(seconds: 1)
        let changes = try bench.cluster.store.changes(since: version)
        let last = try #require(changes.last { $0.type == .deleted && $0.kind == .pods }).object
        let code = last["status"]["containerStatuses"][0]["state"]["terminated"]["exitCode"].integer
        #expect(code == 143)
        #expect(bench.truth("a")?.lostWorkSeconds == 0)
        #expect(bench.truth("a")?.checkpointFitsNotice == true)
        let announced = try bench.job("a").annotations["gleaner.dev/last-checkpoint"]
        #expect(announced == (readyAt + .seconds(777 + 40)).description)
        // A pull and a restore, then what is left of two hours.
        bench.run(seconds: 2 + 30 + 7200 - 777 - 1)
        #expect(bench.truth("a")?.completed == false)
        bench.run(seconds: 1)
        #expect(bench.truth("a")?.completed == true)
        #expect(bench.truth("a")?.attempts == 2)
        #expect(bench.truth("a")?.interruptions == 0)
    }

    @Test("a save that does not fit its grace period is cut off, and work since the last one is lost")
    func checkpointDoesNotFit() throws {
        let bench = try ClusterBench()
        bench.standMachines("i-1")
        try bench.createJob("a", gpus: 4, annotations: Self.saving, graceSeconds: 39)
        let readyAt = bench.runUntilReady()
        bench.cluster.advance(to: readyAt + .seconds(777))
        try bench.evict(try #require(bench.pods.first))
        bench.run(seconds: 45)
        #expect(bench.truth("a")?.lostWorkSeconds == 708)
        let announced = try bench.job("a").annotations["gleaner.dev/last-checkpoint"]
        #expect(announced == (readyAt + .seconds(600)).description)
    }

    @Test("a grace period that is shortened while a save runs cuts it off")
    func shortenedGrace() throws {
        let bench = try ClusterBench()
        bench.standMachines("i-1")
        try bench.createJob("a", annotations: Self.saving)
        let readyAt = bench.runUntilReady()
        bench.cluster.advance(to: readyAt + .seconds(100))
        let pod = try #require(bench.pods.first)
        try bench.evict(pod)
        bench.run(seconds: 10)
        try bench.evict(pod, graceSeconds: 5)
        bench.run(seconds: 6)
        #expect(!bench.pods.contains { $0.uid == pod.uid })
        #expect(bench.truth("a")?.lostWorkSeconds == 100)
    }

    @Test("a machine taken without a save loses exactly the work since the last durable snapshot, on each accelerator")
    func reclaimWithoutSave() throws {
        let bench = try ClusterBench()
        bench.standMachines("i-1")
        try bench.createJob("a", gpus: 3, annotations: Self.saving)
        let readyAt = bench.runUntilReady()
        // Twenty seconds after the second snapshot was taken, which is not written by then.
        bench.cluster.advance(to: readyAt + .seconds(1220))
        bench.cluster.instanceWarned(InstanceID("i-1"))
        bench.cluster.instanceStopped(InstanceID("i-1"), reclaimed: true)
        #expect(bench.truth("a")?.lostWorkSeconds == 1860)
        #expect(bench.truth("a")?.interruptions == 1)
        let announced = try bench.job("a").annotations["gleaner.dev/last-checkpoint"]
        #expect(announced == (readyAt + .seconds(600)).description)
    }

    @Test(
        "a pod that is left to a kubelet outside is bound and never run, and is at risk while it runs on a warned machine"
    )
    func outside() throws {
        let bench = try ClusterBench()
        bench.standMachines("i-1")
        try bench.createJob("a", annotations: ["world.gleaner.dev/kind": "outside"])
        bench.run(seconds: 1000)
        let pod = try #require(bench.pods.first)
        #expect(pod.nodeName == "i-1.ec2.internal")
        #expect(pod.phase == .pending)
        bench.cluster.instanceWarned(InstanceID("i-1"))
        #expect(!bench.cluster.hasOutsideProcessAtRisk)
        try bench.write(status: ["phase": "Running"], of: pod)
        #expect(bench.cluster.hasOutsideProcessAtRisk)
        try bench.evict(pod)
        bench.run(seconds: 1000)
        #expect(bench.pods.map(\.uid) == [pod.uid])
        #expect(bench.cluster.hasOutsideProcessAtRisk)
        try bench.write(status: ["phase": "Failed"], of: pod)
        #expect(!bench.cluster.hasOutsideProcessAtRisk)
    }

    @Test("a gang computes only while all of its ranks are ready")
    func gang() throws {
        let bench = try ClusterBench()
        bench.standMachines("i-1")
        try bench.createJob("g", gpus: 8, annotations: Self.saving, spec: Self.gang)
        bench.run(seconds: 3000)
        #expect(bench.truth("g")?.attempts == 0)
        bench.standMachines("i-2")
        let readyAt = bench.runUntilReady()
        #expect(bench.truth("g")?.attempts == 1)
        bench.cluster.advance(to: readyAt + .seconds(7199))
        #expect(bench.truth("g")?.completed == false)
        bench.run(seconds: 1)
        #expect(bench.truth("g")?.completed == true)
        #expect(bench.pods.map(\.phase) == [.succeeded, .succeeded])
    }

    @Test("one rank that is told to stop makes all save, and they go on together once it is replaced")
    func gangSaves() throws {
        let bench = try ClusterBench()
        bench.standMachines("i-1", "i-2")
        try bench.createJob("g", gpus: 8, annotations: Self.saving, spec: Self.gang)
        let readyAt = bench.runUntilReady()
        bench.cluster.advance(to: readyAt + .seconds(500))
        let staying = try #require(bench.pods.first?.uid)
        try bench.evict(try #require(bench.pods.last))
        bench.run(seconds: 300)
        #expect(bench.truth("g")?.attempts == 2)
        #expect(bench.truth("g")?.lostWorkSeconds == 0)
        #expect(bench.pods.contains { $0.uid == staying })
        bench.run(seconds: 7000)
        #expect(bench.truth("g")?.completed == true)
    }

    @Test("a rank that is gone before the gang has saved takes the gang's work along, but not its future")
    func gangLosesRank() throws {
        let bench = try ClusterBench()
        bench.standMachines("i-1", "i-2")
        try bench.createJob("g", gpus: 8, annotations: Self.saving, spec: Self.gang)
        let readyAt = bench.runUntilReady()
        bench.cluster.advance(to: readyAt + .seconds(100))
        let machine = try #require(bench.pods.last?.nodeName?.split(separator: ".").first)
        try bench.evict(try #require(bench.pods.last))
        bench.run(seconds: 20)
        bench.cluster.instanceStopped(InstanceID(String(machine)), reclaimed: true)
        #expect(bench.truth("g")?.lostWorkSeconds == 1600)
        bench.standMachines("i-3")
        _ = bench.runUntilReady()
        #expect(bench.truth("g")?.attempts == 2)
        bench.run(seconds: 7200)
        #expect(bench.truth("g")?.completed == true)
    }

    @Test("a pod of a Job whose pods compute apart goes on where its predecessor stopped")
    func parts() throws {
        let bench = try ClusterBench()
        bench.standMachines("i-1")
        try bench.createJob("a", annotations: Self.saving, spec: ["parallelism": 2, "completions": 2])
        let readyAt = bench.runUntilReady()
        bench.cluster.advance(to: readyAt + .seconds(3600))
        try bench.evict(try #require(bench.pods.first))
        bench.run(seconds: 3600)
        #expect(bench.pods.filter { $0.phase == .succeeded }.count == 1)
        bench.run(seconds: 120)
        #expect(bench.cluster.truths.map(\.name) == ["a"])
        #expect(bench.truth("a")?.completed == true)
        #expect(bench.truth("a")?.attempts == 3)
        #expect(bench.truth("a")?.lostWorkSeconds == 0)
    }

    @Test("without a contract a signal ends the process at once, and its work since the last snapshot with it")
    func noContract() throws {
        let bench = try ClusterBench()
        bench.standMachines("i-1")
        try bench.createJob("a", annotations: ["world.gleaner.dev/work": "2h"])
        let readyAt = bench.runUntilReady()
        bench.cluster.advance(to: readyAt + .seconds(500))
        let uid = bench.pods.first?.uid
        try bench.evict(try #require(bench.pods.first))
        #expect(bench.pods.first?.uid != uid)
        #expect(bench.truth("a")?.lostWorkSeconds == 500)
        #expect(bench.truth("a")?.checkpointFitsNotice == false)
    }

    @Test("a save longer than a notice leaves time for is known not to fit it")
    func tooLongForNotice() throws {
        let bench = try ClusterBench()
        for (name, duration) in [("a", "106s"), ("b", "105s")] {
            try bench.createJob(
                name,
                annotations: ["gleaner.dev/checkpoint": "signal", "world.gleaner.dev/checkpoint-duration": duration]
            )
        }
        #expect(bench.truth("a")?.checkpointFitsNotice == false)
        #expect(bench.truth("b")?.checkpointFitsNotice == true)
    }

    @Test("a lone pod says on itself until when its work is durable, and is known after it is gone")
    func lonePod() throws {
        let bench = try ClusterBench()
        bench.standMachines("i-1")
        try bench.create(
            [
                "apiVersion": "v1", "kind": "Pod",
                "metadata": ["name": "alone", "annotations": JSON(Self.saving)],
                "spec": [
                    "restartPolicy": "Never", "tolerations": [["operator": "Exists"]],
                    "containers": [["name": "main", "image": "example.com/train:1"]],
                ],
            ],
            as: .pods
        )
        let readyAt = bench.runUntilReady()
        bench.cluster.advance(to: readyAt + .seconds(640))
        #expect(bench.pods.first?.annotation(.lastCheckpoint) == (readyAt + .seconds(600)).description)
        bench.run(seconds: 7000)
        #expect(bench.truth("alone")?.completed == true)
        bench.cluster.instanceStopped(InstanceID("i-1"), reclaimed: false)
        bench.run(seconds: 20)
        #expect(bench.pods.isEmpty)
        #expect(bench.truth("alone")?.completed == true)
    }

    @Test("a notebook ends by itself after its use and its idle time")
    func notebook() throws {
        let bench = try ClusterBench()
        bench.standMachines("i-1")
        try bench.createJob(
            "n",
            annotations: [
                "world.gleaner.dev/kind": "notebook", "world.gleaner.dev/work": "1h",
                "world.gleaner.dev/idle-after": "30m",
            ]
        )
        let readyAt = bench.runUntilReady()
        bench.cluster.advance(to: readyAt + .seconds(5399))
        #expect(bench.pods.map(\.phase) == [.running])
        bench.run(seconds: 1)
        #expect(bench.pods.map(\.phase) == [.succeeded])
        #expect(bench.truth("n")?.completed == true)
    }

    @Test("the same seed gives the same objects, another seed others")
    func determinism() throws {
        func objects(seed: UInt64) throws -> [String] {
            let bench = try ClusterBench(seed: seed)
            bench.addMachine("i-1")
            bench.addMachine("i-2")
            try bench.createJob("a", gpus: 4, annotations: Self.saving, spec: Self.gang)
            bench.run(seconds: 1000)
            bench.cluster.instanceStopped(InstanceID("i-1"), reclaimed: true)
            bench.addMachine("i-3")
            bench.run(seconds: 5000)
            return ResourceKind.all.flatMap { bench.cluster.store.objects($0).map(\.description) }
        }
        let first = try objects(seed: 1)
        let again = try objects(seed: 1)
        let other = try objects(seed: 2)
        #expect(first == again)
        #expect(first != other)
    }

    @Test(
        "lengths of time are read as they stand in YAML",
        arguments: [
            ("90s", 90), ("20m", 1200), ("6h30m", 23_400), ("2d", 172_800), ("90", nil), ("5x", nil), ("", nil),
            ("-5s", nil), ("9999999999s", nil),
        ] as [(String, Int64?)]
    )
    func durations(text: String, seconds: Int64?) {
        #expect(Duration(shorthand: text) == seconds.map { .seconds($0) })
    }
}
