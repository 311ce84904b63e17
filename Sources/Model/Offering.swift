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
        let text = zone.utf8
        var (words, start) = (0, text.startIndex)
        while start < text.endIndex {
            if Self.isDigit(text[start]) {
                let end = text[start...].firstIndex { !Self.isDigit($0) } ?? text.endIndex
                return words >= 2 ? String(zone[..<end]) : nil
            }
            guard let dash = text[start...].firstIndex(of: UInt8(ascii: "-")) else { return nil }
            words += 1
            start = text.index(after: dash)
        }
        return nil
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

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
