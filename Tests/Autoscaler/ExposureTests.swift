import Model
import Planning
import Testing

@testable import Autoscaler

@Suite("What is learned of spot pools, and told to planning")
struct ExposureTests {
    private static let halfLife = Scene.configuration().economics.hazardHalfLife

    private static func counts(_ scene: Scene, after seconds: Int64 = 0) -> (seconds: Double, interruptions: Double)? {
        scene.core.state.exposures[Scene.spot]?.counts(at: scene.now + .seconds(seconds), halfLife: halfLife)
    }

    private static func warning(_ instance: String, at: Timestamp) -> Event {
        .noticeReceived(
            Notice(id: "warning-\(instance)", kind: .interruption, instance: InstanceID(instance), at: at)
        )
    }

    /// That a new core with the same journal has learned the same.
    private static func expectSameAfterReplay(_ scene: Scene) {
        let again = Autoscaler(configuration: Scene.configuration(), identity: "journal", entries: scene.entries)
        #expect(again.state.exposures == scene.core.state.exposures)
        #expect(again.economics(at: scene.now) == scene.core.economics(at: scene.now))
        #expect(again.spellHazards(at: scene.now) == scene.core.spellHazards(at: scene.now))
    }

    @Test("a pool is exposed from a launch on until its last instance has gone")
    func exposure() throws {
        var scene = Scene()
        _ = try scene.runGang()
        let before = try #require(Self.counts(scene)).seconds
        #expect(scene.core.state.exposures[Scene.spot]?.standing == 2)
        scene.tell([CloudWordTests.state(.shuttingDown, of: "i-0", at: scene.now + .seconds(1000))], after: 1000)
        scene.tell([CloudWordTests.state(.terminated, of: "i-0", at: scene.now + .seconds(60))], after: 60)
        #expect(scene.core.state.exposures[Scene.spot]?.standing == 1)
        // The end of the last one is told 500 s late.
        scene.tell([CloudWordTests.state(.shuttingDown, of: "i-1", at: scene.now + .seconds(940))], after: 1440)
        #expect(scene.core.state.exposures[Scene.spot]?.standing == 0)
        let counts = try #require(Self.counts(scene, after: 9000))
        #expect(abs(counts.seconds - before - 2000) < 20)
        Self.expectSameAfterReplay(scene)
    }

