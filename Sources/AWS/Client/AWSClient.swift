import Foundation
package import HTTPTransport

/// Signs and sends requests to AWS services, again where that helps, and sorts their errors.
package struct AWSClient: Sendable {
    /// Enough for a full page of any call that is made.
    private static let maximumAnswerBytes = 32 << 20

    /// Carries a request out; the limit is in bytes.
    package typealias Transport = @Sendable (HTTPRequest, Int) async throws(HTTPError) -> HTTPResponse

    package let configuration: AWSConfiguration
    private let transport: Transport
    private let credentials: any CredentialProvider
    private let retry: RetryPolicy
    /// Wall time since 1970. Signatures never follow a world's clock.
    private let nowMilliseconds: @Sendable () -> Int64

    package init(
        configuration: AWSConfiguration,
        credentials: any CredentialProvider,
        http: HTTPClient,
        retry: RetryPolicy = RetryPolicy()
    ) {
        self.init(configuration: configuration, credentials: credentials, retry: retry) {
            request,
            limit throws(HTTPError) in
            try await http.send(request, maximumBodyBytes: limit)
        }
    }

    package init(
        configuration: AWSConfiguration,
        credentials: any CredentialProvider,
        retry: RetryPolicy = RetryPolicy(),
        nowMilliseconds: @escaping @Sendable () -> Int64 = { Int64(Date().timeIntervalSince1970 * 1000) },
        transport: @escaping Transport
    ) {
        self.configuration = configuration
        self.transport = transport
        self.credentials = credentials
        self.retry = retry
        self.nowMilliseconds = nowMilliseconds
    }

    /// Posts to a service's endpoint.
    ///
    /// Throttling, server errors and lost connections are tried again, signed anew. A call that must not happen twice
    /// carries a client token.
    /// - Parameters:
    ///   - service: which service.
    ///   - operation: as in `DescribeInstances`; for messages.
    ///   - headers: content type and, where the protocol has one, the target.
    ///   - body: of the request.
    ///   - timeout: for one attempt.
    /// - Returns: a response that is a success.
    /// - Throws: `AWSError`.
    func post(
        _ service: AWSService,
        _ operation: String,
        headers: HTTPHeaders,
        body: [UInt8],
        timeout: Duration = .seconds(30)
    ) async throws(AWSError) -> HTTPResponse {
        try await send(
            HTTPRequest(
                method: "POST",
                url: configuration.endpoint(service),
                headers: headers,
                body: body,
                timeout: timeout
            ),
            to: service,
            operation,
            region: service.region(configuration.region)
        )
    }

    /// Sends a request to a service, again where that helps, signed anew each time.
    /// - Parameters:
    ///   - request: all but the signature.
    ///   - service: that it is signed for.
    ///   - operation: as in `ListObjectsV2`; for messages.
    ///   - region: that it is signed for.
    /// - Returns: a response that is a success.
    /// - Throws: `AWSError`.
    func send(
        _ request: HTTPRequest,
        to service: AWSService,
        _ operation: String,
        region: String
    ) async throws(AWSError) -> HTTPResponse {
        let name = "\(service.rawValue).\(operation)"
        let identity = try await findCredentials()
        let response: HTTPResponse
        do throws(HTTPError) {
            response = try await retry.run(retrying: { response in
                !response.isSuccess
                    && AWSRefusal(response, operation: name, credentials: identity).kind.isRetried
            }) { () throws(HTTPError) in
                var signed = request
                signed.headers = try SigV4.sign(
                    request,
                    credentials: identity,
                    region: region,
                    service: service.signingName,
                    atMilliseconds: nowMilliseconds()
                )
                return try await transport(signed, Self.maximumAnswerBytes)
            }
        } catch {
            throw .transport(operation: name, error)
        }
        guard response.isSuccess else {
            throw .refused(AWSRefusal(response, operation: name, credentials: identity))
        }
        return response
    }

    private func findCredentials() async throws(AWSError) -> Credentials {
        do throws(CredentialError) {
            if let found = try await credentials.credentials() { return found }
        } catch {
            throw .credentials(error)
        }
        throw .credentials(.notFound(tried: [credentials.source]))
    }
}
