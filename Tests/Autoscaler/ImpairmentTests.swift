import Model
import Testing

@testable import Autoscaler

@Suite("Impaired machines")
struct ImpairmentTests {
    private static let instances = ["i-0", "i-1"].map { Scene.instance($0, state: .running, at: Scene.start) }

    private static func impaired(_ ids: String..., since: Timestamp? = nil) -> Event {
        let statuses = ids.map {
            InstanceStatus(instance: InstanceID($0), impairments: ["system"], impairedSince: since)
        }
        return .inquiryAnswered(.statuses(statuses))
    }

    /// Tells that these are impaired, minute after minute.
    private func wait(_ minutes: Int, _ event: Event, _ scene: inout Scene) -> Decisions {
        var all = Decisions()
        for _ in 0..<minutes {
            let decisions = scene.tell([event, .instancesListed(Self.instances)], after: 60)
            all.facts += decisions.facts
            all.commands += decisions.commands
        }
        return all
    }

    private func relocations(_ facts: [Fact]) -> [Relocation] {
        facts.compactMap { fact in
            if case .interruptionStep(.relocationIntended(let relocation)) = fact { relocation } else { nil }
        }
    }

    @Test("the work of a machine that stays impaired moves, all ranks of a gang with it")
    func moves() throws {
        var scene = Scene()
        _ = try scene.runGang()
        #expect(relocations(wait(5, Self.impaired("i-0"), &scene).facts).isEmpty)
        let moved = wait(1, Self.impaired("i-0"), &scene)
        let relocation = try #require(relocations(moved.facts).first)
        #expect(relocation.cause == .impaired)
        #expect(relocation.workloads == [Scene.gangID])
        #expect(relocation.summary.contains("node-0 (i-0) fails the cloud's checks (system)"))
        var cordoned = Scene.node("node-0", instance: "i-0", taints: [])
        cordoned.isUnschedulable = true
        let evicted = scene.tell([.nodeChanged(cordoned), .instancesListed(Self.instances)], after: 1)
        let pods = Set((moved.evictions + evicted.evictions).map(\.pod.name))
        #expect(pods == ["llm-0", "llm-1"])
        #expect((moved.evictions + evicted.evictions).allSatisfy { !$0.overridesBudget && $0.reason == "impaired" })
        let replayed = Autoscaler(configuration: Scene.configuration(), identity: "journal", entries: scene.entries)
        #expect(replayed.state == scene.core.state)
    }

    @Test("since when it is impaired is the cloud's to say")
    func since() throws {
        var scene = Scene()
        _ = try scene.runGang()
        let long = Self.impaired("i-0", since: scene.now - .seconds(600))
        #expect(relocations(wait(1, long, &scene).facts).count == 1)
    }

    @Test("one that is well again in time stays, and its time begins anew")
    func recovers() throws {
        var scene = Scene()
        _ = try scene.runGang()
        var facts = wait(4, Self.impaired("i-0"), &scene).facts
        facts += wait(1, .inquiryAnswered(.statuses([])), &scene).facts
        facts += wait(5, Self.impaired("i-0"), &scene).facts
        #expect(relocations(facts).isEmpty)
    }

    @Test("no more machines go at one time than the pool's budget allows")
    func budget() throws {
        var scene = Scene()
        _ = try scene.runGang()
        let both = wait(6, Self.impaired("i-0", "i-1"), &scene)
        // Ten percent of two nodes, rounded up.
        #expect(relocations(both.facts).count == 1)
        #expect(both.facts.explanations.contains { $0.contains("a disruption budget of pool training") })
    }

    @Test("nothing goes on old news: the statuses, the cluster or the instances were not heard of lately")
    func stale() throws {
        var scene = Scene()
        _ = try scene.runGang()
        scene.tell([Self.impaired("i-0"), .instancesListed(Self.instances)])
        // The list is fresh, the statuses are not.
        let unheard = scene.tell(
            [.inquiryFailed(.statuses, reason: "cut"), .instancesListed(Self.instances)],
            after: 600
        )
        #expect(relocations(unheard.facts).isEmpty)
        let cut = scene.tell([Self.impaired("i-0"), .clusterUnreachable(reason: "cut")], after: 10)
        #expect(relocations(cut.facts).isEmpty)
    }

