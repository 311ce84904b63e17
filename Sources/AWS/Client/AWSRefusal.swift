/// An error answer of AWS.
package struct AWSRefusal: Sendable, Equatable, CustomStringConvertible {
    /// As in `ec2.CreateFleet`.
    package let operation: String
    package let kind: AWSErrorKind
    package let code: String
    /// Without secrets, cut to a readable length.
    package let message: String
    package let status: Int
    package let requestID: String?
    /// Where S3 says that a bucket is.
    package var bucketRegion: String?

    package var description: String {
        "\(operation) (request \(requestID ?? "without id")): \(code): \(message); \(wayOut)"
    }

    private var wayOut: String {
        switch kind {
        case .noCapacity: "try another instance type, zone or capacity type"
        case .quota: "ask AWS for a higher limit, or use what counts against another"
        case .throttled: "try again later"
        case .denied: "check the credentials, their permissions and this machine's clock"
        case .invalid: "correct the request"
        case .gone: "check the name or id, and the region"
        case .transient: "try again later"
        }
    }
}
