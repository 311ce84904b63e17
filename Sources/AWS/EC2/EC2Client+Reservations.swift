/// A capacity reservation or capacity block.
package struct EC2CapacityReservation: Sendable, Equatable {
    package var id: String
    package var instanceType: String
    /// As in `Linux/UNIX`.
    package var platform: String
    package var zone: String
    /// `default` or `dedicated`.
    package var tenancy: String
    package var totalCount: Int
    package var availableCount: Int
    /// `active`, `pending`, `scheduled`, `expired` and others.
    package var state: String
    package var isCapacityBlock: Bool
    /// Lent out by its owner, who may take instances back.
    package var isInterruptible: Bool
    /// Since 1970; nil where it stands until it is cancelled.
    package var endMilliseconds: Int64?
    package var tags: [String: String]

    init(_ item: XMLElement) throws(XMLShapeError) {
        id = try item.required("capacityReservationId")
        instanceType = try item.required("instanceType")
        platform = item.string("instancePlatform") ?? ""
        zone = try item.required("availabilityZone")
        tenancy = item.string("tenancy") ?? "default"
        totalCount = try item.required("totalInstanceCount") { Int($0) }
        availableCount = try item.required("availableInstanceCount") { Int($0) }
        state = try item.required("state")
        isCapacityBlock = item.string("reservationType") == "capacity-block"
        isInterruptible = item.string("interruptible") == "true"
        let isLimited = item.string("endDateType") == "limited" || isCapacityBlock
        endMilliseconds =
            isLimited && item.string("endDate") != nil ? try item.required("endDate") { AWSTime.parse($0) } : nil
        tags = item.tags
    }
}

extension EC2Client {
    /// Capacity reservations and capacity blocks of the account, and those that others share with it
    /// (DescribeCapacityReservations).
    /// - Parameter filters: as in `state` with `active`.
    /// - Returns: the reservations, in EC2's order.
    /// - Throws: `AWSError`.
    package func describeCapacityReservations(
        filters: [EC2Filter] = []
    ) async throws(AWSError) -> [EC2CapacityReservation] {
        var parameters = QueryParameters(action: "DescribeCapacityReservations")
        parameters.addFilters(filters)
        parameters.add("MaxResults", 1000)
        return try await describe("DescribeCapacityReservations", parameters, list: "capacityReservationSet") {
            item throws(XMLShapeError) in [try EC2CapacityReservation(item)]
        }
    }
}