    @Test("whoever must not be disrupted is not, and it is said")
    func doNotDisrupt() throws {
        var scene = Scene(Scene.configuration { $0.pools[0].acceptedAnnotations = ["do-not-disrupt"] })
        let pods = Scene.gangPods.map { pod in
            var result = pod
            result.annotations["gleaner.dev/do-not-disrupt"] = "true"
            return result
        }
        scene.tell(pods.map { .podChanged($0) } + [.jobChanged(Scene.job("llm", parallelism: 2))])
        let generation = try #require(scene.tell(after: 2).plans.first?.generation)
        let bought = scene.tell([.planned(generation: generation, Scene.purchase(Scene.gangID, nodes: 2))])
        let request = try #require(bought.launches.first)
        scene.tell([.launchEnded(request.id, .launched(Self.instances))])
        let nodes = (0..<2).map { Scene.node("node-\($0)", instance: "i-\($0)", taints: []) }
        scene.tell(nodes.map { .nodeChanged($0) }, after: 100)
        let since = scene.now
        scene.tell(pods.enumerated().map { .podChanged(Scene.running($1, on: "node-\($0)", since: since)) })
        let waited = wait(7, Self.impaired("i-0"), &scene)
        #expect(relocations(waited.facts).isEmpty)
        #expect(waited.facts.explanations.contains { $0.contains("must not be disrupted") })
    }

    @Test("a pod that nothing would make again keeps its machine until it has finished, and it is said")
    func bare() throws {
        var scene = Scene()
        let since = try scene.runGang()
        var notebook = Scene.running(Scene.pod("notebook", job: "none", gpus: 0), on: "node-0", since: since)
        notebook.owner = nil
        scene.tell([.podChanged(notebook)])
        let waited = wait(7, Self.impaired("i-0"), &scene)
        #expect(relocations(waited.facts).isEmpty)
        #expect(waited.evictions.isEmpty)
        #expect(waited.facts.explanations.contains { $0.contains("nothing would make vision/notebook again") })
        notebook.phase = .succeeded
        notebook.finishedAt = scene.now
        let moved = relocations(scene.tell([.podChanged(notebook)]).facts)
        let later = relocations(wait(2, Self.impaired("i-0"), &scene).facts)
        #expect((moved + later).map(\.workloads) == [[Scene.gangID]])
    }

    @Test("a machine whose kubelet never reports its pods gone is ended all the same")
    func silent() throws {
        var scene = Scene()
        let since = try scene.runGang()
        _ = wait(6, Self.impaired("i-0"), &scene)
        var node = Scene.node("node-0", instance: "i-0", taints: [])
        node.isUnschedulable = true
        var leaving = Scene.running(Scene.gangPods[0], on: "node-0", since: since)
        leaving.deletedAt = scene.now
        scene.tell([.nodeChanged(node), .podChanged(leaving), .instancesListed(Self.instances)])
        // Its grace at the most, 115 s, and a minute.
        let early = wait(2, Self.impaired("i-0"), &scene)
        #expect(early.terminations.isEmpty)
        #expect(wait(1, Self.impaired("i-0"), &scene).terminations == [InstanceID("i-0")])
    }

    @Test("maintenance that no message told of is a notice, taken once")
    func maintenance() throws {
        var scene = Scene()
        _ = try scene.runGang()
        let event = Maintenance(id: "instance-event-1", code: "instance-stop", notBefore: scene.now + .seconds(86_400))
        let status = InstanceStatus(instance: InstanceID("i-0"), maintenances: [event])
        let waited = wait(3, .inquiryAnswered(.statuses([status])), &scene)
        let notices = waited.facts.compactMap { if case .noticeReceived(let notice, _) = $0 { notice } else { nil } }
        #expect(notices.map(\.kind) == [.maintenance(event)])
    }

    @Test("statuses of machines that are not ours, or have vanished, are nothing to us")
    func foreign() throws {
        var scene = Scene()
        _ = try scene.runGang()
        let waited = wait(7, Self.impaired("i-foreign", since: Scene.start), &scene)
        #expect(relocations(waited.facts).isEmpty && waited.terminations.isEmpty)
    }
}
