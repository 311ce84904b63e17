/// A subnet that instances can be launched in.
package struct EC2Subnet: Sendable, Equatable {
    package var id: String
    package var zone: String
    package var vpcID: String
    package var availableAddresses: Int
    package var tags: [String: String]
}

extension EC2Client {
    /// Subnets (DescribeSubnets).
    /// - Parameters:
    ///   - ids: none for all.
    ///   - filters: as in `tag:gleaner.dev/cluster`.
    /// - Returns: the subnets, in EC2's order.
    /// - Throws: `AWSError`.
    package func describeSubnets(
        _ ids: [String] = [],
        filters: [EC2Filter] = []
    ) async throws(AWSError) -> [EC2Subnet] {
        var parameters = QueryParameters(action: "DescribeSubnets")
        parameters.addList("SubnetId", ids)
        parameters.addFilters(filters)
        return try await describe("DescribeSubnets", parameters, list: "subnetSet") { item throws(XMLShapeError) in
            [
                EC2Subnet(
                    id: try item.required("subnetId"),
                    zone: try item.required("availabilityZone"),
                    vpcID: try item.required("vpcId"),
                    availableAddresses: item.string("availableIpAddressCount").flatMap { Int($0) } ?? 0,
                    tags: item.tags
                )
            ]
        }
    }
}

extension XMLElement {
    /// The element's `tagSet`. AWS has each key once; should one come twice, the first stands.
    var tags: [String: String] {
        let pairs = items("tagSet").compactMap { item in item.string("key").map { ($0, item.string("value") ?? "") } }
        return Dictionary(pairs) { first, _ in first }
    }
}
