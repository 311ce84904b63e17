import Billing
import Foundation
import Kubernetes
import Model
import Testing

@testable import Autoscaler
@testable import Simulation

@Suite("The whole job in virtual time")
struct VirtualRunTests {
    static let start = Timestamp(milliseconds: 1_785_744_000_000)

    static func configuration() -> GleanerConfiguration {
        var result = GleanerConfiguration(
            clusterName: "test",
            pools: [
                Pool(
                    name: "single",
                    shapes: ["g5.xlarge", "g6.xlarge", "g5.12xlarge"].map {
                        Pool.ShapeTemplate(name: $0, instanceTypes: [$0])
                    },
                    taints: [Taint(key: "nvidia.com/gpu", value: "present", effect: .noSchedule)]
                ),
                Pool(
                    name: "eight",
                    shapes: ["p4d.24xlarge", "p3.16xlarge"].map {
                        Pool.ShapeTemplate(name: $0, instanceTypes: [$0])
                    },
                    taints: [Taint(key: "nvidia.com/gpu", value: "present", effect: .noSchedule)]
                ),
            ]
        )
        result.teams = [GleanerConfiguration.Team(name: "vision", namespaces: ["vision"])]
        return result
    }

    static func job(_ name: String, gpus: Int, ranks: Int = 1, work: String, after: Int64 = 0) -> World.Arrival {
        var annotations: [String: String] = [
            "gleaner.dev/checkpoint": "signal", "gleaner.dev/expected-runtime": work,
            "world.gleaner.dev/work": work, "world.gleaner.dev/checkpoint-duration": "40s",
        ]
        if ranks > 1 {
            annotations["gleaner.dev/gang"] = name
            annotations["gleaner.dev/gang-size"] = "\(ranks)"
        }
        let requests: JSON = [
            "cpu": .string("\(gpus * 3)"), "memory": .string("\(gpus * 12)Gi"), "nvidia.com/gpu": .string("\(gpus)"),
        ]
        let container: JSON = [
            "name": "train", "image": "registry.example/train:1",
            "resources": ["requests": requests, "limits": requests],
        ]
        let spec: JSON = [
            "restartPolicy": "Never", "terminationGracePeriodSeconds": 60,
            "tolerations": [["key": "nvidia.com/gpu", "operator": "Exists"]], "containers": [container],
        ]
        let policy: JSON = [
            "rules": [["action": "Ignore", "onPodConditions": [["type": "DisruptionTarget", "status": "True"]]]]
        ]
        let job: JSON = [
            "apiVersion": "batch/v1", "kind": "Job",
            "metadata": ["name": .string(name), "namespace": "vision"],
            "spec": [
                "parallelism": .integer(Int64(ranks)), "completions": .integer(Int64(ranks)),
                "completionMode": ranks > 1 ? "Indexed" : "NonIndexed", "backoffLimit": 3, "podFailurePolicy": policy,
                "template": ["metadata": ["annotations": JSON(annotations)], "spec": spec],
            ],
        ]
        return World.Arrival(at: start + .seconds(after), objects: [job])
    }

    static func world(
        seed: UInt64,
        interruptionsPerDay: Double = 6,
        arrivals: [World.Arrival]? = nil,
        pace: ClusterPace = ClusterPace(),
        adjust: (inout CloudConfiguration) -> Void = { _ in }
    ) throws -> World {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let catalogue = try CloudCatalogue.load(
            path: root.appending(path: "config/catalogues/aws-us-east-1.csv").path()
        )
        var cloud = CloudConfiguration(seed: seed, startsAt: start)
        cloud.interruptionsPerDay = interruptionsPerDay
        adjust(&cloud)
        let usual =
            (0..<6).map { job("train-\($0)", gpus: 1, work: "\(4 + $0)h", after: Int64($0) * 900) }
            + [job("llm", gpus: 8, ranks: 4, work: "6h", after: 3600)]
        return World(
            cloud: CloudModel(configuration: cloud, catalogue: catalogue),
            seed: seed,
            arrivals: arrivals ?? usual,
            pace: pace
        )
    }

