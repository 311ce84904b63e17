/// The services that are called. A case's name is the first part of its host and what requests are signed with.
package enum AWSService: String, Sendable, CaseIterable {
    case ec2
    case pricing
    case s3
    case servicequotas
    case sqs
    case ssm
    case sts

    /// The name that requests are signed with.
    var signingName: String { rawValue }

    /// The end of the variable that names another endpoint, `AWS_ENDPOINT_URL_EC2`.
    /// https://docs.aws.amazon.com/sdkref/latest/guide/ss-endpoints-table.html
    var variableName: String { self == .servicequotas ? "SERVICE_QUOTAS" : rawValue.uppercased() }

    /// The region that serves a region. Prices are served from few, the same for all: one of each partition is enough.
    /// https://docs.aws.amazon.com/general/latest/gr/billing.html
    func region(_ configured: String) -> String {
        guard self == .pricing else { return configured }
        return configured.hasPrefix("cn-") ? "cn-northwest-1" : "us-east-1"
    }

    /// Whether there are hosts with `-fips` in their names: nobody answers to `api.pricing-fips` and
    /// `servicequotas-fips`. https://aws.amazon.com/compliance/fips/
    private var hasFIPSHosts: Bool { self != .pricing && self != .servicequotas }

    /// The host that serves a region.
    /// - Parameters:
    ///   - configured: the region.
    ///   - usesFIPS: whether its cryptography must be validated by FIPS 140, for services that have such hosts.
    ///   - usesDualStack: whether it must answer over IPv6 too.
    /// - Returns: its name, as AWS's own tools find it, but none that does not exist.
    func host(_ configured: String, usesFIPS: Bool = false, usesDualStack: Bool = false) -> String {
        let region = region(configured)
        let partition = AWSPartition(region: region)
        var name = self == .pricing ? "api.pricing" : rawValue
        // In GovCloud the ordinary hosts are validated, but for S3's.
        if usesFIPS, hasFIPSHosts, self == .s3 || usesDualStack || partition != .govCloud { name += "-fips" }
        guard usesDualStack else { return "\(name).\(region).\(partition.domain)" }
        return self == .s3
            ? "\(name).dualstack.\(region).\(partition.domain)" : "\(name).\(region).\(partition.dualStackDomain)"
    }
}
