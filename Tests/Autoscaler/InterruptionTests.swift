import Model
import Testing

@testable import Autoscaler

@Suite("From a notice to the requeue")
struct InterruptionTests {
    static func notice(_ id: String = "n-1", instance: String = "i-0", at: Timestamp) -> Event {
        .noticeReceived(Notice(id: id, kind: .interruption, instance: InstanceID(instance), at: at))
    }

    @Test("a notice cordons the node, asks every rank to save within the time left, and plans a replacement at once")
    func notice() throws {
        var scene = Scene()
        _ = try scene.runGang()
        #expect(scene.facts.starts.count == 1)
        scene.forget()
        let decisions = scene.tell([Self.notice(at: scene.now)], after: 0)
        #expect(decisions.updates.map(\.node) == ["node-0"])
        #expect(decisions.updates.first?.unschedulable == true)
        #expect(decisions.evictions.map(\.pod.name).sorted() == ["llm-0", "llm-1"])
        #expect(decisions.evictions.allSatisfy { $0.graceSeconds == 115 && !$0.overridesBudget })
        #expect(decisions.facts.contains { if case .checkpointRequested = $0 { true } else { false } })
        let input = try #require(decisions.plans.first?.input)
        #expect(input.demands.first?.pods.count == 2)
        #expect(input.hosts.map(\.name) == ["node-1"])
        #expect(input.hosts.first?.free.accelerators == 8)
    }

    @Test("a repeated notice, and a second one of the same reclaim, act once")
    func duplicate() throws {
        var scene = Scene()
        _ = try scene.runGang()
        let at = scene.now
        scene.tell([Self.notice(at: at)])
        let again = scene.tell([Self.notice(at: at), Self.notice("n-2", at: at)], after: 1)
        #expect(again.evictions.isEmpty)
        #expect(!again.facts.contains { if case .noticeReceived = $0 { true } else { false } })
    }

    @Test("a notice about an instance that is not ours does nothing")
    func foreign() throws {
        var scene = Scene()
        _ = try scene.runGang()
        #expect(scene.tell([Self.notice(instance: "i-stranger", at: scene.now)]).facts.isEmpty)
    }

    @Test("of a gang that is only starting no rank is evicted, and a replacement is planned all the same")
    func starting() throws {
        var scene = Scene()
        let since = try scene.runGang()
        let pods = zip(Scene.gangPods, ["node-0", "node-1"]).map { pod, node in
            var pod = Scene.running(pod, on: node, since: since)
            pod.phase = .pending
            pod.isReady = false
            pod.readyAt = nil
            return pod
        }
        scene.tell(pods.map { .podChanged($0) })
        let decisions = scene.tell([Self.notice(at: scene.now)], after: 60)
        #expect(decisions.updates.map(\.node) == ["node-0"])
        #expect(decisions.evictions.isEmpty)
        #expect(decisions.plans.first?.input.demands.first?.pods.map(\.id.name) == ["llm-0"])
    }

    @Test("the successor of a rank that saved elsewhere is left alone while the notice runs")
    func successor() throws {
        var scene = Scene()
        let since = try scene.runGang()
        let at = scene.now
        scene.tell([Self.notice(at: at)])
        let stopped = Scene.stopped(
            Scene.gangPods[1],
            on: "node-1",
            since: since,
            deletedAt: at,
            finishedAt: at + .seconds(20)
        )
        var successor = Scene.running(Scene.gangPods[1], on: "node-1", since: at + .seconds(40))
        successor.uid = "successor"
        successor.createdAt = at + .seconds(20)
        scene.tell([.podRemoved(stopped)], after: 20)
        let decisions = scene.tell([.podChanged(successor)], after: 20)
        #expect(!decisions.evictions.contains { $0.uid == "successor" })
    }

