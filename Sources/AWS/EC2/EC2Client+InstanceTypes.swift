extension EC2Client {
    /// What instance types have (DescribeInstanceTypes).
    /// - Parameters:
    ///   - names: at most 100; none for all.
    ///   - filters: as in `instance-type` with `g5.*`.
    /// - Returns: the types, in EC2's order.
    /// - Throws: `AWSError`.
    package func describeInstanceTypes(
        _ names: [String] = [],
        filters: [EC2Filter] = []
    ) async throws(AWSError) -> [EC2InstanceType] {
        var parameters = QueryParameters(action: "DescribeInstanceTypes")
        parameters.addList("InstanceType", names)
        parameters.addFilters(filters)
        // Pages are not allowed together with names.
        if names.isEmpty { parameters.add("MaxResults", 100) }
        return try await describe("DescribeInstanceTypes", parameters, list: "instanceTypeSet") {
            item throws(XMLShapeError) in [try EC2InstanceType(item)]
        }
    }

    /// Which instance types each zone has (DescribeInstanceTypeOfferings by availability zone).
    /// - Parameter filters: as in `instance-type` or `location`.
    /// - Returns: pairs of type and zone.
    /// - Throws: `AWSError`.
    package func describeInstanceTypeOfferings(
        filters: [EC2Filter] = []
    ) async throws(AWSError) -> [EC2InstanceTypeOffering] {
        var parameters = QueryParameters(action: "DescribeInstanceTypeOfferings")
        parameters.add("LocationType", "availability-zone")
        parameters.addFilters(filters)
        parameters.add("MaxResults", 1000)
        return try await describe("DescribeInstanceTypeOfferings", parameters, list: "instanceTypeOfferingSet") {
            item throws(XMLShapeError) in
            [
                EC2InstanceTypeOffering(
                    instanceType: try item.required("instanceType"),
                    zone: try item.required("location")
                )
            ]
        }
    }
}

/// An instance type that a zone has.
package struct EC2InstanceTypeOffering: Sendable, Hashable {
    package var instanceType: String
    package var zone: String
}
