package import HTTPTransport

/// Which region is served, and where its services are.
package struct AWSConfiguration: Sendable {
    package let region: String
    private let endpoints: [AWSService: String]
    private let usesFIPS: Bool
    private let usesDualStack: Bool

    /// - Parameters:
    ///   - region: as in `eu-central-1`.
    ///   - endpoints: base URLs that take the place of the regional ones.
    ///   - usesFIPS: whether the regional ones are those with cryptography that FIPS 140 validates.
    ///   - usesDualStack: whether the regional ones are those that answer over IPv6 too.
    package init(
        region: String,
        endpoints: [AWSService: String] = [:],
        usesFIPS: Bool = false,
        usesDualStack: Bool = false
    ) {
        self.region = region
        self.endpoints = endpoints
        self.usesFIPS = usesFIPS
        self.usesDualStack = usesDualStack
    }

    /// Region and endpoints as the AWS tools read them.
    ///
    /// An endpoint is that of `AWS_ENDPOINT_URL_EC2` and its like, of `AWS_ENDPOINT_URL`, of the profile's `services`,
    /// of its `endpoint_url`, else AWS's own: `AWS_USE_FIPS_ENDPOINT` and `AWS_USE_DUALSTACK_ENDPOINT` choose among
    /// those.
    /// - Parameters:
    ///   - region: nil for `AWS_REGION`, `AWS_DEFAULT_REGION` or the profile's.
    ///   - environment: of the process.
    ///   - shared: the files with profiles.
    /// - Throws: `AWSConfigurationError` when there is no region, or an endpoint is no URL.
    package init(
        region: String? = nil,
        environment: [String: String],
        shared: SharedConfiguration = SharedConfiguration()
    ) throws(AWSConfigurationError) {
        let profile = shared.profiles[SharedConfiguration.profileName(environment)]?.values ?? [:]
        func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        func flag(_ name: String, _ key: String) throws(AWSConfigurationError) -> Bool {
            guard let text = variable(name) ?? profile[key] else { return false }
            switch text.lowercased() {
            case "true": return true
            case "false": return false
            default: throw .invalidFlag(name: variable(name) == nil ? key : name, text: text)
            }
        }
        guard let region = region ?? variable("AWS_REGION") ?? variable("AWS_DEFAULT_REGION") ?? profile["region"]
        else { throw .missingRegion }
        var endpoints: [AWSService: String] = [:]
        if try !flag("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls") {
            let services = profile["services"].flatMap { shared.services[$0] } ?? [:]
            for service in AWSService.allCases {
                let key = service.variableName.lowercased()
                let candidates = [
                    ("AWS_ENDPOINT_URL_\(service.variableName)", variable("AWS_ENDPOINT_URL_\(service.variableName)")),
                    ("AWS_ENDPOINT_URL", variable("AWS_ENDPOINT_URL")),
                    ("\(key).endpoint_url", services["\(key).endpoint_url"]), ("endpoint_url", profile["endpoint_url"]),
                ]
                guard let (name, url) = candidates.first(where: { $0.1 != nil }), let url else { continue }
                do throws(HTTPError) {
                    _ = try HTTPAddress(url: url)
                } catch {
                    throw .invalidEndpoint(variable: name, reason: "\(error)")
                }
                endpoints[service] = url
            }
        }
        self.init(
            region: region,
            endpoints: endpoints,
            usesFIPS: try flag("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint"),
            usesDualStack: try flag("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint")
        )
    }

    /// Whether a service's requests go to another place than AWS's own.
    func hasEndpoint(_ service: AWSService) -> Bool { endpoints[service] != nil }

    /// The URL that a service's requests go to, with a slash at its end.
    package func endpoint(_ service: AWSService) -> String {
        let url = endpoints[service] ?? "https://\(host(service, region: region))"
        return url.hasSuffix("/") ? url : url + "/"
    }

    /// The host of AWS's own that serves a region.
    func host(_ service: AWSService, region: String) -> String {
        service.host(region, usesFIPS: usesFIPS, usesDualStack: usesDualStack)
    }

    /// What carries requests to AWS. Proxies are those of `HTTPS_PROXY` and `NO_PROXY`; `AWS_CA_BUNDLE`, or the
    /// profile's `ca_bundle`, names the authorities to trust in place of the system's.
    /// - Parameters:
    ///   - environment: of the process.
    ///   - shared: the files with profiles.
    /// - Returns: a client's configuration.
    package static func http(
        environment: [String: String],
        shared: SharedConfiguration = SharedConfiguration()
    ) -> HTTPClientConfiguration {
        let profile = shared.profiles[SharedConfiguration.profileName(environment)]?.values ?? [:]
        let named = environment["AWS_CA_BUNDLE"].flatMap { $0.isEmpty ? nil : $0 }
        var configuration = HTTPClientConfiguration()
        configuration.tls.authorities = (named ?? profile["ca_bundle"]).map { .file($0) }
        return configuration
    }
}

/// What is wrong with the region or an endpoint.
package enum AWSConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    case missingRegion
    case invalidEndpoint(variable: String, reason: String)
    case invalidFlag(name: String, text: String)

    package var description: String {
        switch self {
        case .missingRegion:
            "no AWS region: set it in the configuration, or in AWS_REGION"
        case .invalidEndpoint(let variable, let reason):
            "\(variable): \(reason)"
        case .invalidFlag(let name, let text):
            "\(name): \"\(text.prefix(40))\" is neither true nor false"
        }
    }
}
