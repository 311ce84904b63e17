import Model

/// An interruption of the API.
struct InterruptionView: Encodable {
    /// What one workload kept and lost.
    struct Effect: Encodable {
        var namespace: String
        var name: String
        var kind: String
        /// `pending`, `saved` or `lost`.
        var outcome: String
        var lostWorkSeconds: Int64
        var checkpointSeconds: Int64
        var endedAt: String?

        init(_ effect: InterruptionRecord.Effect) {
            namespace = effect.workload.namespace
            name = effect.workload.name
            kind = effect.workload.kind
            outcome = effect.outcome.rawValue
            lostWorkSeconds = effect.end?.lostWork.acceleratorSeconds ?? 0
            checkpointSeconds = effect.end?.checkpointSeconds ?? 0
            endedAt = effect.end?.at.description
        }
    }

    /// What was done about it.
    struct Step: Encodable {
        var at: String
        var step: String
        var subject: String
        var detail: String?
    }

    var at: String
    var claim: String
    var instance: String
    var instanceType: String?
    var zone: String?
    var capacityType: String?
    var announced: Bool
    var reclaimedAt: String?
    var outcome: String
    var lostWorkSeconds: Int64
    var workloads: [Effect]
    var steps: [Step]

    init(_ record: InterruptionRecord) {
        at = record.at.description
        claim = record.claim.value
        instance = record.instance.value
        instanceType = record.offering?.instanceType
        zone = record.offering?.zone
        capacityType = record.offering?.capacityType.rawValue
        announced = record.wasAnnounced
        reclaimedAt = record.reclaimedAt?.description
        outcome = record.outcome.rawValue
        lostWorkSeconds = record.lostWorkSeconds
        workloads = record.effects.map(Effect.init)
        steps = record.steps.map {
            Step(at: $0.at.description, step: $0.kind.rawValue, subject: $0.subject, detail: $0.detail)
        }
    }
}

extension InterruptionRecord.Effect {
    var outcome: InterruptionRecord.Outcome {
        guard let end else { return .pending }
        return end.lostWork.acceleratorSeconds > 0 ? .lost : .saved
    }
}
