import HTTPTransport

/// The service that gives temporary credentials, in the region that is served.
struct STSClient: Sendable {
    static let version = "2011-06-15"

    /// What a role is assumed with.
    struct Role: Sendable, Equatable {
        var arn: String
        /// How the session is called in AWS's logs.
        var sessionName = "gleaner"
        var externalID: String?
        /// As long as the role allows; nil for an hour.
        var durationSeconds: Int?
    }

    private let configuration: AWSConfiguration
    private let retry: RetryPolicy
    private let times: AWSTimes
    private let transport: AWSClient.Transport

    init(
        configuration: AWSConfiguration,
        retry: RetryPolicy = RetryPolicy(),
        times: AWSTimes = .machine,
        transport: @escaping AWSClient.Transport
    ) {
        self.configuration = configuration
        self.retry = retry
        self.times = times
        self.transport = transport
    }

    /// Credentials of a role (AssumeRole).
    /// - Parameters:
    ///   - role: which.
    ///   - base: who asks.
    /// - Returns: the role's credentials.
    /// - Throws: `AWSError`.
    func assumeRole(_ role: Role, as base: Credentials) async throws(AWSError) -> Credentials {
        var parameters = QueryParameters(action: "AssumeRole", version: Self.version)
        parameters.add("RoleArn", role.arn)
        parameters.add("RoleSessionName", role.sessionName)
        parameters.add("ExternalId", role.externalID)
        parameters.add("DurationSeconds", role.durationSeconds)
        return try await client(StaticCredentials(base)).call(.sts, "AssumeRole", parameters) {
            root throws(XMLShapeError) in
            try Self.credentials(root["AssumeRoleResult"], in: root)
        }
    }

    /// Credentials of a role for a token that somebody whom the role trusts has signed (AssumeRoleWithWebIdentity).
    /// The request is not signed.
    /// - Parameters:
    ///   - role: which.
    ///   - token: the signed token.
    /// - Returns: the role's credentials.
    /// - Throws: `AWSError`, in which the token does not appear.
    func assumeRole(_ role: Role, webIdentity token: Secret) async throws(AWSError) -> Credentials {
        var parameters = QueryParameters(action: "AssumeRoleWithWebIdentity", version: Self.version)
        parameters.add("RoleArn", role.arn)
        parameters.add("RoleSessionName", role.sessionName)
        parameters.add("WebIdentityToken", token.value)
        parameters.add("DurationSeconds", role.durationSeconds)
        do throws(AWSError) {
            return try await client(nil).call(.sts, "AssumeRoleWithWebIdentity", parameters) {
                root throws(XMLShapeError) in
                try Self.credentials(root["AssumeRoleWithWebIdentityResult"], in: root)
            }
        } catch {
            guard case .refused(var refusal) = error else { throw error }
            refusal.message = refusal.message.replacing(token.value, with: Secret.shown)
            throw .refused(refusal)
        }
    }

    private func client(_ credentials: (any CredentialProvider)?) -> AWSClient {
        AWSClient(
            configuration: configuration,
            credentials: credentials,
            retry: retry,
            times: times,
            transport: transport
        )
    }

    private static func credentials(
        _ result: XMLElement?,
        in root: XMLElement
    ) throws(XMLShapeError) -> Credentials {
        guard let element = result?["Credentials"] else { throw .missing("Credentials", in: root.name) }
        let end = try element.required("Expiration") { AWSTime.parse($0) }
        return Credentials(
            accessKeyID: try element.required("AccessKeyId"),
            secretAccessKey: Secret(try element.required("SecretAccessKey")),
            sessionToken: Secret(try element.required("SessionToken")),
            expiresAtMilliseconds: end
        )
    }
}
