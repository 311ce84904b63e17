import Model
import Testing

@testable import Autoscaler

@Suite("What is taken away, and what never is")
struct DrainTests {
    /// The gang has finished and its nodes are empty.
    private func finished() throws -> (Scene, [Instance]) {
        var scene = Scene()
        let since = try scene.runGang()
        var job = Scene.job("llm", parallelism: 2)
        job.completedAt = since + .seconds(3000)
        let instances = ["i-0", "i-1"].map { Scene.instance($0, state: .running, at: Scene.start) }
        let events: [Event] = zip(Scene.gangPods, ["node-0", "node-1"]).map { pod, node in
            var done = Scene.running(pod, on: node, since: since)
            done.phase = .succeeded
            done.finishedAt = since + .seconds(3000)
            return .podChanged(done)
        }
        scene.tell(events + [.jobChanged(job), .instancesListed(instances)], after: 3001)
        return (scene, instances)
    }

    @Test("a finished workload ends its attempt as completed and loses nothing")
    func completed() throws {
        let (scene, _) = try finished()
        #expect(scene.facts.ends.map(\.outcome) == [.completed])
        #expect(scene.facts.ends.map(\.lostWork) == [.none])
        #expect(scene.facts.contains(.workloadEnded(Scene.gangID, succeeded: true)))
    }

    @Test("an idle node is cordoned first and terminated only once it is seen cordoned and empty")
    func idle() throws {
        var (scene, instances) = try finished()
        #expect(scene.tell([.instancesListed(instances)], after: 59).updates.isEmpty)
        let drained = scene.tell(after: 1)
        #expect(drained.updates.map(\.node) == ["node-0", "node-1"])
        #expect(drained.terminations.isEmpty)
        var node = Scene.node("node-0", instance: "i-0", taints: [])
        node.isUnschedulable = true
        let ended = scene.tell([.nodeUpdated(drained.updates[0]), .nodeChanged(node)], after: 1)
        // A pod may have been bound before the cordon, and be told of after it.
        #expect(ended.terminations.isEmpty)
        #expect(scene.tell(after: 5).terminations == [InstanceID("i-0")])
    }

    @Test("a pod that was bound before the cordon and is told of after it keeps its node")
    func boundBeforeCordon() throws {
        var (scene, instances) = try finished()
        let drained = scene.tell([.instancesListed(instances)], after: 60)
        var node = Scene.node("node-0", instance: "i-0", taints: [])
        node.isUnschedulable = true
        scene.tell([.nodeUpdated(drained.updates[0]), .nodeChanged(node)], after: 1)
        scene.tell(
            [.podChanged(Scene.running(Scene.pod("late", job: "late"), on: "node-0", since: scene.now))],
            after: 2
        )
        #expect(scene.tell(after: 60).terminations.isEmpty)
    }

    @Test("an instance whose node is gone, or dead with stuck pods on it, is given up", arguments: [true, false])
    func lostNode(isGone: Bool) throws {
        var scene = Scene()
        let since = try scene.runGang()
        let instances = ["i-0", "i-1"].map { Scene.instance($0, state: .running, at: Scene.start) }
        var node = Scene.node("node-0", instance: "i-0", taints: [])
        node.isReady = false
        var stuck = Scene.running(Scene.gangPods[0], on: "node-0", since: since)
        stuck.deletedAt = scene.now
        scene.tell(isGone ? [.nodeRemoved(name: "node-0")] : [.nodeChanged(node), .podChanged(stuck)])
        #expect(scene.tell([.instancesListed(instances)], after: 899).terminations.isEmpty)
        #expect(scene.tell([.instancesListed(instances)], after: 1).terminations == [InstanceID("i-0")])
    }

    @Test("a node that is not ready keeps its instance as long as a pod means to stay on it")
    func unreadyNode() throws {
        var scene = Scene()
        _ = try scene.runGang()
        let instances = ["i-0", "i-1"].map { Scene.instance($0, state: .running, at: Scene.start) }
        var node = Scene.node("node-0", instance: "i-0", taints: [])
        node.isReady = false
        scene.tell([.nodeChanged(node)])
        #expect(scene.tell([.instancesListed(instances)], after: 2000).terminations.isEmpty)
    }

