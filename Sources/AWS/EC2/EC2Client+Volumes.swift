/// A volume of EBS.
package struct EC2DataVolume: Sendable, Equatable {
    package var id: String
    package var zone: String
    /// `available`, `in-use` and others.
    package var state: String
    /// Whether several instances may have it at one time.
    package var isShared: Bool
    package var tags: [String: String]

    /// Whether an instance that is started now could have it.
    package var isReady: Bool { state == "available" || state == "in-use" && isShared }
}

extension EC2Client {
    /// Volumes (DescribeVolumes).
    /// - Parameter filters: as in `tag-key` with `gleaner.dev/dataset`.
    /// - Returns: the volumes, in EC2's order.
    /// - Throws: `AWSError`.
    package func describeVolumes(filters: [EC2Filter]) async throws(AWSError) -> [EC2DataVolume] {
        var parameters = QueryParameters(action: "DescribeVolumes")
        parameters.addFilters(filters)
        parameters.add("MaxResults", 500)
        return try await describe("DescribeVolumes", parameters, list: "volumeSet") { item throws(XMLShapeError) in
            [
                EC2DataVolume(
                    id: try item.required("volumeId"),
                    zone: try item.required("availabilityZone"),
                    state: try item.required("status"),
                    isShared: item.string("multiAttachEnabled") == "true",
                    tags: item.tags
                )
            ]
        }
    }
}
