import Model
import Testing

@testable import Autoscaler

/// A queue delivers at least once and in about the order of events: whatever it does, the same is known in the end.
@Suite("Duplicate and reordered messages of the queue")
struct QueueOrderTests {
    /// The messages of one reclaim, by letter: `b` rebalance, `w` warning, `s` shutting down, `t` terminated. A space
    /// is a step of the loop.
    struct Row: CustomTestStringConvertible, Sendable {
        var deliveries: String
        /// Whether the warning came in time to act on.
        var isWarned = true

        var testDescription: String { deliveries }
    }

    static let rows = [
        Row(deliveries: "b w s t"),
        Row(deliveries: "bwst"),
        Row(deliveries: "b b w w s s t t"),
        Row(deliveries: "bb ww ss tt"),
        Row(deliveries: "w b s t"),
        Row(deliveries: "wb st"),
        Row(deliveries: "w w w b w s t w"),
        Row(deliveries: "b w t s"),
        Row(deliveries: "b w t s t s b w"),
        Row(deliveries: "b w ts"),
        Row(deliveries: "w t b s"),
        Row(deliveries: "b s w t", isWarned: false),
        Row(deliveries: "t s w b", isWarned: false),
        Row(deliveries: "tswb", isWarned: false),
        Row(deliveries: "s s w w t t b b", isWarned: false),
        Row(deliveries: "b t w s w", isWarned: false),
    ]

    @Test("the warning acts once, the end has its own time once, and the node is gone", arguments: rows)
    func order(_ row: Row) throws {
        var scene = Scene()
        _ = try scene.runGang()
        let warnedAt = scene.now + .seconds(5)
        let endedAt = warnedAt + .seconds(120)
        scene.tell(after: 130)
        scene.forget()
        func event(_ letter: Character) -> Event {
            let (kind, at): (Notice.Kind, Timestamp) =
                switch letter {
                case "b": (.rebalance, warnedAt - .seconds(3))
                case "w": (.interruption, warnedAt)
                case "s": (.stateChange(.shuttingDown), endedAt)
                default: (.stateChange(.terminated), endedAt + .seconds(40))
                }
            return .noticeReceived(Notice(id: "m-\(letter)", kind: kind, instance: InstanceID("i-0"), at: at))
        }
        for delivery in row.deliveries.split(separator: " ") {
            let held = scene.tell(delivery.map(event), after: 1).heldNotices
            #expect(held.isEmpty, "every message is deleted")
        }
        // All of it once more, long after.
        scene.tell(row.deliveries.filter { $0 != " " }.map(event), after: 600)
        let warnings = scene.facts.filter {
            if case .noticeReceived(let notice, _) = $0 { notice.kind == .interruption } else { false }
        }
        #expect(warnings.count == (row.isWarned ? 1 : 0))
        let claim = try #require(scene.core.state.claimOfInstance[InstanceID("i-0")])
        #expect(scene.core.state.claims[claim] == nil)
        #expect(scene.facts.observations.filter { $0.instance.value == "i-0" }.last?.at == endedAt)
        #expect(scene.facts.observations.count { $0.at == endedAt } == 1)
        #expect(scene.core.state.claims.count == 1, "its neighbour stands")
    }
}