    @Test("a disruption budget is honoured until the last safe moment, then overridden on that node alone")
    func budget() throws {
        var scene = Scene()
        _ = try scene.runGang()
        let at = scene.now
        scene.tell([Self.notice(at: at)])
        func blocked() -> [Event] {
            Scene.gangPods.map {
                .evictionEnded($0.id, uid: $0.uid, .blockedByBudget(message: "0 disruptions allowed"))
            }
        }
        scene.tell(blocked(), after: 1)
        let retried = scene.tell(after: 2).evictions
        #expect(retried.map(\.pod.name).sorted() == ["llm-0", "llm-1"])
        #expect(retried.allSatisfy { !$0.overridesBudget && $0.graceSeconds == 112 })
        scene.tell(blocked())
        // Reclaim at 120 s, grace 60 s, margin 5 s: the last safe moment is at 55 s.
        let overridden = scene.tell(after: 52).evictions
        #expect(overridden.filter(\.overridesBudget).map(\.pod.name) == ["llm-0"])
    }

    @Test("work that was saved on the way out is not lost")
    func saved() throws {
        var scene = Scene()
        let since = try scene.runGang()
        scene.tell(after: 3600)
        let at = scene.now
        scene.tell([Self.notice(at: at)])
        let ended = at + .seconds(40)
        var job = Scene.job("llm", parallelism: 2)
        job.annotations[Annotation.lastCheckpoint.key] = ended.description
        let events: [Event] = zip(Scene.gangPods, ["node-0", "node-1"]).map { pod, node in
            .podRemoved(Scene.stopped(pod, on: node, since: since, deletedAt: at, finishedAt: ended))
        }
        let end = try #require(scene.tell(events + [.jobChanged(job)], after: 41).facts.ends.first)
        #expect(end.outcome == .interrupted)
        #expect(end.lostWork.seconds == 0)
        #expect(end.checkpointSeconds == 40)
        #expect(end.at == ended)
    }

    @Test("word of a checkpoint that comes after the pod's end still counts")
    func lateWord() throws {
        var scene = Scene()
        let since = try scene.runGang()
        let at = scene.now + .seconds(1000)
        scene.tell([Self.notice(at: at)], after: 1000)
        let ended = at + .seconds(30)
        let stopped = Scene.stopped(Scene.gangPods[0], on: "node-0", since: since, deletedAt: at, finishedAt: ended)
        #expect(scene.tell([.podRemoved(stopped)], after: 31).facts.ends.isEmpty)
        var job = Scene.job("llm", parallelism: 2)
        job.annotations[Annotation.lastCheckpoint.key] = ended.description
        #expect(scene.tell([.jobChanged(job)], after: 1).facts.ends.map(\.lostWork.seconds) == [0])
    }

    @Test("what was computed after the last durable checkpoint is lost, for every accelerator of the gang")
    func lost() throws {
        var scene = Scene()
        let since = try scene.runGang()
        var job = Scene.job("llm", parallelism: 2)
        job.annotations[Annotation.lastCheckpoint.key] = (since + .seconds(600)).description
        scene.tell([.jobChanged(job)], after: 700)
        let reclaimed = since + .seconds(1000)
        let gone = Notice(id: "gone", kind: .stateChange(.shuttingDown), instance: InstanceID("i-0"), at: reclaimed)
        var killed = Scene.running(Scene.gangPods[0], on: "node-0", since: since)
        killed.phase = .failed
        killed.finishedAt = reclaimed
        scene.tell([.noticeReceived(gone), .podRemoved(killed)], after: 301)
        let end = try #require(scene.tell(after: 31).facts.ends.first)
        #expect(end.lostWork == LostWork(seconds: 400, accelerators: 16))
        #expect(end.outcome == .interrupted)
    }

    @Test("the next attempt starts when the whole gang is ready again")
    func resumed() throws {
        var scene = Scene()
        try scene.interruptAndRequeue()
        let since = scene.now
        scene.tell([
            .podChanged(
                Scene.running(
                    Scene.pod("llm-2", job: "llm", annotations: Scene.gangAnnotations),
                    on: "node-1",
                    since: since
                )
            )
        ])
        #expect(scene.facts.starts.isEmpty)
        let second = Scene.running(
            Scene.pod("llm-3", job: "llm", annotations: Scene.gangAnnotations),
            on: "node-1",
            since: since + .seconds(9)
        )
        scene.tell([.podChanged(second)], after: 10)
        let start = try #require(scene.facts.starts.first)
        #expect(start.number == 2)
        #expect(start.startedAt == since + .seconds(9))
    }

