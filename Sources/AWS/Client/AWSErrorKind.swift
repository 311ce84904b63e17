/// What an AWS refusal means for the caller. The one place where error codes are told apart.
package enum AWSErrorKind: String, Sendable, CaseIterable {
    /// No machines of this sort here, now: another offering may do.
    case noCapacity
    /// An account limit is reached: another offering only if it counts against another limit.
    case quota
    /// Too many requests: the same later.
    case throttled
    /// Credentials, signature or permissions.
    case denied
    /// The request can never succeed as it is.
    case invalid
    /// What the request names does not exist, or no longer.
    case gone
    /// The service failed: the same later.
    case transient

    /// Sorts an error.
    /// - Parameters:
    ///   - code: AWS's error code, without its namespace.
    ///   - status: the HTTP status; 200 for an error inside a successful answer, as CreateFleet gives them.
    package init(code: String, status: Int = 200) {
        if let known = Self.known[code] {
            self = known
        } else if code.contains("Throttl") || status == 429 {
            self = .throttled
        } else if code.hasSuffix("LimitExceeded") || code.hasSuffix("CountExceeded") || code.hasSuffix("QuotaExceeded")
            || code.hasSuffix("QuotaExceededException")
        {
            self = .quota
        } else if code.hasSuffix("NotFound") || code.hasSuffix("NotFoundException") || code.hasPrefix("NoSuch")
            || code.hasSuffix("NonExistentQueue")
        {
            self = .gone
        } else if code.hasPrefix("Insufficient") {
            self = .noCapacity
        } else if code.hasSuffix("AccessDenied") || code.hasSuffix("AccessDeniedException") {
            self = .denied
        } else if status >= 500 || status == 408 {
            self = .transient
        } else {
            self = status == 401 || status == 403 ? .denied : .invalid
        }
    }

    // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
    private static let known: [String: AWSErrorKind] = {
        let codes: [AWSErrorKind: [String]] = [
            .noCapacity: [
                "InsufficientAddressCapacity", "InsufficientCapacity", "InsufficientCapacityOnOutpost",
                "InsufficientFreeAddressesInSubnet", "InsufficientHostCapacity", "InsufficientInstanceCapacity",
                "InsufficientReservedInstanceCapacity", "InsufficientVolumeCapacity", "ReservationCapacityExceeded",
                "SpotMaxPriceTooLow", "UnfulfillableCapacity", "Unsupported",
            ],
            .quota: [
                "InstanceLimitExceeded", "MaxFleetCountExceeded", "MaxSpotFleetRequestCountExceeded",
                "MaxSpotInstanceCountExceeded", "OverLimit", "VcpuLimitExceeded", "VolumeLimitExceeded",
            ],
            .throttled: [
                "BandwidthLimitExceeded", "EC2ThrottledException", "LimitExceededException", "PriorRequestNotComplete",
                "ProvisionedThroughputExceededException", "RequestLimitExceeded", "RequestThrottled",
                "RequestThrottledException", "SlowDown", "Throttling", "ThrottlingException",
                "TooManyRequestsException", "TransactionInProgressException",
            ],
            .denied: [
                "AccessDenied", "AccessDeniedException", "AllAccessDisabled", "AuthFailure", "Blocked",
                "DependencyAccessDeniedException", "ExpiredToken", "ExpiredTokenException", "IDPRejectedClaim",
                "IncompleteSignature", "InvalidAccessKeyId", "InvalidClientTokenId", "InvalidIdentityToken",
                "InvalidSignatureException", "InvalidToken", "MissingAuthenticationToken",
                "MissingAuthenticationTokenException", "NotSignedUp", "OptInRequired", "PendingVerification",
                "RegionDisabledException", "RequestExpired", "RequestInTheFuture", "RequestTimeTooSkewed",
                "SignatureDoesNotMatch", "TokenRefreshRequired", "UnauthorizedOperation",
                "UnrecognizedClientException",
            ],
            .gone: ["ParameterVersionNotFound", "QueueDeletedRecently", "QueueDoesNotExist"],
            .invalid: ["TagLimitExceeded", "TemplateVersionLimitExceeded"],
            .transient: [
                "IDPCommunicationError", "InternalError", "InternalFailure", "InternalServerError",
                "RequestTimeout", "RequestTimeoutException", "ServerInternal", "ServiceException", "ServiceUnavailable",
                "Unavailable",
            ],
        ]
        return Dictionary(uniqueKeysWithValues: codes.flatMap { kind, codes in codes.map { ($0, kind) } })
    }()

    package var isRetried: Bool { self == .throttled || self == .transient }
}
