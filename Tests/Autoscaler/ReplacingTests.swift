import Model
import Planning
import Testing

@testable import Autoscaler

@Suite("Nodes that have drifted, or are too old")
struct ReplacingTests {
    private static let blueprint = NodeBlueprint(imageID: "ami-1", subnetID: "subnet-1", securityGroupIDs: ["sg-1"])

    private static func blueprints(_ change: (inout NodeBlueprint) -> Void = { _ in }) -> Event {
        var common = blueprint
        change(&common)
        var result = PoolBlueprint(common: common)
        result.images = ["amd64": common.imageID ?? ""]
        result.subnets = ["us-east-1a": common.subnetID]
        return .blueprintsObserved(["training": result])
    }

    private static func configuration(
        _ change: @escaping (inout GleanerConfiguration) -> Void = { _ in }
    ) -> GleanerConfiguration {
        Scene.configuration { configuration in
            configuration.idleTimeout = .seconds(86_400)
            change(&configuration)
        }
    }

    /// A node on which one job runs that saves when it is asked.
    private struct Stage {
        var scene: Scene
        var instances: [Instance] = []
        var nodes: [Node] = []
        var pod: Pod

        init(_ configuration: GleanerConfiguration, checkpoint: String = "signal") throws {
            scene = Scene(configuration)
            scene.tell([ReplacingTests.blueprints()])
            pod = Scene.pod("job-a", job: "job", gpus: 2, annotations: ["checkpoint": checkpoint])
            scene.tell([.podChanged(pod), .jobChanged(Scene.job("job"))])
            let generation = try #require(scene.tell(after: 2).plans.first?.generation)
            let workload = WorkloadID(namespace: "vision", kind: "Job", name: "job", uid: "uid-job-job")
            var plan = Scene.purchase(workload, nodes: 1, gang: false)
            plan.purchases[0].shape.labels = [Label.architecture: "amd64"]
            let bought = scene.tell([.planned(generation: generation, plan)])
            let request = try #require(bought.launches.first)
            instances = [Scene.instance("i-0", state: .running, at: scene.now)]
            scene.tell([.launchEnded(request.id, .launched(instances))], after: 2)
            nodes = [Scene.node("node-0", instance: "i-0", taints: [])]
            scene.tell([.nodeChanged(nodes[0])], after: 100)
            pod = Scene.running(pod, on: "node-0", since: scene.now)
            scene.tell([.podChanged(pod), .instancesListed(instances)])
        }

        /// Lets time pass with fresh news, and answers questions as planning would.
        @discardableResult
        mutating func wait(_ seconds: Int64, _ event: Event = .wake) -> [Fact] {
            let known = scene.facts.count
            var left = seconds
            while left > 0 {
                let decisions = scene.tell(
                    [event, .instancesListed(instances), Scene.prices],
                    after: min(30, left)
                )
                left -= 30
                answer(decisions)
            }
            return Array(scene.facts.dropFirst(known))
        }

        private mutating func answer(_ decisions: Decisions) {
            for command in decisions.commands {
                if case .consolidate(let generation, let input) = command {
                    answer(scene.tell([.consolidated(generation: generation, Planning.consolidate(input))]))
                }
            }
        }

        var intents: [ConsolidationIntent] {
            scene.facts.compactMap { if case .consolidationIntended(let intent) = $0 { intent } else { nil } }
        }
        var drains: [String] {
            scene.facts.compactMap { if case .claimDraining(_, let reason) = $0 { reason } else { nil } }
        }
    }

