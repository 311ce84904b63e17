package import HTTPTransport
package import Logging
package import Model

/// Where this process may find credentials, and in which order.
/// https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
package struct CredentialSources: Sendable {
    private let environment: [String: String]
    private let times: AWSTimes
    let sts: STSClient
    let container: ContainerCredentials
    let metadata: MetadataCredentials

    /// - Parameters:
    ///   - environment: of the process.
    ///   - configuration: where STS is.
    ///   - retry: for the sources that answer over HTTP.
    ///   - times: for when credentials end.
    ///   - transport: carries requests; those to this machine ask for no proxy.
    init(
        environment: [String: String],
        configuration: AWSConfiguration,
        retry: RetryPolicy = RetryPolicy(maximumAttempts: 3),
        times: AWSTimes = .machine,
        transport: @escaping AWSClient.Transport
    ) {
        self.environment = environment
        self.times = times
        sts = STSClient(configuration: configuration, retry: retry, times: times, transport: transport)
        container = ContainerCredentials(environment: environment, retry: retry, transport: transport)
        func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        let isIPv6 = variable("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE")?.lowercased() == "ipv6"
        let standard = isIPv6 ? "http://[fd00:ec2::254]" : InstanceMetadata.standardEndpoint
        metadata = MetadataCredentials(
            metadata: InstanceMetadata(
                endpoint: variable("AWS_EC2_METADATA_SERVICE_ENDPOINT") ?? standard,
                transport: transport
            ),
            isDisabled: variable("AWS_EC2_METADATA_DISABLED")?.lowercased() == "true"
        )
    }

    package init(environment: [String: String], configuration: AWSConfiguration, http: HTTPClient) {
        self.init(environment: environment, configuration: configuration) { request, limit throws(HTTPError) in
            try await http.send(request, maximumBodyBytes: limit)
        }
    }

    /// The first of environment variables, profile, web identity, container's agent and instance's role, and the role
    /// that is assumed on top. Kept until shortly before they end.
    /// - Parameters:
    ///   - role: on top; nil for the credentials as they are found.
    ///   - logger: takes what goes wrong while older credentials still are good.
    /// - Returns: what a client asks before every request.
    package func chain(
        assuming role: GleanerConfiguration.AWS.Role? = nil,
        logger: Logger = .silent
    ) -> any CredentialProvider {
        let found = CredentialCache(
            CredentialChain([
                EnvironmentCredentials(environment), ProfileCredentials(environment: environment, sources: self),
                WebIdentityEnvironment(environment: environment, sts: sts), container, metadata,
            ]),
            times: times,
            logger: logger
        )
        guard let role else { return found }
        return CredentialCache(
            AssumedRoleCredentials(
                role: STSClient.Role(arn: role.arn, externalID: role.externalID),
                base: found,
                sts: sts
            ),
            times: times,
            logger: logger
        )
    }
}
