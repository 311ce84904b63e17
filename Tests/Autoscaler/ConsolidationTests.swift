import Model
import Planning
import Testing

@testable import Autoscaler

@Suite("Half-empty and dear nodes")
struct ConsolidationTests {
    private static func configuration(
        _ change: (inout GleanerConfiguration) -> Void = { _ in }
    ) -> GleanerConfiguration {
        Scene.configuration { configuration in
            configuration.pools[0].disruption = Disruption(
                policy: .whenEmptyOrUnderutilized,
                minimumNodeAge: .zero,
                budgets: []
            )
            change(&configuration)
        }
    }

    /// Nodes of ours, each with one pod of two GPUs of a job of its own that saves when it is asked.
    private struct Floor {
        var scene: Scene
        var instances: [Instance] = []
        var nodes: [Node] = []
        var pods: [Pod] = []
        var jobs: [Job] = []

        init(_ offering: Offering, nodes count: Int, _ configuration: GleanerConfiguration) throws {
            scene = Scene(configuration)
            let names = (0..<count).map { "job-\($0)" }
            let waiting = names.map { name in
                Scene.pod("\(name)-a", job: name, gpus: 2, annotations: ["checkpoint": "signal"])
            }
            jobs = names.map { Scene.job($0) }
            scene.tell(waiting.map { .podChanged($0) } + jobs.map { .jobChanged($0) })
            let asked = scene.tell(after: 2)
            let generation = try #require(asked.plans.first?.generation)
            let workload = WorkloadID(namespace: "vision", kind: "Job", name: "job-0", uid: "uid-job-job-0")
            let plan = Scene.purchase(workload, nodes: count, offering: offering, gang: false)
            let request = try #require(scene.tell([.planned(generation: generation, plan)]).launches.first)
            instances = (0..<count).map { Scene.instance("i-\($0)", offering, state: .running, at: scene.now) }
            scene.tell([.launchEnded(request.id, .launched(instances))], after: 2)
            nodes = (0..<count).map { Scene.node("node-\($0)", instance: "i-\($0)", taints: []) }
            scene.tell(nodes.map { .nodeChanged($0) }, after: 100)
            let since = scene.now
            pods = zip(waiting, nodes).map { Scene.running($0, on: $1.name, since: since) }
            scene.tell(pods.map { .podChanged($0) } + [.instancesListed(instances)])
            scene.answerQuestions()
        }

        /// Lets a time pass, with fresh news of the cloud; returns the question about consolidation, if there was one.
        mutating func wait(_ seconds: Int64) -> (generation: Int, input: ConsolidationInput)? {
            var asked: (Int, ConsolidationInput)?
            for _ in 0..<max(1, seconds / 30) {
                let decisions = scene.tell([.wake, .instancesListed(instances)], after: min(30, seconds))
                asked = decisions.questions.first ?? asked
            }
            return asked
        }

        /// Waits until nodes are looked at, and answers as planning would.
        mutating func consolidate() throws -> Decisions {
            let question = wait(180)
            let asked = try #require(question)
            return scene.tell([.consolidated(generation: asked.generation, Planning.consolidate(asked.input))])
        }

        /// The process ends and another begins with the journal.
        mutating func restart(_ configuration: GleanerConfiguration) -> Decisions {
            scene.core = Autoscaler(configuration: configuration, identity: "journal", entries: scene.entries)
            scene.forget()
            let resumed = scene.tell([
                .catalogueObserved(Scene.catalogue), .clusterListed(pods: pods, nodes: nodes, jobs: jobs),
                .instancesListed(instances), .leadership(epoch: 2),
            ])
            scene.answerQuestions()
            return resumed
        }

        /// The launch's only instance comes, and its node is ready.
        mutating func bring(_ request: LaunchRequest) -> Decisions {
            let instance = Scene.instance("i-new", request.offering, state: .running, at: scene.now)
            instances.append(instance)
            scene.tell([.launchEnded(request.id, .launched([instance])), .instancesListed(instances)], after: 2)
            scene.tell([.nodeChanged(Scene.node("node-new", instance: "i-new"))], after: 100)
            let node = Scene.node("node-new", instance: "i-new", taints: [])
            nodes.append(node)
            return scene.tell([.nodeChanged(node), .instancesListed(instances)])
        }

