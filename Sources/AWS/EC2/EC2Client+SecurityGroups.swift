/// A security group.
package struct EC2SecurityGroup: Sendable, Equatable {
    package var id: String
    package var vpcID: String?
}

extension EC2Client {
    /// Security groups (DescribeSecurityGroups).
    /// - Parameters:
    ///   - ids: none for all; one that is not there is an error of kind `gone`.
    ///   - filters: as in `tag:gleaner.dev/discovery`.
    /// - Returns: the groups, in EC2's order.
    /// - Throws: `AWSError`.
    package func describeSecurityGroups(
        _ ids: [String] = [],
        filters: [EC2Filter] = []
    ) async throws(AWSError) -> [EC2SecurityGroup] {
        var parameters = QueryParameters(action: "DescribeSecurityGroups")
        parameters.addList("GroupId", ids)
        parameters.addFilters(filters)
        return try await describe("DescribeSecurityGroups", parameters, list: "securityGroupInfo") {
            item throws(XMLShapeError) in
            [EC2SecurityGroup(id: try item.required("groupId"), vpcID: item.string("vpcId"))]
        }
    }
}
