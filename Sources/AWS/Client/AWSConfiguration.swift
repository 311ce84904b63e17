import HTTPTransport

/// Which region is served, and where its services are.
package struct AWSConfiguration: Sendable {
    package let region: String
    private let endpoints: [AWSService: String]

    /// - Parameters:
    ///   - region: as in `eu-central-1`.
    ///   - endpoints: base URLs that take the place of the regional ones.
    package init(region: String, endpoints: [AWSService: String] = [:]) {
        self.region = region
        self.endpoints = endpoints
    }

    /// Region and endpoints as the AWS tools read them: `AWS_ENDPOINT_URL_EC2` and its like, then
    /// `AWS_ENDPOINT_URL`, else the true names.
    /// - Parameters:
    ///   - region: nil for `AWS_REGION` or `AWS_DEFAULT_REGION`.
    ///   - environment: of the process.
    /// - Throws: `AWSConfigurationError` when there is no region, or an endpoint is no URL.
    package init(region: String? = nil, environment: [String: String]) throws(AWSConfigurationError) {
        guard let region = region ?? environment["AWS_REGION"] ?? environment["AWS_DEFAULT_REGION"], !region.isEmpty
        else { throw .missingRegion }
        var endpoints: [AWSService: String] = [:]
        for service in AWSService.allCases {
            let names = ["AWS_ENDPOINT_URL_\(service.variableName)", "AWS_ENDPOINT_URL"]
            guard let name = names.first(where: { environment[$0]?.isEmpty == false }), let url = environment[name]
            else { continue }
            do {
                _ = try HTTPAddress(url: url)
            } catch {
                throw .invalidEndpoint(variable: name, reason: "\(error)")
            }
            endpoints[service] = url
        }
        self.init(region: region, endpoints: endpoints)
    }

    /// Whether a service's requests go to another place than AWS's own.
    func hasEndpoint(_ service: AWSService) -> Bool { endpoints[service] != nil }

    /// The URL that a service's requests go to, with a slash at its end.
    package func endpoint(_ service: AWSService) -> String {
        let url = endpoints[service] ?? "https://\(service.host(region))"
        return url.hasSuffix("/") ? url : url + "/"
    }
}

/// What is wrong with the region or an endpoint.
package enum AWSConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    case missingRegion
    case invalidEndpoint(variable: String, reason: String)

    package var description: String {
        switch self {
        case .missingRegion:
            "no AWS region: set it in the configuration, or in AWS_REGION"
        case .invalidEndpoint(let variable, let reason):
            "\(variable): \(reason)"
        }
    }
}
