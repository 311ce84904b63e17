import Model

/// Room that is booked for pods that do not exist yet: its request answers for it as for a pod that runs there.
extension Ledger {
    /// What is kept for one request.
    struct Booking: Sendable {
        var places: [String: BookedPlace] = [:]
    }

    mutating func record(_ step: ProvisioningStep, of workload: WorkloadID, at: Int64) {
        switch step {
        case .booked(let places):
            for place in places { bookings[workload, default: Booking()].places[place.name] = place }
        case .condition(let condition) where condition.isTrue:
            switch condition.kind {
            case .accepted: break
            case .provisioned: hold(bookings[workload], for: workload, at: at)
            case .failed, .bookingExpired, .capacityRevoked: giveBack(nil, of: workload, at: at)
            }
        case .condition: break
        case .taken(let place, _): giveBack([place], of: workload, at: at)
        case .released(let places, _): giveBack(places, of: workload, at: at)
        case .removed: giveBack(nil, of: workload, at: at)
        }
    }

    /// From the moment at which the room stands as a whole; before it, its nodes boot.
    private mutating func hold(_ booking: Booking?, for workload: WorkloadID, at: Int64) {
        for place in (booking?.places.values.sorted { $0.name < $1.name }) ?? [] {
            guard let claim = place.claim else { continue }
            let use = PodUse(
                uid: Self.uid(of: place.name, for: workload),
                pod: PodID(namespace: workload.namespace, name: place.name),
                workload: workload,
                claim: claim,
                accelerators: place.requests.accelerators,
                shareMillionths: place.shareMillionths
            )
            assign(use, at: at)
        }
    }

    /// Ends what is held for some places; nil for all.
    private mutating func giveBack(_ names: [String]?, of workload: WorkloadID, at: Int64) {
        guard let booking = bookings[workload] else { return }
        for name in names ?? booking.places.keys.sorted() {
            guard let place = bookings[workload]?.places.removeValue(forKey: name), let claim = place.claim else {
                continue
            }
            release(uid: Self.uid(of: name, for: workload), of: claim, at: at)
        }
        if bookings[workload]?.places.isEmpty ?? true { bookings[workload] = nil }
    }

    private static func uid(of place: String, for workload: WorkloadID) -> String { "\(workload.uid)/\(place)" }
}
