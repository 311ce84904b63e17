import Model
import Testing

@testable import Autoscaler

/// What the cloud says comes late, twice, out of order, or not at all.
@Suite("The cloud's word about instances")
struct CloudWordTests {
    static func state(_ state: Instance.State, of instance: String, at: Timestamp, id: String = "") -> Event {
        .noticeReceived(
            Notice(
                id: "\(state.rawValue)-\(instance)\(id)",
                kind: .stateChange(state),
                instance: InstanceID(instance),
                at: at
            )
        )
    }

    @Test(
        "a notice that overtakes the launch's answer is kept, stays in the queue, and counts once the answer is there"
    )
    func earlyNotice() throws {
        var scene = Scene()
        let request = try scene.launchGang()
        let ran = scene.now + .seconds(1)
        let early = scene.tell([Self.state(.running, of: "i-0", at: ran)], after: 1)
        #expect(early.heldNotices == ["running-i-0"])
        #expect(early.facts.isEmpty)
        let instances = ["i-0", "i-1"].map { Scene.instance($0, at: scene.now) }
        let answer = scene.tell([.launchEnded(request.id, .launched(instances))], after: 1)
        #expect(answer.facts.observations.map(\.at) == [ran])
        let again = scene.tell([Self.state(.running, of: "i-0", at: ran)], after: 30)
        #expect(again.facts.isEmpty && again.heldNotices.isEmpty)
    }

    @Test("a notice of a foreign instance is not kept while nothing is being launched")
    func foreignNotice() {
        var scene = Scene()
        #expect(scene.tell([Self.state(.running, of: "i-foreign", at: scene.now)]).heldNotices.isEmpty)
    }

    @Test("the exact time of an end counts though a list or a later state told of it first")
    func lateEnd() throws {
        var scene = Scene()
        _ = try scene.runGang()
        let ended = scene.now + .seconds(10)
        scene.tell(after: 20)
        scene.tell([Self.state(.terminated, of: "i-0", at: scene.now)])
        scene.forget()
        let late = scene.tell([Self.state(.shuttingDown, of: "i-0", at: ended)], after: 5)
        #expect(late.facts.observations.map(\.at) == [ended])
        #expect(scene.tell([Self.state(.shuttingDown, of: "i-0", at: ended)], after: 5).facts.isEmpty)
        #expect(scene.tell([Self.state(.terminated, of: "i-0", at: ended)], after: 5).facts.isEmpty)
    }

    @Test("an instance that runs on after its end was told is swept like any stray")
    func toldTooSoon() throws {
        var scene = Scene()
        _ = try scene.runGang()
        scene.tell([Self.state(.terminated, of: "i-0", at: scene.now)])
        let shown = ["i-0", "i-1"].map { Scene.instance($0, state: .running, at: scene.now) }
        #expect(scene.tell([.instancesListed(shown)], after: 60).terminations.isEmpty)
        #expect(scene.tell([.instancesListed(shown)], after: 31).terminations == [InstanceID("i-0")])
        #expect(scene.tell([.terminationAccepted([InstanceID("i-0")]), .instancesListed(shown)]).terminations.isEmpty)
        #expect(scene.tell([.instancesListed(shown)], after: 120).terminations == [InstanceID("i-0")])
    }

    @Test("what is remembered of instances and notices is forgotten a day after their end")
    func forgets() throws {
        var scene = Scene()
        _ = try scene.runGang()
        let notice = Notice(id: "rebalance", kind: .rebalance, instance: InstanceID("i-0"), at: scene.now)
        scene.tell([.noticeReceived(notice)])
        #expect(scene.core.state.seenNotices.count == 1)
        let gone = Instance.spotReclaimed
        for (id, wait) in [("i-0", Int64(10)), ("i-1", 90_000)] {
            scene.tell([Self.state(.shuttingDown, of: id, at: scene.now + .seconds(wait))], after: wait)
            var shown = Scene.instance(id, state: .terminated, at: scene.now)
            shown.stateReason = gone
            scene.tell([.instancesListed([shown])])
        }
        #expect(scene.core.state.seenNotices.isEmpty)
        #expect(scene.core.state.claimOfInstance.keys.map(\.value) == ["i-1"])
        #expect(scene.core.state.lives.count == 1)
    }

    @Test("replaying the journal gives the same state, whatever came late or twice")
    func replay() throws {
        var scene = Scene()
        _ = try scene.runGang()
        let ended = scene.now + .seconds(3)
        scene.tell([Self.state(.terminated, of: "i-0", at: scene.now + .seconds(9))], after: 9)
        scene.tell([Self.state(.shuttingDown, of: "i-0", at: ended)], after: 1)
        let replayed = Autoscaler(configuration: Scene.configuration(), identity: "journal", entries: scene.entries)
        #expect(replayed.state == scene.core.state)
    }
}

extension [Fact] {
    var observations: [InstanceObservation] {
        compactMap { if case .instanceObserved(let observation) = $0 { observation } else { nil } }
    }
}
