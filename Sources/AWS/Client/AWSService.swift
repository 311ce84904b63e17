/// The services that are called: their names on the wire.
package enum AWSService: String, Sendable, CaseIterable {
    case ec2
    case pricing
    case s3
    case sqs

    /// The name that requests are signed with.
    var signingName: String { rawValue }

    /// Prices are served from few regions, the same for all: this one is always there.
    /// https://docs.aws.amazon.com/general/latest/gr/billing.html
    func region(_ configured: String) -> String {
        self == .pricing ? "us-east-1" : configured
    }

    func host(_ region: String) -> String {
        let domain = region.hasPrefix("cn-") ? "amazonaws.com.cn" : "amazonaws.com"
        return switch self {
        case .ec2: "ec2.\(region).\(domain)"
        case .pricing: "api.pricing.us-east-1.amazonaws.com"
        case .s3: "s3.\(region).\(domain)"
        case .sqs: "sqs.\(region).\(domain)"
        }
    }
}
