/// A machine image.
package struct EC2Image: Sendable, Equatable {
    package var id: String
    /// `x86_64` or `arm64`.
    package var architecture: String
    /// `available` when instances can be launched from it.
    package var state: String
    /// As in `/dev/xvda`.
    package var rootDevice: String?
}

extension EC2Client {
    /// Machine images (DescribeImages).
    /// - Parameter ids: one that is not there is an error of kind `gone`.
    /// - Returns: the images, in EC2's order.
    /// - Throws: `AWSError`.
    package func describeImages(_ ids: [String]) async throws(AWSError) -> [EC2Image] {
        var parameters = QueryParameters(action: "DescribeImages")
        parameters.addList("ImageId", ids)
        return try await describe("DescribeImages", parameters, list: "imagesSet") { item throws(XMLShapeError) in
            [
                EC2Image(
                    id: try item.required("imageId"),
                    architecture: item.string("architecture") ?? "x86_64",
                    state: item.string("imageState") ?? "available",
                    rootDevice: item.string("rootDeviceName")
                )
            ]
        }
    }
}
