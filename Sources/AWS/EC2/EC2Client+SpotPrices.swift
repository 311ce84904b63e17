package import Foundation

/// A spot price from a moment on.
package struct EC2SpotPrice: Sendable, Equatable {
    package var instanceType: String
    package var zone: String
    /// US dollars an hour, exact.
    package var dollarsPerHour: Decimal
    /// Since 1970.
    package var fromMilliseconds: Int64
}

extension EC2Client {
    /// Spot prices of Linux (DescribeSpotPriceHistory).
    ///
    /// The first price of each type and zone is the one in force at `startMilliseconds`: it may have begun before.
    /// - Parameters:
    ///   - instanceTypes: none for all.
    ///   - startMilliseconds: since 1970; now, for the current prices alone.
    ///   - zone: nil for all.
    /// - Returns: prices in EC2's order, newest first.
    /// - Throws: `AWSError`.
    package func describeSpotPriceHistory(
        instanceTypes: [String],
        startMilliseconds: Int64,
        zone: String? = nil
    ) async throws(AWSError) -> [EC2SpotPrice] {
        var parameters = QueryParameters(action: "DescribeSpotPriceHistory")
        parameters.addList("InstanceType", instanceTypes)
        parameters.addList("ProductDescription", ["Linux/UNIX"])
        parameters.add("StartTime", AWSTime.extended(startMilliseconds))
        parameters.add("AvailabilityZone", zone)
        parameters.add("MaxResults", 1000)
        return try await describe("DescribeSpotPriceHistory", parameters, list: "spotPriceHistorySet") {
            item throws(XMLShapeError) in
            [
                EC2SpotPrice(
                    instanceType: try item.required("instanceType"),
                    zone: try item.required("availabilityZone"),
                    dollarsPerHour: try item.required("spotPrice") { DecimalText.parse($0) },
                    fromMilliseconds: try item.required("timestamp") { AWSTime.parse($0) }
                )
            ]
        }
    }
}
