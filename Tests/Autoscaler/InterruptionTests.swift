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
