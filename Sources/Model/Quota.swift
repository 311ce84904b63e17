/// A limit of the account on the vCPUs that run at one time. Families of instance types share it; spot and on-demand have
/// one each. Reserved capacity was counted when it was reserved.
/// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-on-demand-instances.html#ec2-on-demand-instances-limits
package struct Quota: Hashable, Comparable, Codable, Sendable {
    /// Instance types that are counted together, by the letters that their names begin with.
    package enum Family: String, Hashable, Codable, CaseIterable, Sendable {
        case standard = "Standard (A, C, D, H, I, M, R, T, Z)"
        case graphics = "G and VT"
        case p = "P"
        case inferentia = "Inf"
        case trainium = "Trn"
        case gaudi = "DL"
        case fpga = "F"
        case x = "X"
        case highMemory = "High Memory"
        case hpc = "HPC"

        /// - Returns: nil for a type that is in none of them.
        init?(instanceType: String) {
            let letters = String(instanceType.prefix { $0.isLetter })
            switch letters {
            case "g", "gr", "vt": self = .graphics
            case "p": self = .p
            case "inf": self = .inferentia
            case "trn": self = .trainium
            case "dl": self = .gaudi
            case "f": self = .fpga
            case "x": self = .x
            case "u": self = .highMemory
            case "hpc": self = .hpc
            default:
                guard let first = letters.first, "acdhimrtz".contains(first) else { return nil }
                self = .standard
            }
        }
    }

    package var family: Family
    package var isSpot: Bool

    package init(family: Family, isSpot: Bool) {
        self.family = family
        self.isSpot = isSpot
    }

    /// As Service Quotas names it.
    package var name: String {
        isSpot ? "All \(family.rawValue) Spot Instance Requests" : "Running On-Demand \(family.rawValue) instances"
    }

    package static func < (left: Quota, right: Quota) -> Bool {
        (left.family.rawValue, left.isSpot ? 1 : 0) < (right.family.rawValue, right.isSpot ? 1 : 0)
    }
}

extension Quota: CustomStringConvertible {
    package var description: String { name }
}

extension Offering {
    /// The limit of the account that a machine of it counts against; nil when none is known.
    package var quota: Quota? {
        guard capacityType != .reserved, let family = Quota.Family(instanceType: instanceType) else { return nil }
        return Quota(family: family, isSpot: capacityType == .spot)
    }
}

/// How much of a quota there is, and how much of it others have taken.
package struct QuotaLevel: Hashable, Sendable {
    package var quota: Quota
    /// In vCPUs.
    package var limit: Int64
    /// vCPUs of the account's machines that are not this cluster's.
    package var usedByOthers: Int64

    package init(quota: Quota, limit: Int64, usedByOthers: Int64) {
        self.quota = quota
        self.limit = limit
        self.usedByOthers = usedByOthers
    }
}
