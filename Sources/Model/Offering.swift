/// How a machine is paid for.
package enum CapacityType: String, Hashable, Comparable, Codable, CaseIterable, Sendable {
    case spot
    case onDemand = "on-demand"
    case reserved

    package static func < (left: CapacityType, right: CapacityType) -> Bool { left.rawValue < right.rawValue }
}

/// What can be bought: an instance type, in a zone, with a capacity type. The key of prices and of the memory of empty pools.
package struct Offering: Hashable, Comparable, Codable, Sendable {
    package var instanceType: String
    package var zone: String
    package var capacityType: CapacityType

    package init(instanceType: String, zone: String, capacityType: CapacityType) {
        self.instanceType = instanceType
        self.zone = zone
        self.capacityType = capacityType
    }

    /// What a node says that it was bought as; nil when one of its labels is missing.
    package init?(labels: [String: String]) {
        guard let type = labels[Label.instanceType], let zone = labels[Label.zone],
            let paid = labels[Label.capacityType].flatMap(CapacityType.init(rawValue:))
        else { return nil }
        self.init(instanceType: type, zone: zone, capacityType: paid)
    }

    /// The region that the zone is named after (`us-east-1a`, `us-west-2-lax-1a`); nil when its name tells none.
    package var region: String? {
        let parts = zone.split(separator: "-")
        guard let index = parts.firstIndex(where: { $0.first?.isNumber ?? false }), index >= 2 else { return nil }
        return (parts[..<index] + [parts[index].prefix(while: \.isNumber)]).joined(separator: "-")
    }

    package static func < (left: Offering, right: Offering) -> Bool {
        (left.instanceType, left.zone, left.capacityType) < (right.instanceType, right.zone, right.capacityType)
    }
}

extension Offering: CustomStringConvertible {
    package var description: String { "\(instanceType) \(zone) \(capacityType.rawValue)" }
}

/// A price per hour of an offering and the moment from which it holds.
package struct PricePoint: Hashable, Codable, Sendable {
    package var offering: Offering
    package var pricePerHour: Money
    package var effectiveAt: Timestamp

    package init(offering: Offering, pricePerHour: Money, effectiveAt: Timestamp) {
        self.offering = offering
        self.pricePerHour = pricePerHour
        self.effectiveAt = effectiveAt
    }
}