        @discardableResult
        mutating func cordon(_ index: Int) -> Decisions {
            nodes[index].isUnschedulable = true
            return scene.tell([.nodeChanged(nodes[index]), .instancesListed(instances)], after: 1)
        }
    }

    @Test("of two half-empty nodes one is cordoned, then its pod is evicted, then it goes")
    func moves() throws {
        var floor = try Floor(Scene.spot, nodes: 2, Self.configuration())
        let decided = try floor.consolidate()
        #expect(decided.facts.consolidations.map(\.removals).map { $0.map(\.node) } == [["node-0"]])
        #expect(decided.facts.consolidations.first?.summary.hasPrefix("remove node-0") == true)
        #expect(decided.updates.map(\.node) == ["node-0"])
        // Its successor could be bound to the same node before it is cordoned.
        #expect(decided.evictions.isEmpty)
        let evicted = floor.cordon(0)
        #expect(evicted.evictions.map(\.pod.name) == ["job-0-a"])
        #expect(evicted.evictions.first?.overridesBudget == false)
        #expect(evicted.evictions.first?.reason == "consolidation")
        #expect(evicted.terminations.isEmpty)
        floor.scene.tell([.podRemoved(floor.pods[0])], after: 40)
        #expect(floor.scene.tell(after: 5).terminations == [InstanceID("i-0")])
        floor.scene.tell(after: 30)
        #expect(floor.scene.facts.ends.map(\.outcome) == [.drained])
    }

    @Test("a pod that is asked to save and does not stays: its node takes pods again, and is not tried twice")
    func unanswered() throws {
        var floor = try Floor(Scene.spot, nodes: 2, Self.configuration())
        for index in floor.pods.indices {
            floor.pods[index].annotations["gleaner.dev/checkpoint"] = "http"
            floor.pods[index].annotations["gleaner.dev/checkpoint-url"] = ":8080/"
            floor.pods[index].containerPorts = [8080]
            floor.pods[index].ip = "10.0.0.1\(index)"
        }
        floor.scene.tell(floor.pods.map { .podChanged($0) })
        _ = try floor.consolidate()
        floor.nodes[0].taints = [.draining("drain")]
        var requests = floor.cordon(0).checkpointRequests
        #expect(requests.count == 1)
        for _ in 0..<3 {
            let failed = requests.map { Event.checkpointAnswered($0, .failed(reason: "it answers 500")) }
            requests = floor.scene.tell(failed).checkpointRequests
            if requests.isEmpty { requests = floor.scene.tell(after: 4).checkpointRequests }
        }
        #expect(!floor.scene.commands.contains { if case .evict = $0 { true } else { false } })
        #expect(floor.scene.core.state.consolidations.isEmpty)
        #expect(floor.scene.core.state.claims.values.allSatisfy { $0.phase == .initialised })
        let reopened = floor.scene.commands.contains { command in
            if case .updateNode(let update) = command { update.unschedulable == false } else { false }
        }
        #expect(reopened)
        floor.nodes[0].taints = []
        floor.nodes[0].isUnschedulable = false
        floor.scene.tell([.nodeChanged(floor.nodes[0])])
        floor.scene.answerQuestions()
        let asked = floor.wait(600)
        let question = try #require(asked)
        #expect(Planning.consolidate(question.input).allSatisfy { !$0.removals.contains { $0.node == "node-0" } })
        let replayed = Autoscaler(
            configuration: Self.configuration(),
            identity: "journal",
            entries: floor.scene.entries
        )
        #expect(replayed.state == floor.scene.core.state)
    }

    @Test("one that saves on SIGTERM has the time of a notice when it moves, whatever its own grace")
    func grace() throws {
        var floor = try Floor(Scene.spot, nodes: 2, Self.configuration())
        _ = try floor.consolidate()
        #expect(floor.cordon(0).evictions.map(\.graceSeconds) == [115])
    }

