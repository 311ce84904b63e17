import Autoscaler
import Billing
import Model

/// A workload of the API: how it stands, and what it cost.
struct WorkloadView: Encodable {
    var namespace: String
    var name: String
    var kind: String
    var team: String
    var state: String
    var completed: Bool
    var priority: Int
    var accelerators: Int64
    var attempts: Int
    var interruptions: Int
    var lostWorkSeconds: Int64
    var cost: String
    var onDemandEquivalentCost: String
    var savings: String
    var claims: [String]
    var createdAt: String?
    var deadline: String?
    var lastCheckpointAt: String?
    /// Why it waits.
    var reason: String?
    /// Annotations that policy overruled.
    var overruled: [String]
    var checkpointAdvice: CheckpointAdviceView?

    /// - Parameters:
    ///   - id: Which it is.
    ///   - cost: Nil for one that is not in the books yet.
    ///   - status: Nil for one that was finished long ago.
    init(_ id: WorkloadID, cost: WorkloadCost?, status: Status.WorkloadStatus?) {
        namespace = id.namespace
        name = id.name
        kind = id.kind
        team = status?.workload.team ?? cost?.team ?? ""
        state = status?.phase.rawValue ?? cost?.state.rawValue ?? ""
        completed = state == Status.WorkloadStatus.Phase.succeeded.rawValue
        priority = status?.workload.priority ?? 0
        accelerators = status?.workload.accelerators ?? 0
        attempts = status?.attempts ?? cost?.attempts ?? 0
        interruptions = status?.interruptions ?? cost?.interruptions ?? 0
        lostWorkSeconds = cost?.lostWorkSeconds ?? 0
        self.cost = (cost?.cost ?? .zero).formatted()
        onDemandEquivalentCost = (cost?.onDemandEquivalentCost ?? .zero).formatted()
        savings = (cost?.savings ?? .zero).formatted()
        claims = (status?.claims ?? []).map(\.value)
        createdAt = status?.workload.createdAt.description
        deadline = status?.workload.deadline?.description
        lastCheckpointAt = status?.lastCheckpointAt?.description
        reason = status?.reason
        overruled = status?.workload.overruled ?? []
        checkpointAdvice = status?.checkpointAdvice.map(CheckpointAdviceView.init)
    }

    /// Every workload that the books or the core know, sorted by its id.
    static func all(costs: [WorkloadCost], statuses: [Status.WorkloadStatus]) -> [WorkloadView] {
        let costs = Dictionary(costs.map { ($0.id, $0) }) { first, _ in first }
        let statuses = Dictionary(statuses.map { ($0.workload.id, $0) }) { first, _ in first }
        return Set(costs.keys).union(statuses.keys).sorted()
            .map { WorkloadView($0, cost: costs[$0], status: statuses[$0]) }
    }
}
