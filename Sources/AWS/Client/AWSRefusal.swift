/// An error answer of AWS.
package struct AWSRefusal: Sendable, Equatable, CustomStringConvertible {
    /// As in `ec2.CreateFleet`.
    package let operation: String
    package let kind: AWSErrorKind
    package let code: String
    /// Without secrets, cut to a readable length.
    package var message: String
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

    /// Whether other credentials of the same source may be taken: these have expired, or were replaced.
    var namesUselessCredentials: Bool {
        [
            "AuthFailure", "ExpiredToken", "ExpiredTokenException", "InvalidAccessKeyId", "InvalidClientTokenId",
            "InvalidToken", "RequestExpired", "TokenRefreshRequired", "UnrecognizedClientException",
        ].contains(code)
    }

    /// Whether the time in the signature may be why.
    var mayBlameTheClock: Bool {
        [
            "AuthFailure", "InvalidSignatureException", "RequestExpired", "RequestInTheFuture", "RequestTimeTooSkewed",
            "SignatureDoesNotMatch",
        ].contains(code)
    }

    /// Whether the page that was asked for is not to be had any more.
    var namesUselessPage: Bool {
        [
            "ExpiredNextTokenException", "ExpiredPaginationToken", "InvalidNextToken", "InvalidNextTokenException",
            "InvalidPaginationToken", "InvalidPaginationTokenException",
        ].contains(code)
    }
}
