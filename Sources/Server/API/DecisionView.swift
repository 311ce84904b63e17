import Model

/// A decision of the API.
struct DecisionView: Encodable {
    /// One way to serve the workloads.
    struct Option: Encodable {
        var pool: String
        var shape: String
        var instanceType: String
        var zone: String
        var capacityType: String
        var nodes: Int
        var pricePerHour: String
        var expectedCost: String
        var reason: String

        init(_ option: Explanation.Option) {
            pool = option.pool
            shape = option.shape
            instanceType = option.offering.instanceType
            zone = option.offering.zone
            capacityType = option.offering.capacityType.rawValue
            nodes = option.nodes
            pricePerHour = option.pricePerHour.description
            expectedCost = option.expectedCost.formatted()
            reason = option.reason
        }
    }

    var sequence: Int64
    var at: String
    var kind: String
    var text: String
    var workloads: [WorkloadName]
    var chosen: Option?
    var rejected: [Option]

    init(_ record: DecisionRecord) {
        sequence = record.sequence
        at = record.at.description
        kind = record.kind.rawValue
        text = record.text
        workloads = record.workloads.map(WorkloadName.init)
        chosen = record.explanation?.chosen.map(Option.init)
        rejected = record.explanation?.rejected.map(Option.init) ?? []
    }
}