    @Test(
        "every workload completes, no work that was saved is lost, and nothing is left running",
        arguments: [1, 2, 3] as [UInt64]
    )
    func completes(seed: UInt64) throws {
        let world = try Self.world(seed: seed)
        let run = VirtualRun(world: world, configuration: Self.configuration(), seed: seed)
        run.run(until: Self.start + .seconds(3 * 86_400))
        #expect(world.refusals.isEmpty)
        #expect(run.isOver)
        for truth in world.truths {
            #expect(truth.completed, "\(truth.name)")
            #expect(truth.lostWorkSeconds == 0, "\(truth.name)")
        }
    }

    @Test(
        "killed at random moments, every workload completes and the books equal the cloud's bill",
        arguments: [11, 12, 13] as [UInt64]
    )
    func crashes(seed: UInt64) throws {
        let world = try Self.world(seed: seed)
        let run = VirtualRun(world: world, configuration: Self.configuration(), seed: seed)
        var moments = SeededGenerator(seed: seed, purpose: "crashes")
        var at = Self.start
        for _ in 0..<40 {
            at = at + .milliseconds(moments.integer(in: 1...3_600_000))
            run.run(until: at)
            run.crash()
        }
        run.run(until: Self.start + .seconds(4 * 86_400))
        #expect(run.isOver)
        for truth in world.truths { #expect(truth.completed, "\(truth.name)") }
        var books = Ledger(configuration: Self.configuration())
        for entry in run.entries { books.record(entry) }
        #expect(books.total(now: world.now).rounded(places: 2) == world.cloud.bill(at: world.now).roundedTotal)
        let replayed = Autoscaler(configuration: Self.configuration(), identity: "virtual", entries: run.entries)
        #expect(replayed.state == run.core.state)
    }

    @Test("the plan of a pod is asked for with the reach of its volume")
    func volumes() throws {
        var job = Self.job("reads", gpus: 1, work: "1h").objects
        job[0]["spec"]["template"]["spec"]["volumes"] = VolumeFixtures.podSpec["volumes"]
        let objects = [VolumeFixtures.volume(zone: "us-east-1b"), VolumeFixtures.claim] + job
        let world = try Self.world(seed: 5, arrivals: [World.Arrival(at: Self.start, objects: objects)])
        world.advance(to: Self.start + .seconds(1))
        #expect(world.refusals.isEmpty)
        var core = Autoscaler(configuration: Self.configuration(), identity: "virtual")
        let types = Self.configuration().pools.flatMap { $0.shapes.flatMap(\.instanceTypes) }
        var feed = ClusterFeed()
        let catalogue = world.cloud.catalogue(instanceTypes: types, at: world.now)
        let events = feed.events(from: world.cluster.store) + [.catalogueObserved(catalogue), .leadership(epoch: 1)]
        let decisions = [core.step(events, at: world.now), core.step([.wake], at: world.now + .seconds(60))]
        let inputs = decisions.flatMap(\.commands).compactMap { command in
            if case .plan(_, let input) = command { input } else { nil }
        }
        #expect(inputs.map(\.volumeClaims) == [[VolumeFixtures.expected(zone: "us-east-1b")]])
        #expect(inputs.first?.demands.flatMap(\.pods).map(\.volumeClaims) == [["data"]])
        #expect(inputs.first?.namespaceLabels["vision"] == ["kubernetes.io/metadata.name": "vision"])
    }

    @Test("the same seed gives the same decisions, twice")
    func deterministic() throws {
        func facts() throws -> [JournalEntry] {
            let run = VirtualRun(world: try Self.world(seed: 7), configuration: Self.configuration(), seed: 7)
            run.run(until: Self.start + .seconds(86_400))
            return run.entries
        }
        let first = try facts()
        #expect(first.count > 100)
        #expect(try facts() == first)
    }
}