    @Test("a refused eviction is tried again, and the pod stays until it is allowed")
    func budget() throws {
        var floor = try Floor(Scene.spot, nodes: 2, Self.configuration())
        _ = try floor.consolidate()
        let cordoned = floor.cordon(0)
        let eviction = try #require(cordoned.evictions.first)
        let blocked = Event.evictionEnded(eviction.pod, uid: eviction.uid, .blockedByBudget(message: "budget"))
        #expect(floor.scene.tell([blocked]).evictions.isEmpty)
        #expect(floor.scene.tell(after: 2).evictions.map(\.overridesBudget) == [false])
    }

    @Test("nothing is asked for by default, while paused, without leadership, or on old news")
    func silent() throws {
        var floor = try Floor(Scene.spot, nodes: 2, Scene.configuration())
        #expect(floor.wait(300) == nil)
        floor = try Floor(Scene.spot, nodes: 2, Self.configuration())
        floor.scene.tell([.pauseRequested(true, by: "someone")])
        #expect(floor.wait(300) == nil)
        floor.scene.tell([.pauseRequested(false, by: "someone"), .leadership(epoch: nil)])
        #expect(floor.wait(300) == nil)
        floor.scene.tell([.leadership(epoch: 2), .clusterUnreachable(reason: "cut")])
        #expect(floor.wait(300) == nil)
    }

    @Test("nothing is asked for while something waits that may be served")
    func pending() throws {
        var floor = try Floor(Scene.spot, nodes: 2, Self.configuration())
        floor.scene.tell([.podChanged(Scene.pod("late", job: "late"))])
        #expect(floor.wait(300) == nil)
    }

    @Test("pods that nobody here serves, and members that wait for the rest of their gang, hold nothing up")
    func unservable() throws {
        for pod in [Scene.pod("other-0", job: "other", namespace: "robots"), Scene.gangPods[0]] {
            var floor = try Floor(Scene.spot, nodes: 2, Self.configuration())
            floor.scene.tell([.podChanged(pod)])
            #expect(floor.wait(300) != nil)
        }
    }

    @Test("an answer is dropped when claims, leadership or the pods on the node have changed")
    func stale() throws {
        func answer(after change: (inout Scene) -> Void) throws -> Decisions {
            var floor = try Floor(Scene.spot, nodes: 2, Self.configuration())
            let question = floor.wait(180)
            let asked = try #require(question)
            change(&floor.scene)
            return floor.scene.tell([.consolidated(generation: asked.generation, Planning.consolidate(asked.input))])
        }
        #expect(try answer { _ in }.facts.consolidations.count == 1)
        #expect(try answer { $0.tell([.leadership(epoch: nil)]) }.facts.consolidations.isEmpty)
        #expect(try answer { $0.tell([.pauseRequested(true, by: "someone")]) }.facts.consolidations.isEmpty)
        let more = try answer { scene in
            let pod = Scene.running(Scene.pod("more", job: "more", gpus: 1), on: "node-0", since: scene.now)
            scene.tell([.podChanged(pod)])
        }
        #expect(more.facts.consolidations.isEmpty)
        let warned = try answer { scene in
            let notice = Notice(id: "n", kind: .interruption, instance: InstanceID("i-1"), at: scene.now)
            scene.tell([.noticeReceived(notice)])
        }
        #expect(warned.facts.consolidations.isEmpty)
    }

    @Test("a gang is left alone")
    func gang() throws {
        var scene = Scene(Self.configuration())
        _ = try scene.runGang(offering: Scene.onDemand)
        let instances = ["i-0", "i-1"].map { Scene.instance($0, Scene.onDemand, state: .running, at: Scene.start) }
        scene.answerQuestions()
        let decided = scene.tell([.wake, .instancesListed(instances)], after: 90)
        let asked = decided.questions.first
        #expect(Planning.consolidate(try #require(asked).input).isEmpty)
    }

    @Test("a dry run says what it would do, once, and does nothing")
    func dryRun() throws {
        var floor = try Floor(Scene.spot, nodes: 2, Self.configuration())
        _ = floor.restart(Self.configuration { $0.isDryRun = true })
        let decided = try floor.consolidate()
        #expect(decided.facts.explanations.map { $0.prefix(26) } == ["dry run: would remove node"])
        #expect(decided.updates.isEmpty && decided.launches.isEmpty)
        // It is asked again in the same step, and the answer is the same.
        let again = try #require(decided.questions.first)
        let repeated = floor.scene.tell([
            .consolidated(generation: again.generation, Planning.consolidate(again.input))
        ])
        #expect(repeated.facts.explanations.isEmpty)
        #expect(floor.scene.facts.consolidations.isEmpty)
    }

