import Model
import Testing

@testable import Autoscaler

@Suite("Nodes at risk")
struct RelocationTests {
    private static func rebalance(_ instance: String = "i-0", at: Timestamp) -> Event {
        .noticeReceived(Notice(id: "r-\(instance)", kind: .rebalance, instance: InstanceID(instance), at: at))
    }

    private static func maintenance(startsAt: Timestamp, at: Timestamp) -> Event {
        let kind = Notice.Kind.maintenance(Maintenance(id: "m", code: "system-reboot", notBefore: startsAt))
        return .noticeReceived(Notice(id: "m-1", kind: kind, instance: InstanceID("i-0"), at: at))
    }

    /// A gang that takes so long to save that the warning of two minutes would not do.
    private static func slowlySaving(_ scene: inout Scene) {
        scene.core.state.records[Scene.gangID]?.savingSeconds = 240
    }

    @Test("work that is saved within a notice stays: moving costs what an interruption would, for certain")
    func stays() throws {
        var scene = Scene()
        try scene.runHTTPGang()
        let decisions = scene.tell([Self.rebalance(at: scene.now)], after: 600)
        #expect(decisions.checkpointRequests.isEmpty)
        #expect(decisions.updates.isEmpty)
        let said = try #require(decisions.facts.explanations.first)
        #expect(said.hasPrefix("rebalance recommendation for node-0: its work stays, since moving costs 1.67 $"))
    }

    @Test("work that takes longer to save than a notice lasts moves, with the sums, before anybody takes the node")
    func moves() throws {
        var scene = Scene()
        let since = try scene.runHTTPGang()
        Self.slowlySaving(&scene)
        let decisions = scene.tell([.pricesObserved([]), Self.rebalance(at: scene.now)], after: 7200)
        #expect(decisions.checkpointRequests.count == 2)
        #expect(decisions.updates.map(\.node) == ["node-0"])
        #expect(decisions.evictions.isEmpty)
        let move = try #require(decisions.facts.steps.first { $0.hasPrefix("moving") })
        #expect(move.contains("moving costs 3.00 $, staying"))
        #expect(decisions.plans.first?.input.demands.first?.pods.map(\.id.name) == ["llm-0"])
        var told: [Eviction] = []
        for request in decisions.checkpointRequests {
            let answer = CheckpointAnswer.acknowledged(CheckpointReceipt())
            told += scene.tell([.checkpointAnswered(request, answer)], after: 100).evictions
        }
        #expect(told.map(\.pod.name).sorted() == ["llm-0", "llm-1"])
        #expect(told.allSatisfy { !$0.overridesBudget && $0.graceSeconds == 60 && $0.reason == "rebalance" })
        let ended = scene.now
        let events: [Event] = zip(Scene.httpPods, ["node-0", "node-1"]).map { pod, node in
            .podRemoved(Scene.stopped(pod, on: node, since: since, deletedAt: ended, finishedAt: ended))
        }
        scene.tell(events, after: 1)
        let end = try #require(scene.facts.ends.first)
        #expect(end.outcome == .drained)
        #expect(end.lostWork.seconds == 0)
    }

    @Test("a move that nothing forces is given up when a rank does not answer, and the node takes pods again")
    func abandoned() throws {
        var scene = Scene()
        try scene.runHTTPGang()
        Self.slowlySaving(&scene)
        let asked = scene.tell([Self.rebalance(at: scene.now)], after: 7200).checkpointRequests
        var node = Scene.node("node-0", instance: "i-0", taints: [.draining("rebalance")])
        node.isUnschedulable = true
        scene.tell([.nodeChanged(node)])
        for seconds in [1, 2, 3] {
            scene.tell([.checkpointAnswered(asked[0], .failed(reason: "it answers 500"))], after: Int64(seconds))
            scene.tell(after: Int64(seconds))
        }
        #expect(scene.facts.steps.contains("abandoned: vision/llm was asked to save and did not answer"))
        #expect(!scene.commands.contains { if case .evict = $0 { true } else { false } })
        let reopened = scene.commands.contains { command in
            if case .updateNode(let update) = command { update.unschedulable == false } else { false }
        }
        #expect(reopened)
        // It is not tried again, until the cloud takes the node: then everybody is asked anew.
        #expect(scene.tell(after: 600).checkpointRequests.isEmpty)
        let notice = Notice(id: "n", kind: .interruption, instance: InstanceID("i-0"), at: scene.now)
        #expect(scene.tell([.noticeReceived(notice)]).checkpointRequests.map(\.pod.name) == ["llm-0", "llm-1"])
    }

