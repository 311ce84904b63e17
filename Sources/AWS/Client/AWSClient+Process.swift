package import HTTPTransport
package import Logging
package import Model

extension AWSClient {
    /// A client as this process's environment and the shared files describe it.
    /// - Parameters:
    ///   - settings: region, and the role to assume.
    ///   - environment: of the process.
    ///   - http: carries the requests; one of `AWSConfiguration.http(environment:shared:)`.
    ///   - shared: the files with profiles.
    ///   - logger: takes what an operator should know.
    /// - Throws: `AWSConfigurationError`.
    package init(
        settings: GleanerConfiguration.AWS,
        environment: [String: String],
        http: HTTPClient,
        shared: SharedConfiguration,
        logger: Logger
    ) throws(AWSConfigurationError) {
        let configuration = try AWSConfiguration(region: settings.region, environment: environment, shared: shared)
        self.init(
            configuration: configuration,
            credentials: CredentialSources(environment: environment, configuration: configuration, http: http)
                .chain(assuming: settings.role, logger: logger),
            http: http,
            logger: logger
        )
    }
}