    @Test("successors that wait for the gang to be whole are not evicted again")
    func successorsStay() throws {
        var scene = Scene()
        let since = try scene.runGang()
        let at = scene.now + .seconds(600)
        scene.tell([Self.notice(at: at)], after: 600)
        // The healthy node's rank has saved; its successor is bound there while the other rank still saves.
        let ended = at + .seconds(20)
        let saved = Scene.stopped(Scene.gangPods[1], on: "node-1", since: since, deletedAt: at, finishedAt: ended)
        var saving = Scene.running(Scene.gangPods[0], on: "node-0", since: since)
        saving.deletedAt = at
        var successor = Scene.running(
            Scene.pod("llm-2", job: "llm", annotations: Scene.gangAnnotations),
            on: "node-1",
            since: ended
        )
        successor.createdAt = ended
        scene.tell([.podRemoved(saved), .podChanged(saving)], after: 21)
        #expect(scene.tell([.podChanged(successor)], after: 2).evictions.isEmpty)
        #expect(scene.tell(after: 30).evictions.isEmpty)
    }

    @Test("a gang that moves to another zone gives back what it held in the first")
    func oneZone() throws {
        var scene = Scene()
        try scene.interruptAndRequeue()
        let elsewhere = Offering(instanceType: "p4d.24xlarge", zone: "us-east-1b", capacityType: .spot)
        let waiting = ["llm-2", "llm-3"].map { Scene.pod($0, job: "llm", annotations: Scene.gangAnnotations) }
        scene.tell([.planned(generation: scene.core.progress.generation, Plan())])
        scene.tell(waiting.map { .podChanged($0) })
        scene.tell(after: 2)
        let plan = try #require(scene.lastPlan)
        var purchase = Scene.purchase(Scene.gangID, nodes: 2)
        purchase.purchases[0].offering = elsewhere
        let request = try #require(scene.tell([.planned(generation: plan.generation, purchase)]).launches.first)
        let instances = ["i-2", "i-3"].map { Scene.instance($0, elsewhere, at: scene.now) }
        let decisions = scene.tell([.launchEnded(request.id, .launched(instances))])
        let drained = decisions.facts.compactMap { fact -> String? in
            if case .claimDraining(let claim, _) = fact { claim.value } else { nil }
        }
        // The other of the first two is on its way out already.
        #expect(drained == ["journal-1-1"])
        #expect(decisions.updates.map(\.node) == ["node-1"])
    }

    @Test("a spot node is left to the cloud within its first hour, and given back once empty after it")
    func freeHour() throws {
        for (age, expected) in [(Int64(1800), 0), (7200, 1)] {
            var scene = Scene()
            _ = try scene.runGang()
            scene.tell(after: age)
            scene.tell([Self.notice(at: scene.now)])
            var node = Scene.node("node-0", instance: "i-0", taints: [])
            node.isUnschedulable = true
            let instances = ["i-0", "i-1"].map { Scene.instance($0, state: .running, at: Scene.start) }
            let removed: [Event] = Scene.gangPods.map { .podRemoved($0) }
            scene.tell([.nodeChanged(node), .instancesListed(instances)] + removed, after: 30)
            let decisions = scene.tell(after: 5)
            #expect(decisions.terminations.count == expected, "after \(age) s")
        }
    }
}

extension Scene {
    /// The running gang is interrupted, saves, and its pods are gone.
    mutating func interruptAndRequeue() throws {
        let since = try runGang()
        tell(after: 600)
        let at = now
        tell([InterruptionTests.notice(at: at)])
        let ended = at + .seconds(20)
        var job = Scene.job("llm", parallelism: 2)
        job.annotations[Annotation.lastCheckpoint.key] = ended.description
        let events: [Event] = zip(Scene.gangPods, ["node-0", "node-1"]).map { pod, node in
            .podRemoved(Scene.stopped(pod, on: node, since: since, deletedAt: at, finishedAt: ended))
        }
        tell(events + [.jobChanged(job)], after: 21)
        forget()
    }
}