    @Test("a gang that cannot save is never moved in the middle of its run")
    func withoutContract() throws {
        var scene = Scene()
        try scene.runHTTPGang { $0.annotations["gleaner.dev/checkpoint"] = "none" }
        let decisions = scene.tell([Self.rebalance(at: scene.now)], after: 7200)
        #expect(decisions.evictions.isEmpty)
        #expect(
            decisions.facts.explanations == [
                "rebalance recommendation for node-0: its work stays, gang vision/llm cannot save its work"
            ]
        )
    }

    @Test("a move is done before a maintenance begins, and not long before it")
    func maintenance() throws {
        var scene = Scene()
        try scene.runHTTPGang { $0.annotations["gleaner.dev/checkpoint"] = "signal" }
        let start = scene.now + .seconds(3600)
        let said = scene.tell([Self.maintenance(startsAt: start, at: scene.now)])
        #expect(said.evictions.isEmpty)
        #expect(scene.tell(after: 2900).evictions.isEmpty)
        let told = scene.tell(after: 110).evictions
        #expect(told.map(\.pod.name).sorted() == ["llm-0", "llm-1"])
        #expect(told.allSatisfy { !$0.overridesBudget && $0.graceSeconds == 115 && $0.reason == "maintenance" })
    }

    @Test("work that is finished before a maintenance stays where it is")
    func finishedBefore() throws {
        var scene = Scene()
        try scene.runHTTPGang { $0.annotations["gleaner.dev/expected-runtime"] = "10m" }
        scene.tell([Self.maintenance(startsAt: scene.now + .seconds(1000), at: scene.now)], after: 1)
        let decisions = scene.tell(after: 420)
        #expect(decisions.checkpointRequests.isEmpty)
        #expect(
            decisions.facts.explanations.first?.contains(": its work stays, since moving costs") == true
        )
        #expect(scene.core.state.relocations.isEmpty)
    }

    @Test("a maintenance that is over moves nobody, and one that is announced after it does")
    func over() throws {
        var scene = Scene()
        try scene.runHTTPGang { $0.annotations["gleaner.dev/do-not-disrupt"] = "true" }
        scene.tell([Self.maintenance(startsAt: scene.now + .seconds(1000), at: scene.now)], after: 1)
        scene.tell(after: 5000)
        scene.forget()
        Self.slowlySaving(&scene)
        #expect(scene.tell(after: 3600).checkpointRequests.isEmpty)
        let kind = Notice.Kind.maintenance(
            Maintenance(id: "m2", code: "system-reboot", notBefore: scene.now + .seconds(700))
        )
        let second = Notice(id: "m-2", kind: kind, instance: InstanceID("i-0"), at: scene.now)
        scene.tell([.noticeReceived(second)], after: 1)
        #expect(scene.core.state.risks.values.first?.maintenanceAt == scene.now + .seconds(699))
        #expect(!scene.core.state.relocations.isEmpty)
    }

    @Test("a maintenance that is put off moves nobody before its new time")
    func putOff() throws {
        var scene = Scene()
        try scene.runHTTPGang { $0.annotations["gleaner.dev/checkpoint"] = "signal" }
        let first = scene.now + .seconds(3600)
        scene.tell([Self.maintenance(startsAt: first, at: scene.now)])
        let later = Maintenance(id: "m", code: "system-reboot", notBefore: first + .seconds(7200))
        let again = Notice(id: "n-later", kind: .maintenance(later), instance: InstanceID("i-0"), at: scene.now)
        scene.tell([.noticeReceived(again)], after: 60)
        #expect(scene.tell(after: 3500).evictions.isEmpty)
        #expect(scene.tell(after: 6000).evictions.isEmpty)
        #expect(scene.tell(after: 650).evictions.map(\.reason) == ["maintenance", "maintenance"])
    }

    @Test("pods of a gang on the node that goes are told to stop first: a budget may let no more than one go")
    func nodeFirst() throws {
        var scene = Scene()
        try scene.runHTTPGang()
        Self.slowlySaving(&scene)
        let rebalance = Self.rebalance("i-1", at: scene.now)
        let asked = scene.tell([rebalance], after: 7200).checkpointRequests
        let told = scene.tell(asked.map { .checkpointAnswered($0, .acknowledged(CheckpointReceipt())) }, after: 1)
        #expect(told.evictions.map(\.pod.name) == ["llm-1", "llm-0"])
        // The other has gone, and with it the attempt; this one is refused, and must go all the same.
        let pod = Scene.httpPods[1]
        let blocked = Event.evictionEnded(pod.id, uid: pod.uid, .blockedByBudget(message: "budget"))
        scene.tell([blocked, .podRemoved(Scene.httpPods[0])])
        scene.tell(after: 31)
        scene.tell([blocked])
        #expect(scene.core.state.records[Scene.gangID]?.running == nil)
        #expect(scene.tell(after: 2).evictions.map(\.pod.name) == ["llm-1"])
    }

    @Test("whoever saved for a move that a budget held up is asked again when the cloud takes the node")
    func staleAnswer() throws {
        var scene = Scene()
        try scene.runHTTPGang()
        Self.slowlySaving(&scene)
        let asked = scene.tell([Self.rebalance(at: scene.now)], after: 7200).checkpointRequests
        let saved = scene.now
        scene.tell(asked.map { .checkpointAnswered($0, .acknowledged(CheckpointReceipt())) }, after: 20)
        let blocked = asked.map { Event.evictionEnded($0.pod, uid: $0.uid, .blockedByBudget(message: "budget")) }
        scene.tell(blocked, after: 1)
        let notice = Notice(id: "n", kind: .interruption, instance: InstanceID("i-0"), at: scene.now + .seconds(100))
        let decisions = scene.tell([.noticeReceived(notice)], after: 100)
        #expect(decisions.checkpointRequests.map(\.pod.name) == ["llm-0", "llm-1"])
        #expect(decisions.evictions.isEmpty)
        // What is known to be durable stays known.
        #expect(scene.core.state.records[Scene.gangID]?.durableUntil == saved)
        #expect(scene.core.state.records[Scene.gangID]?.savedUntil == nil)
    }

    @Test("while a budget holds up a move, whoever has saved saves again before it stops, and not all the time")
    func savedAgain() throws {
        var scene = Scene()
        try scene.runHTTPGang()
        Self.slowlySaving(&scene)
        let asked = scene.tell([Self.rebalance(at: scene.now)], after: 7200).checkpointRequests
        func answers(_ requests: [CheckpointRequest]) -> [Event] {
            requests.map { .checkpointAnswered($0, .acknowledged(CheckpointReceipt())) }
        }
        // Saving takes 20 s: once in 200 s at the most.
        #expect(scene.tell(answers(asked), after: 20).evictions.count == 2)
        let blocked = asked.map { Event.evictionEnded($0.pod, uid: $0.uid, .blockedByBudget(message: "budget")) }
        scene.tell(blocked, after: 1)
        let retried = scene.tell(after: 198)
        #expect(retried.evictions.count == 2)
        #expect(retried.checkpointRequests.isEmpty)
        scene.tell(blocked)
        let again = scene.tell(after: 2)
        #expect(again.checkpointRequests.count == 2)
        #expect(again.evictions.isEmpty)
        #expect(scene.tell(answers(again.checkpointRequests), after: 20).evictions.count == 2)
        #expect(scene.core.state.relocations.count == 1)
    }

    @Test("an interruption takes over from a move that has begun, and asks nobody twice")
    func overtaken() throws {
        var scene = Scene()
        try scene.runHTTPGang()
        Self.slowlySaving(&scene)
        #expect(scene.tell([Self.rebalance(at: scene.now)], after: 7200).checkpointRequests.count == 2)
        let notice = Notice(id: "n", kind: .interruption, instance: InstanceID("i-0"), at: scene.now + .seconds(5))
        let decisions = scene.tell([.noticeReceived(notice)], after: 5)
        #expect(decisions.checkpointRequests.isEmpty)
        #expect(scene.core.state.relocations.isEmpty)
        #expect(scene.tell(after: 82).evictions.map(\.pod.name).sorted() == ["llm-0", "llm-1"])
    }
}
