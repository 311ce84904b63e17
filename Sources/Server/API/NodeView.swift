import Autoscaler
import Model

/// A claim of the API: a node that stands, boots or goes.
struct NodeView: Encodable {
    var claim: String
    var phase: String
    var node: String?
    var instance: String?
    var pool: String
    var shape: String
    var instanceType: String
    var zone: String
    var capacityType: String
    var accelerator: String?
    var accelerators: Int64
    var pricePerHour: String
    var workloads: [WorkloadName]
    var intendedAt: String
    var launchedAt: String?
    var initialisedAt: String?
    var drainingSince: String?
    var reclaimAt: String?

    init(_ claim: Claim) {
        self.claim = claim.id.value
        phase = claim.phase.rawValue
        node = claim.node
        instance = claim.instance?.value
        pool = claim.pool
        shape = claim.shape.name
        instanceType = claim.offering.instanceType
        zone = claim.offering.zone
        capacityType = claim.offering.capacityType.rawValue
        accelerator = claim.shape.accelerator
        accelerators = claim.shape.accelerators
        pricePerHour = claim.pricePerHour.description
        workloads = claim.workloads.map(WorkloadName.init)
        intendedAt = claim.intendedAt.description
        launchedAt = claim.launchedAt?.description
        initialisedAt = claim.initialisedAt?.description
        drainingSince = claim.drainingSince?.description
        reclaimAt = claim.reclaimAt?.description
    }
}

/// A workload by name.
struct WorkloadName: Encodable {
    var namespace: String
    var name: String
    var kind: String

    init(_ id: WorkloadID) {
        namespace = id.namespace
        name = id.name
        kind = id.kind
    }
}

/// An offering of the API, with its price and whether it is passed over.
struct OfferingView: Encodable {
    var instanceType: String
    var zone: String
    var capacityType: String
    var pool: String
    var shape: String
    var accelerator: String?
    var accelerators: Int64
    var pricePerHour: String
    var priceEffectiveAt: String
    var closedUntil: String?
    var closedReason: String?
    /// Quantities by resource name, as Kubernetes writes them.
    var allocatable: [String: String]
    var labels: [String: String]
    var taints: [TaintView]
    var interruptionsPerHour: Double?
    /// When the cloud last said so, whenever the price began to hold.
    var priceSeenAt: String?
    var priceAgeSeconds: Int64?
    var placementScore: Int?
    var reservation: ReservationView?

    /// The reservation whose capacity an offering is.
    struct ReservationView: Encodable {
        var id: String
        var kind: String
        var count: Int
        var available: Int
        var endsAt: String?
    }

    struct TaintView: Encodable {
        var key: String
        var value: String
        var effect: String
    }

    init(_ status: Status.OfferingStatus, at now: Timestamp) {
        instanceType = status.offering.instanceType
        zone = status.offering.zone
        capacityType = status.offering.capacityType.rawValue
        pool = status.pool
        shape = status.shape
        accelerator = status.accelerator
        accelerators = status.accelerators
        pricePerHour = status.pricePerHour.description
        priceEffectiveAt = status.priceEffectiveAt.description
        closedUntil = status.closedUntil?.description
        closedReason = status.closedReason
        allocatable = status.allocatable.amounts.mapValues(\.description)
        labels = status.labels
        taints = status.taints.map { TaintView(key: $0.key, value: $0.value, effect: $0.effect.rawValue) }
        interruptionsPerHour = status.interruptionsPerHour
        priceSeenAt = status.priceSeenAt?.description
        priceAgeSeconds = status.priceSeenAt.map { max(0, (now - $0).components.seconds) }
        placementScore = status.placementScore
        reservation = status.reservation.map {
            ReservationView(
                id: $0.id,
                kind: $0.kind.rawValue,
                count: $0.count,
                available: $0.available,
                endsAt: $0.endsAt?.description
            )
        }
    }
}