    @Test("a replacement is bought first; the old node drains only when the new one takes pods")
    func replacement() throws {
        var floor = try Floor(Scene.onDemand, nodes: 1, Self.configuration())
        let decided = try floor.consolidate()
        let request = try #require(decided.launches.first)
        #expect(request.offering == Scene.spot)
        #expect(decided.facts.consolidations.first?.launch == request.id)
        #expect(decided.updates.isEmpty)
        let opened = floor.bring(request)
        #expect(opened.updates.map(\.node) == ["node-0"])
        #expect(floor.cordon(0).evictions.map(\.pod.name) == ["job-0-a"])
        // The new node is empty for as long as the old one saves: it waits.
        #expect(
            !floor.scene.tell([.instancesListed(floor.instances)], after: 90).updates.contains { $0.node == "node-new" }
        )
        floor.scene.tell([.podRemoved(floor.pods[0])], after: 1)
        #expect(floor.scene.tell(after: 5).terminations == [InstanceID("i-0")])
    }

    @Test("a replacement that cannot be had is given up, and the old node stays")
    func refused() throws {
        var floor = try Floor(Scene.onDemand, nodes: 1, Self.configuration())
        let decided = try floor.consolidate()
        let request = try #require(decided.launches.first)
        let answer = floor.scene.tell([.launchEnded(request.id, .failed(.noCapacity, message: "none"))])
        #expect(answer.facts.abandoned == ["what was to replace it is not to be had"])
        #expect(answer.updates.isEmpty)
        #expect(floor.scene.core.state.consolidations.isEmpty)
    }

    @Test("a replacement is given up when others came to the old node, and goes when it stays empty")
    func overtaken() throws {
        var floor = try Floor(Scene.onDemand, nodes: 1, Self.configuration())
        let decided = try floor.consolidate()
        let request = try #require(decided.launches.first)
        let other = Scene.running(Scene.pod("other", job: "other", gpus: 1), on: "node-0", since: floor.scene.now)
        floor.scene.tell([.podChanged(other)])
        #expect(floor.bring(request).updates.isEmpty)
        #expect(floor.scene.facts.abandoned == ["other pods run on node-0 by now"])
        floor.scene.tell([.instancesListed(floor.instances)], after: 59)
        #expect(floor.scene.tell([.instancesListed(floor.instances)], after: 2).updates.map(\.node) == ["node-new"])
    }

    @Test("a restart in the middle of a replacement goes on where it was", arguments: [true, false])
    func restart(isAnswered: Bool) throws {
        var floor = try Floor(Scene.onDemand, nodes: 1, Self.configuration())
        let decided = try floor.consolidate()
        let request = try #require(decided.launches.first)
        if isAnswered { floor.scene.tell([.launchEnded(request.id, .failed(.unanswered, message: "cut"))]) }
        let resumed = floor.restart(Self.configuration())
        // The same launch is sent again, and nothing is drained for it yet.
        #expect(resumed.launches.map(\.id) == [request.id])
        #expect(resumed.updates.isEmpty)
        #expect(floor.bring(request).updates.map(\.node) == ["node-0"])
        _ = floor.restart(Self.configuration())
        #expect(floor.cordon(0).evictions.map(\.pod.name) == ["job-0-a"])
        let replayed = Autoscaler(
            configuration: Self.configuration(),
            identity: "journal",
            entries: floor.scene.entries
        )
        #expect(replayed.state == floor.scene.core.state)
    }

    @Test("of the pods on a node that drains, those that save go first, the others once these have gone")
    func savingFirst() throws {
        var floor = try Floor(Scene.spot, nodes: 2, Self.configuration())
        // On each node there is one beside it that does not save.
        let idle = floor.nodes.map { node in
            Scene.running(Scene.pod("aaa-\(node.name)", job: "idle", gpus: 1), on: node.name, since: floor.scene.now)
        }
        floor.scene.tell(idle.map { .podChanged($0) } + [.jobChanged(Scene.job("idle", parallelism: 2))])
        let moved = try floor.consolidate()
        let drained = try #require(moved.facts.drained.first)
        let index = try #require(floor.scene.core.liveClaims.firstIndex { $0.id == drained })
        floor.scene.forget()
        floor.cordon(index)
        let saving = floor.pods[index]
        #expect(floor.scene.evictions == [saving.id])
        // Refused by its budget: the other one stays as well.
        floor.scene.tell([.evictionEnded(saving.id, uid: saving.uid, .blockedByBudget(message: "no"))], after: 1)
        floor.scene.tell(after: 3)
        #expect(floor.scene.evictions == [saving.id, saving.id])
        var leaving = saving
        leaving.deletedAt = floor.scene.now
        floor.scene.tell([.evictionEnded(saving.id, uid: saving.uid, .accepted), .podChanged(leaving)], after: 1)
        #expect(floor.scene.evictions.count == 2)
        floor.scene.tell([.podRemoved(leaving)], after: 5)
        #expect(floor.scene.evictions == [saving.id, saving.id, idle[index].id])
    }

    @Test("budgets bind empty nodes too, and what they hold back goes when they let it")
    func emptyBudget() throws {
        let one = [DisruptionBudget(nodes: .count(1))]
        var floor = try Floor(Scene.spot, nodes: 3, Self.configuration { $0.pools[0].disruption.budgets = one })
        floor.scene.tell(floor.pods.map { .podRemoved($0) })
        floor.scene.forget()
        floor.scene.tell([.instancesListed(floor.instances)], after: 61)
        #expect(floor.scene.facts.drained.count == 1)
        floor.scene.tell([.instancesListed(floor.instances)], after: 100)
        #expect(floor.scene.facts.drained.count == 1)
        let gone = Notice(id: "gone", kind: .stateChange(.terminated), instance: InstanceID("i-0"), at: floor.scene.now)
        floor.instances.removeFirst()
        floor.scene.tell([.noticeReceived(gone), .nodeRemoved(name: "node-0"), .instancesListed(floor.instances)])
        #expect(floor.scene.facts.drained.count == 2)
    }

    @Test("a window that forbids disruption holds empty nodes back until it has passed")
    func window() throws {
        // The scene begins on 2026-08-03T08:00:00Z, a Monday.
        let night = DisruptionBudget(
            nodes: .count(0),
            schedule: try CronSchedule("0 8 * * mon"),
            duration: .seconds(3600)
        )
        var floor = try Floor(Scene.spot, nodes: 1, Self.configuration { $0.pools[0].disruption.budgets = [night] })
        floor.scene.tell(floor.pods.map { .podRemoved($0) })
        floor.scene.forget()
        while floor.scene.now < Scene.start + .seconds(3570) { _ = floor.wait(30) }
        #expect(floor.scene.facts.drained.isEmpty)
        _ = floor.wait(90)
        #expect(floor.scene.facts.drained.count == 1)
    }
}

extension Scene {
    /// Those that were asked when nothing was quiet enough yet.
    fileprivate mutating func answerQuestions() {
        for command in commands {
            if case .consolidate(let generation, _) = command { tell([.consolidated(generation: generation, [])]) }
        }
    }
}

extension Scene {
    /// The pods that were told to go since `forget`.
    fileprivate var evictions: [PodID] {
        commands.compactMap { if case .evict(let eviction) = $0 { eviction.pod } else { nil } }
    }
}

extension Decisions {
    fileprivate var questions: [(generation: Int, input: ConsolidationInput)] {
        commands.compactMap {
            if case .consolidate(let generation, let input) = $0 { (generation, input) } else { nil }
        }
    }
}

extension [Fact] {
    fileprivate var consolidations: [ConsolidationIntent] {
        compactMap { if case .consolidationIntended(let intent) = $0 { intent } else { nil } }
    }
    fileprivate var abandoned: [String] {
        compactMap { if case .consolidationAbandoned(_, let reason) = $0 { reason } else { nil } }
    }
    fileprivate var drained: [ClaimID] {
        compactMap { if case .claimDraining(let claim, _) = $0 { claim } else { nil } }
    }
}
