/// How likely a spot request is to be served in a zone.
package struct EC2PlacementScore: Sendable, Equatable {
    /// As in `use1-az1`: the same zone in every account, unlike its name.
    package var zoneID: String
    /// From 1 to 10.
    package var score: Int
}

extension EC2Client {
    /// Spot placement scores of the zones of a region (GetSpotPlacementScores). EC2 allows few different questions a day.
    /// - Parameters:
    ///   - instanceTypes: of which any would do.
    ///   - count: how many are wanted at one time.
    ///   - region: as in `us-east-1`.
    /// - Returns: scores; zones without any chance may be missing.
    /// - Throws: `AWSError`.
    package func spotPlacementScores(
        instanceTypes: [String],
        count: Int,
        region: String
    ) async throws(AWSError) -> [EC2PlacementScore] {
        var parameters = QueryParameters(action: "GetSpotPlacementScores")
        parameters.addList("InstanceType", instanceTypes)
        parameters.add("TargetCapacity", count)
        parameters.add("TargetCapacityUnitType", "units")
        parameters.add("SingleAvailabilityZone", true)
        parameters.addList("RegionName", [region])
        parameters.add("MaxResults", 30)
        return try await describe("GetSpotPlacementScores", parameters, list: "spotPlacementScoreSet") {
            item throws(XMLShapeError) in
            [
                EC2PlacementScore(
                    zoneID: try item.required("availabilityZoneId"),
                    score: try item.required("score") { Int($0) }
                )
            ]
        }
    }

    /// The names that the region's zones have in this account, by their ids (DescribeAvailabilityZones).
    /// - Returns: as in `us-east-1a` for `use1-az4`.
    /// - Throws: `AWSError`.
    package func zoneNames() async throws(AWSError) -> [String: String] {
        let parameters = QueryParameters(action: "DescribeAvailabilityZones")
        let pairs = try await describe("DescribeAvailabilityZones", parameters, list: "availabilityZoneInfo") {
            item throws(XMLShapeError) in [(try item.required("zoneId"), try item.required("zoneName"))]
        }
        return Dictionary(pairs) { first, _ in first }
    }
}
