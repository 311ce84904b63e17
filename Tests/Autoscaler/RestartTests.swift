import Model
import Testing

@testable import Autoscaler

@Suite("After a restart")
struct RestartTests {
    @Test("a configuration that pauses holds, though someone resumed in an earlier run")
    func configuredPause() {
        var before = Scene(Scene.configuration { $0.isPaused = true })
        before.tell([.pauseRequested(false, by: "alice")])
        let paused = Scene.configuration { $0.isPaused = true }
        var after = Autoscaler(configuration: paused, identity: "journal", entries: before.entries)
        let decisions = after.step([.leadership(epoch: 2)], at: before.now)
        #expect(decisions.facts == [.pauseChanged(true, by: "configuration")])
        #expect(after.step([.pauseRequested(false, by: "bob")], at: before.now).facts.count == 1)
        #expect(after.step([.wake], at: before.now).facts.isEmpty)
    }

    @Test("an attempt whose end was seen, but not written down, still ends")
    func unwrittenEnd() throws {
        var scene = Scene()
        let since = try scene.runGang()
        let warned = scene.now + .seconds(600)
        let notice = Notice(id: "n", kind: .interruption, instance: InstanceID("i-0"), at: warned)
        scene.tell([.noticeReceived(notice)], after: 600)
        let ended = warned + .seconds(50)
        let events: [Event] = zip(Scene.gangPods, ["node-0", "node-1"]).map { pod, node in
            .podRemoved(Scene.stopped(pod, on: node, since: since, deletedAt: warned, finishedAt: ended))
        }
        // No word of a checkpoint yet: the end waits for it, and here the process dies.
        scene.tell(events, after: 50)
        #expect(scene.facts.ends.isEmpty)
        var next = Autoscaler(configuration: Scene.configuration(), identity: "journal", entries: scene.entries)
        let listed: Event = .clusterListed(pods: [], nodes: [], jobs: [Scene.job("llm", parallelism: 2)])
        _ = next.step([.leadership(epoch: 2), listed], at: scene.now)
        let later = next.step([.wake], at: scene.now + .seconds(31))
        #expect(later.facts.ends.map(\.outcome) == [.interrupted])
        #expect(later.facts.ends.map(\.lostWork.seconds) == [600])
    }
}