    @Test("a node of an image that is no longer used is replaced: the new one is ready first, then the pod moves")
    func image() throws {
        var stage = try Stage(Self.configuration())
        stage.wait(180)
        #expect(stage.intents.isEmpty)
        stage.wait(120, Self.blueprints { $0.imageID = "ami-2" })
        let intent = try #require(stage.intents.first)
        #expect(intent.reason == .drifted)
        #expect(intent.summary.contains("its image is ami-1, and nodes are made from ami-2 now"))
        let request = try #require(
            stage.scene.commands.compactMap { command -> LaunchRequest? in
                if case .launch(let request) = command, request.id == intent.launch { request } else { nil }
            }.first
        )
        #expect(request.blueprint?.imageID == "ami-2")
        #expect(stage.drains.isEmpty)
        let instance = Scene.instance("i-1", state: .running, at: stage.scene.now)
        stage.instances.append(instance)
        stage.scene.tell([.launchEnded(request.id, .launched([instance])), .instancesListed(stage.instances)])
        stage.scene.tell([.nodeChanged(Scene.node("node-1", instance: "i-1", taints: []))], after: 100)
        stage.wait(30)
        #expect(stage.drains == [intent.summary])
        var cordoned = stage.nodes[0]
        cordoned.isUnschedulable = true
        let evicted = stage.scene.tell([.nodeChanged(cordoned), .instancesListed(stage.instances)], after: 1)
        #expect(evicted.evictions.map(\.pod.name) == ["job-a"])
        // What the new node is made from is what nodes are made from now.
        stage.scene.tell(
            [.podRemoved(stage.pod), .nodeChanged(cordoned), .instancesListed(stage.instances)],
            after: 10
        )
        stage.wait(180, Self.blueprints { $0.imageID = "ami-2" })
        #expect(stage.intents.count == 1)
    }

    @Test("a node that has reached its configured age is replaced, a younger one stays")
    func age() throws {
        var stage = try Stage(Self.configuration { $0.pools[0].disruption.expireAfter = .seconds(7200) })
        stage.wait(6900)
        #expect(stage.intents.isEmpty)
        stage.wait(480)
        #expect(stage.intents.map(\.reason) == [.expired])
        #expect(stage.intents.first?.summary.contains("it is 2 h old") == true)
    }

    /// A setting of the pool that is changed, and how the difference is worded.
    struct Change: Sendable {
        var words: String
        var apply: @Sendable (inout GleanerConfiguration) -> Void
    }

    private static let changes = [
        Change(words: "other labels") { $0.pools[0].labels = ["team": "a"] },
        Change(words: "other taints") { $0.pools[0].taints = [Taint(key: "t", effect: .preferNoSchedule)] },
        Change(words: "buys no spot capacity") { $0.pools[0].capacityTypes = [.onDemand] },
        Change(words: "buys nothing in us-east-1a") { $0.pools[0].zones = ["us-east-1b"] },
        Change(words: "has no shape a100-8") { $0.pools[0].shapes[0].name = "other" },
    ]

    @Test("settings of the pool that a node does not have any more make it drift", arguments: changes)
    func settings(change: Change) throws {
        var stage = try Stage(Self.configuration())
        let changed = Self.configuration { change.apply(&$0) }
        stage.scene.core = Autoscaler(configuration: changed, identity: "journal", entries: stage.scene.entries)
        stage.scene.tell([
            .catalogueObserved(Scene.catalogue), Self.blueprints(), .leadership(epoch: 2),
            .clusterListed(pods: [stage.pod], nodes: stage.nodes, jobs: [Scene.job("job")]),
            .instancesListed(stage.instances),
        ])
        stage.wait(120)
        let replacing = stage.scene.core.progress.replacing.values.first
        #expect(replacing?.reason == .drifted)
        #expect(replacing?.words.contains(change.words) == true, "\(replacing?.words ?? "nothing")")
    }

    @Test("a gang that runs keeps its outdated nodes, which is said; once it is done they go at once")
    func gang() throws {
        var scene = Scene(Self.configuration { $0.pools[0].disruption.expireAfter = .seconds(3600) })
        let since = try scene.runGang()
        let instances = ["i-0", "i-1"].map { Scene.instance($0, state: .running, at: Scene.start) }
        func wait(_ rounds: Int) {
            for _ in 0..<rounds {
                let decisions = scene.tell([.instancesListed(instances), Scene.prices], after: 60)
                for command in decisions.commands {
                    guard case .consolidate(let generation, let input) = command else { continue }
                    scene.tell([.consolidated(generation: generation, Planning.consolidate(input))])
                }
            }
        }
        wait(90)
        #expect(!scene.facts.contains { if case .claimDraining = $0 { true } else { false } })
        #expect(scene.facts.explanations.contains { $0.contains("is replaced once gang vision/llm has stopped") })
        var job = Scene.job("llm", parallelism: 2)
        job.completedAt = scene.now
        let ended = zip(Scene.gangPods, ["node-0", "node-1"]).map { pod, node in
            var result = Scene.running(pod, on: node, since: since)
            result.phase = .succeeded
            result.finishedAt = scene.now
            return Event.podChanged(result)
        }
        scene.tell(ended + [.jobChanged(job)])
        wait(3)
        let drains = scene.facts.compactMap { if case .claimDraining(_, let reason) = $0 { reason } else { nil } }
        // One of two: ten percent, rounded up.
        #expect(drains.count == 1)
        #expect(drains.first?.contains("h old") == true)
    }

    @Test("work that cannot be saved is waited for")
    func unsaved() throws {
        let configuration = Self.configuration { $0.pools[0].disruption.expireAfter = .seconds(3600) }
        var stage = try Stage(configuration, checkpoint: "none")
        stage.wait(7200)
        #expect(stage.intents.isEmpty && stage.drains.isEmpty)
    }

    @Test("a dry run says what it would replace, and does nothing")
    func dryRun() throws {
        let configuration = Self.configuration { configuration in
            configuration.pools[0].disruption.expireAfter = .seconds(3600)
        }
        var stage = try Stage(configuration)
        var dry = configuration
        dry.isDryRun = true
        stage.scene.core = Autoscaler(configuration: dry, identity: "journal", entries: stage.scene.entries)
        stage.scene.tell([
            .catalogueObserved(Scene.catalogue), Self.blueprints(), .leadership(epoch: 2),
            .clusterListed(pods: [stage.pod], nodes: stage.nodes, jobs: [Scene.job("job")]),
            .instancesListed(stage.instances),
        ])
        stage.scene.forget()
        stage.wait(7200)
        #expect(stage.scene.facts.explanations.contains { $0.hasPrefix("dry run: would replace node-0") })
        #expect(stage.intents.isEmpty && stage.drains.isEmpty)
    }
}
