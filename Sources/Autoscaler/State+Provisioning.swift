import Model

extension State {
    /// A ProvisioningRequest from the moment at which it was accepted until it is deleted.
    struct Provision: Equatable, Sendable {
        var conditions: [ProvisioningCondition.Kind: ProvisioningCondition] = [:]
        /// Room that is kept and for which no pod has come yet.
        var places: [BookedPlace] = []
        /// Uids of the pods that came for a place.
        var takers: Set<String> = []

        func isTrue(_ kind: ProvisioningCondition.Kind) -> Bool { conditions[kind]?.isTrue ?? false }

        /// Whether nothing is kept for it any more, and nothing will be.
        var isOver: Bool { isTrue(.failed) || isTrue(.bookingExpired) || isTrue(.capacityRevoked) }

        /// Whether its room stands and is kept.
        var isProvisioned: Bool { isTrue(.provisioned) && !isOver }

        /// In the order of the standard.
        var sortedConditions: [ProvisioningCondition] {
            ProvisioningCondition.Kind.allCases.compactMap { conditions[$0] }
        }
    }

    mutating func apply(_ step: ProvisioningStep, to id: WorkloadID) {
        switch step {
        case .condition(let condition):
            provisions[id, default: Provision()].conditions[condition.kind] = condition
            if provisions[id]?.isOver ?? false { provisions[id]?.places = [] }
        case .booked(let places):
            // A plan or a consolidation that was asked for before does not know of it.
            claimsVersion += 1
            provisions[id, default: Provision()].places += places
            explanations[id] = nil
        case .taken(let place, let uid):
            provisions[id]?.places.removeAll { $0.name == place }
            provisions[id]?.takers.insert(uid)
        case .released(let places, _):
            provisions[id]?.places.removeAll { places.contains($0.name) }
        case .removed:
            provisions[id] = nil
            if records[id]?.endedAt != nil { forgetProvisioningName(of: id) }
        }
    }

    mutating func forgetProvisioningName(of id: WorkloadID) {
        guard id.kind == WorkloadID.provisioningRequest else { return }
        let key = Self.gangKey(namespace: id.namespace, name: id.name)
        if provisioningNames[key] == id { provisioningNames[key] = nil }
    }
}