    @Test("a spell's age runs from the launch, its hazard falls, and an interruption raises it for all ages")
    func spell() throws {
        var scene = Scene()
        _ = try scene.runGang()
        let young = scene.core.spellHazards(at: scene.now)
        scene.tell([.wake], after: 5 * 3600)
        let old = scene.core.spellHazards(at: scene.now)
        let later = young.ageHours(of: Scene.spot, at: scene.now)
        #expect(later > 5 && old.ageHours(of: Scene.spot, at: scene.now) == later)
        #expect(
            old.perHour(of: Scene.spot, at: scene.now) < young.perHour(of: Scene.spot, at: scene.now - .seconds(18_000))
        )
        #expect(old.hazard(of: Scene.spot).shape < young.hazard(of: Scene.spot).shape)
        scene.tell([Self.warning("i-0", at: scene.now)], after: 0)
        let taken = scene.core.spellHazards(at: scene.now)
        #expect(taken.hazard(of: Scene.spot).shape > old.hazard(of: Scene.spot).shape)
        #expect(taken.ageHours(of: Scene.spot, at: scene.now) == 0)
        #expect(taken.unannouncedShare < 0.05)
        Self.expectSameAfterReplay(scene)
    }

    @Test("both nodes of a gang taken at once are one interruption, by notice or without")
    func interruption() throws {
        var scene = Scene()
        _ = try scene.runGang()
        scene.tell([Self.warning("i-0", at: scene.now + .seconds(100))], after: 100)
        #expect(try #require(Self.counts(scene)).interruptions == 1)
        scene.tell([Self.warning("i-0", at: scene.now), Self.warning("i-1", at: scene.now)], after: 5)
        scene.tell([CloudWordTests.state(.shuttingDown, of: "i-0", at: scene.now + .seconds(115))], after: 115)
        // The end of the other is told by a list, and long after its warning.
        let gone = ["i-0", "i-1"].map { Scene.instance($0, state: .terminated, at: scene.now) }
        scene.tell([.instancesListed(gone)], after: 600)
        #expect(scene.core.state.exposures[Scene.spot]?.standing == 0)
        let interruptions = try #require(Self.counts(scene)).interruptions
        #expect(interruptions < 1 && interruptions > 0.99)
        Self.expectSameAfterReplay(scene)
    }

    @Test("an instance that goes without notice was taken back, unless the cloud or we had another reason")
    func withoutNotice() throws {
        func interruptions(_ change: (inout Scene) throws -> Void) throws -> Double {
            var scene = Scene()
            _ = try scene.runGang()
            try change(&scene)
            Self.expectSameAfterReplay(scene)
            return try #require(Self.counts(scene)).interruptions.rounded()
        }
        func ended(_ reason: String?) -> (inout Scene) -> Void {
            { scene in
                var instance = Scene.instance("i-0", state: .terminated, at: scene.now)
                instance.stateReason = reason
                let other = Scene.instance("i-1", state: .running, at: scene.now)
                scene.tell([.instancesListed([instance, other])], after: 1000)
            }
        }
        #expect(try interruptions(ended(nil)) == 1)
        #expect(try interruptions(ended(Instance.spotReclaimed)) == 1)
        #expect(try interruptions(ended("Client.UserInitiatedShutdown")) == 0)
        let byUs = try interruptions { scene in
            // Idle nodes are drained and terminated.
            scene.tell(Scene.gangPods.map { .podRemoved($0) } + [.jobRemoved(Scene.job("llm", parallelism: 2))])
            for _ in 0..<30 {
                let shown = ["i-0", "i-1"].map { Scene.instance($0, state: .running, at: scene.now) }
                scene.tell([.instancesListed(shown)], after: 10)
                for node in ["node-0", "node-1"] {
                    var cordoned = Scene.node(node, instance: node.replacing("node", with: "i"), taints: [])
                    cordoned.isUnschedulable = true
                    if scene.core.state.claims.values.contains(where: { $0.node == node && $0.phase == .draining }) {
                        scene.tell([.nodeChanged(cordoned)])
                    }
                }
            }
            try #require(scene.core.state.terminations.count == 2)
            scene.tell([CloudWordTests.state(.shuttingDown, of: "i-0", at: scene.now)])
        }
        #expect(byUs == 0)
    }

    @Test("on-demand capacity teaches nothing about spot")
    func onDemand() throws {
        var scene = Scene()
        scene.tell(Scene.gangPods.map { .podChanged($0) } + [.jobChanged(Scene.job("llm", parallelism: 2))])
        let generation = try #require(scene.tell(after: 2).plans.first?.generation)
        let plan = Scene.purchase(Scene.gangID, nodes: 2, offering: Scene.onDemand)
        let request = try #require(scene.tell([.planned(generation: generation, plan)]).launches.first)
        let instances = ["i-0", "i-1"].map { Scene.instance($0, Scene.onDemand, at: scene.now) }
        scene.tell([.launchEnded(request.id, .launched(instances))])
        scene.tell([CloudWordTests.state(.shuttingDown, of: "i-0", at: scene.now)], after: 100)
        #expect(scene.core.state.exposures.isEmpty)
    }

    @Test("planning is told the speeds, the pool cap, the interruptions to expect, and a workload's habits")
    func told() throws {
        let configuration = Scene.configuration {
            $0.economics.relativeSpeed = ["A100": 2]
            $0.economics.maximumPoolShare = 0.5
            $0.datasets = [Dataset(name: "images", zones: ["us-east-1b"], loadSeconds: 600)]
            $0.gangsShareNodes = true
        }
        var scene = Scene(configuration)
        let annotations = ["checkpoint-interval": "10m", "dataset": "images", "checkpoint": "signal"]
        scene.tell([
            .podChanged(Scene.pod("fit-0", job: "fit", annotations: annotations)), .jobChanged(Scene.job("fit")),
        ])
        let input = try #require(scene.tell(after: 2).plans.first?.input)
        let demand = try #require(input.demands.first)
        #expect(demand.checkpoints == CheckpointHabit(intervalSeconds: 600, costSeconds: 0))
        #expect(demand.dataset == configuration.datasets.first)
        #expect(input.gangsShareNodes)
        #expect(
            input.economics
                == Economics(
                    relativeSpeed: ["A100": 2],
                    interruptionsPerHour: [:],
                    priorInterruptionsPerHour: 0.5 / 24,
                    maximumPoolShare: 0.5
                )
        )
    }

    @Test("annotations that say nothing usable are overruled with a reason")
    func malformed() throws {
        var scene = Scene()
        let annotations = ["checkpoint-interval": "often", "dataset": "images"]
        scene.tell([
            .podChanged(Scene.pod("fit-0", job: "fit", annotations: annotations)), .jobChanged(Scene.job("fit")),
        ])
        let workload = try #require(scene.facts.admitted.first)
        #expect(
            workload.overruled == [
                "gleaner.dev/checkpoint-interval: \"often\" is not a duration like 10m",
                "gleaner.dev/dataset: \"images\" is not a dataset of the configuration",
            ]
        )
        #expect(workload.checkpointIntervalSeconds == nil && workload.dataset == nil)
    }

    @Test("how long a save took is what the next one is reckoned to take")
    func measuredSave() throws {
        var scene = Scene()
        let since = try scene.runGang()
        let warned = scene.now + .seconds(600)
        scene.tell([Self.warning("i-0", at: warned)], after: 600)
        let ended = warned + .seconds(40)
        let events: [Event] = zip(Scene.gangPods, ["node-0", "node-1"]).map { pod, node in
            .podRemoved(Scene.stopped(pod, on: node, since: since, deletedAt: warned, finishedAt: ended))
        }
        scene.tell(events, after: 40)
        scene.tell(after: 60)
        #expect(scene.facts.ends.map(\.checkpointSeconds) == [40])
        let record = try #require(scene.core.state.records[Scene.gangID])
        #expect(scene.core.checkpoints(of: record).costSeconds == 40)
        Self.expectSameAfterReplay(scene)
    }
}