    @Test("nothing is drained while the cluster's watch is broken")
    func brokenWatch() throws {
        var (scene, instances) = try finished()
        scene.tell([.clusterUnreachable(reason: "cut")], after: 1)
        let later = scene.tell([.instancesListed(instances)], after: 600)
        #expect(later.updates.isEmpty)
        #expect(later.terminations.isEmpty)
    }

    @Test("nothing is drained on an old list of instances")
    func staleCloud() throws {
        var (scene, _) = try finished()
        let later = scene.tell([.cloudUnreachable(reason: "down")], after: 600)
        #expect(later.updates.isEmpty)
        #expect(later.terminations.isEmpty)
    }

    @Test("an instance with our tag that no claim owns goes after the sweep time; others are never touched")
    func stray() {
        var scene = Scene()
        let stray = Scene.instance("i-stray", state: .running, at: scene.now)
        var foreign = Scene.instance("i-foreign", state: .running, at: scene.now)
        foreign.tags = [Tag.cluster: "another"]
        #expect(scene.tell([.instancesListed([stray, foreign])]).terminations.isEmpty)
        #expect(scene.tell([.instancesListed([stray, foreign])], after: 29).terminations.isEmpty)
        #expect(scene.tell(after: 1).terminations == [InstanceID("i-stray")])
    }

    @Test("an instance of a launch whose answer was lost is not a stray")
    func openLaunch() throws {
        var scene = Scene()
        let request = try scene.launchGang()
        var instance = Scene.instance("i-0", state: .running, at: scene.now)
        instance.tags[Tag.claim] = request.id
        scene.tell([.instancesListed([instance])])
        #expect(scene.tell([.instancesListed([instance])], after: 60).terminations.isEmpty)
    }

    @Test("a launch that comes short of its gang is given back whole")
    func short() throws {
        var scene = Scene()
        let request = try scene.launchGang()
        let answer = scene.tell([.launchEnded(request.id, .launched([Scene.instance("i-0", at: scene.now)]))])
        #expect(answer.terminations == [InstanceID("i-0")])
    }

    @Test("the reason of an end is learned from the list, once")
    func reason() throws {
        var scene = Scene()
        _ = try scene.runGang()
        scene.tell([.instancesListed(["i-0", "i-1"].map { Scene.instance($0, state: .running, at: Scene.start) })])
        let at = scene.now + .seconds(50)
        let gone = Notice(id: "gone", kind: .stateChange(.shuttingDown), instance: InstanceID("i-0"), at: at)
        let asked = scene.tell([.noticeReceived(gone)], after: 51)
        #expect(asked.commands.contains { if case .listInstances = $0 { true } else { false } })
        var shown = Scene.instance("i-0", state: .terminated, at: Scene.start)
        shown.endedAt = at
        shown.stateReason = Instance.spotReclaimed
        let other = Scene.instance("i-1", state: .running, at: Scene.start)
        func reasons(_ decisions: Decisions) -> [String] {
            decisions.facts.compactMap { if case .instanceObserved(let seen) = $0 { seen.reason } else { nil } }
        }
        #expect(reasons(scene.tell([.instancesListed([shown, other])])) == [Instance.spotReclaimed])
        #expect(reasons(scene.tell([.instancesListed([shown, other])])).isEmpty)
    }

    @Test("replaying the journal gives the same state")
    func replay() throws {
        var (scene, _) = try finished()
        scene.tell(after: 120)
        let replayed = Autoscaler(configuration: Scene.configuration(), identity: "journal", entries: scene.entries)
        #expect(replayed.state == scene.core.state)
        var shorter = scene.entries
        shorter.removeLast()
        let different = Autoscaler(configuration: Scene.configuration(), identity: "journal", entries: shorter)
        #expect(different.state != scene.core.state)
    }

    @Test("workloads whose job was removed while nobody watched are ended by the next list")
    func vanished() throws {
        var scene = Scene()
        _ = try scene.runGang()
        let listed = scene.tell([.clusterListed(pods: [], nodes: [], jobs: [])], after: 10)
        #expect(listed.facts.contains(.workloadEnded(Scene.gangID, succeeded: false)))
    }
}
