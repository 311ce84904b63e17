import Model
import Testing

@testable import Server

@Suite("The steps of an interruption")
struct InterruptionLogTests {
    private static let start = Timestamp(seconds: 1_795_237_200)
    private static let workload = WorkloadID(namespace: "vision", kind: "Job", name: "llm", uid: "u")
    private static let claim = ClaimID("j-1-0")
    private static let pod = PodID(namespace: "vision", name: "llm-0")

    private static var facts: [(Int64, Fact)] {
        let notice = Notice(id: "n", kind: .interruption, instance: InstanceID("i-0"), at: start + .seconds(10))
        let request = CheckpointRequest(
            workload: workload,
            attempt: 1,
            pod: pod,
            uid: "p",
            url: "http://10.0.0.1:8080/save",
            deadline: start + .seconds(90)
        )
        let receipt = CheckpointReceipt(step: 7, uri: "s3://models/<7>")
        let use = PodUse(uid: "p", pod: pod, workload: workload, claim: claim, accelerators: 1, shareMillionths: 1)
        var proof = CheckpointProof(workload: workload, attempt: 1, prefix: "s3://models/")
        proof.uri = "s3://models/7"
        return [
            (0, .podAssigned(use)),
            (
                0,
                .attemptStarted(
                    Attempt(workload: workload, number: 1, startedAt: start, claims: [claim], accelerators: 1)
                )
            ),
            (10, .noticeReceived(notice, claim)),
            (10, .interruptionStep(.cordoned(claim, node: "node-0"))),
            (10, .checkpointRequested(workload, attempt: 1, deadline: start + .seconds(130))),
            (10, .podCheckpointRequested(request)),
            (10, .interruptionStep(.replacementPlanned(claim))),
            (
                15,
                .checkpointAcknowledged(
                    CheckpointAcknowledgement(workload: workload, attempt: 1, pod: pod, uid: "p", receipt: receipt)
                )
            ),
            (15, .evictionIntended(pod, uid: "p", graceSeconds: 30, reason: "interruption")),
            (16, .checkpointVerified(proof)),
            (17, .podReleased(uid: "p", claim)),
            (
                17,
                .attemptEnded(
                    AttemptEnd(
                        workload: workload,
                        number: 1,
                        at: start + .seconds(17),
                        outcome: .interrupted,
                        lostWork: .none,
                        checkpointSeconds: 7
                    )
                )
            ),
            (19, .interruptionStep(.requeued(workload, pods: 1))),
            (
                130,
                .instanceObserved(
                    InstanceObservation(
                        claim: claim,
                        instance: InstanceID("i-0"),
                        state: .shuttingDown,
                        at: start + .seconds(130),
                        isEstimated: false
                    )
                )
            ),
        ]
    }

    private static func log(_ facts: [(Int64, Fact)]) -> InterruptionLog {
        var log = InterruptionLog()
        for (index, fact) in facts.enumerated() {
            let at = start + .seconds(fact.0)
            log.record(JournalEntry(sequence: Int64(index + 1), at: at, epoch: 1, fact: fact.1))
        }
        return log
    }

    @Test("each step between notice and requeue is told with its time, in order")
    func steps() throws {
        let log = Self.log(Self.facts)
        let record = try #require(log.records.first)
        #expect(log.records.count == 1)
        #expect(record.outcome == .saved)
        #expect(
            record.steps.map(\.kind) == [
                .notice, .cordon, .checkpointRequested, .podAsked, .replacementPlanned, .acknowledged, .evicted,
                .verified, .released, .stopped, .requeued, .reclaimed,
            ]
        )
        #expect(
            record.steps.map { ($0.at - Self.start).components.seconds } == [
                10, 10, 10, 10, 10, 15, 15, 16, 17, 17, 19, 130,
            ]
        )
        #expect(record.steps.first { $0.kind == .acknowledged }?.detail == "step 7, s3://models/<7>")
    }

    @Test("a reader of one namespace sees its steps and the node's, and none of another workload on the node")
    func namespaces() throws {
        let other = WorkloadID(namespace: "speech", kind: "Job", name: "secret", uid: "v")
        let attempt = Attempt(workload: other, number: 1, startedAt: Self.start, claims: [Self.claim], accelerators: 1)
        let failure = CheckpointFailure(
            workload: other,
            attempt: 1,
            pod: PodID(namespace: "speech", name: "secret-0"),
            uid: "q",
            reason: "secret"
        )
        var facts = Self.facts
        facts.insert((0, .attemptStarted(attempt)), at: 2)
        facts.insert((10, .checkpointRequested(other, attempt: 1, deadline: Self.start + .seconds(130))), at: 5)
        facts.insert((10, .checkpointFailed(failure)), at: 6)
        facts.insert((11, .interruptionStep(.requeued(other, pods: 1))), at: 7)
        let end = AttemptEnd(
            workload: other,
            number: 1,
            at: Self.start + .seconds(11),
            outcome: .interrupted,
            lostWork: .none,
            checkpointSeconds: 0
        )
        facts.insert((11, .attemptEnded(end)), at: 8)
        let record = try #require(Self.log(facts).records.first)
        let shown = try #require(record.shown(in: ["vision", "elsewhere"]))
        #expect(shown == Self.log(Self.facts).records.first)
        #expect(record.steps.count == shown.steps.count + 4)
        #expect(record.shown(in: ["vision", "speech"]) == record)
        #expect(record.shown(in: ["elsewhere"]) == nil)
    }

    @Test("old interruptions are forgotten, and later ones still find theirs")
    func bounded() {
        var log = InterruptionLog()
        for number in 0..<(InterruptionLog.limit + 10) {
            let claim = ClaimID("j-1-\(number)")
            let notice = Notice(id: "n", kind: .interruption, instance: InstanceID("i-\(number)"), at: Self.start)
            let step = Fact.interruptionStep(.cordoned(claim, node: "node-\(number)"))
            log.record(JournalEntry(sequence: 1, at: Self.start, epoch: 1, fact: .noticeReceived(notice, claim)))
            log.record(JournalEntry(sequence: 2, at: Self.start, epoch: 1, fact: step))
        }
        #expect(log.records.count == InterruptionLog.limit)
        #expect(log.count == InterruptionLog.limit + 10)
        #expect(log.records.allSatisfy { $0.steps.count == 2 })
    }
}
