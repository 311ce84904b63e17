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
}
