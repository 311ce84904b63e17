/// A set of regions with accounts and domains of its own.
/// https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
enum AWSPartition: String, CaseIterable {
    case commercial = "aws"
    case china = "aws-cn"
    case govCloud = "aws-us-gov"
    case european = "aws-eusc"
    case iso = "aws-iso"
    case isob = "aws-iso-b"

    init(region: String) {
        let beginnings: [(String, AWSPartition)] = [
            ("cn-", .china), ("us-gov-", .govCloud), ("eusc-", .european), ("us-iso-", .iso), ("us-isob-", .isob),
        ]
        self = beginnings.first { region.hasPrefix($0.0) }?.1 ?? .commercial
    }

    /// What hosts end in.
    var domain: String {
        switch self {
        case .commercial, .govCloud: "amazonaws.com"
        case .china: "amazonaws.com.cn"
        case .european: "amazonaws.eu"
        case .iso: "c2s.ic.gov"
        case .isob: "sc2s.sgov.gov"
        }
    }

    /// What hosts end in that answer over IPv6 too, S3's apart.
    var dualStackDomain: String {
        switch self {
        case .commercial, .govCloud: "api.aws"
        case .china: "api.amazonwebservices.com.cn"
        case .european: "api.amazonwebservices.eu"
        case .iso: "api.aws.ic.gov"
        case .isob: "api.aws.scloud"
        }
    }
}
