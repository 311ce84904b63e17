package import HTTPTransport
package import Logging

/// Signs and sends requests to AWS services, again where that helps, and sorts their errors.
///
/// Copies share what they learn: how fast each API may be asked, and how wrong this machine's clock is.
package struct AWSClient: Sendable {
    /// Enough for a full page of any call that is made.
    private static let maximumAnswerBytes = 32 << 20

    /// Carries a request out; the limit is in bytes.
    package typealias Transport = @Sendable (HTTPRequest, Int) async throws(HTTPError) -> HTTPResponse

    /// What is learned from answers.
    private struct Lessons {
        var budgets: [String: APIBudget] = [:]
        /// What is added to this machine's clock.
        var clockCorrectionMilliseconds: Int64 = 0
    }

    package let configuration: AWSConfiguration
    private let transport: Transport
    /// Nil sends unsigned requests.
    private let credentials: (any CredentialProvider)?
    private let retry: RetryPolicy
    private let times: AWSTimes
    private let logger: Logger
    private let lessons = Locked(Lessons())

    /// - Parameters:
    ///   - configuration: which region, and where its services are.
    ///   - credentials: asked before every request; nil for those calls that nobody signs.
    ///   - http: carries the requests.
    ///   - retry: how often and how soon.
    ///   - logger: takes what an operator should know.
    package init(
        configuration: AWSConfiguration,
        credentials: (any CredentialProvider)?,
        http: HTTPClient,
        retry: RetryPolicy = RetryPolicy(),
        logger: Logger = .silent
    ) {
        self.init(configuration: configuration, credentials: credentials, retry: retry, logger: logger) {
            request,
            limit throws(HTTPError) in
            try await http.send(request, maximumBodyBytes: limit)
        }
    }

    package init(
        configuration: AWSConfiguration,
        credentials: (any CredentialProvider)?,
        retry: RetryPolicy = RetryPolicy(),
        times: AWSTimes = .machine,
        logger: Logger = .silent,
        transport: @escaping Transport
    ) {
        self.configuration = configuration
        self.transport = transport
        self.credentials = credentials
        self.retry = retry
        self.times = times
        self.logger = logger
    }

    /// Posts to a service's endpoint, as `send(_:to:_:region:reading:)` does.
    /// - Parameters:
    ///   - service: which service.
    ///   - operation: as in `DescribeInstances`; for messages.
    ///   - headers: content type and, where the protocol has one, the target.
    ///   - body: of the request.
    ///   - timeout: for one attempt.
    ///   - read: makes something of an answer that is a success.
    /// - Returns: what was read.
    /// - Throws: `AWSError`.
    func post<Output>(
        _ service: AWSService,
        _ operation: String,
        headers: HTTPHeaders,
        body: [UInt8],
        timeout: Duration = .seconds(30),
        reading read: (HTTPResponse) throws(AnswerProblem) -> Output
    ) async throws(AWSError) -> Output {
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
            region: service.region(configuration.region),
            reading: read
        )
    }

    /// Sends a request to a service, again where that helps, signed anew each time.
    ///
    /// Throttling, server errors, lost connections and answers that break off are tried again. A call that must not
    /// happen twice carries a client token. Credentials that AWS calls expired are renewed, and a clock that is wrong
    /// is corrected by AWS's own, once for each call.
    /// - Parameters:
    ///   - request: all but the signature.
    ///   - service: that it is signed for.
    ///   - operation: as in `ListObjectsV2`; for messages.
    ///   - region: that it is signed for.
    ///   - read: makes something of an answer that is a success.
    /// - Returns: what was read.
    /// - Throws: `AWSError`.
    func send<Output>(
        _ request: HTTPRequest,
        to service: AWSService,
        _ operation: String,
        region: String,
        reading read: (HTTPResponse) throws(AnswerProblem) -> Output
    ) async throws(AWSError) -> Output {
        let api = "\(service.rawValue).\(operation)"
        var generator = SystemRandomNumberGenerator()
        var attempts = 0
        var cost = 0
        var mayCorrectClock = true
        var mayRenew = true
        while true {
            attempts += 1
            let identity = try await findCredentials()
            let outcome: Result<HTTPResponse, HTTPError>
            var clockCorrection: Int64 = 0
            do throws(HTTPError) {
                try await waitForTurn(api, request)
                clockCorrection = lessons.withLock(\.clockCorrectionMilliseconds)
                outcome = .success(
                    try await exchange(
                        request,
                        identity,
                        region: region,
                        service: service,
                        clockCorrectionMilliseconds: clockCorrection
                    )
                )
            } catch {
                outcome = .failure(error)
            }
            let failure: AWSError
            switch Self.read(outcome, api, identity, read) {
            case .success(let output):
                lessons.withLock { $0.budgets[api, default: APIBudget()].succeeded(cost: cost, at: times.elapsed()) }
                return output
            case .failure(let error):
                failure = error
            }
            let response = try? outcome.get()
            if case .refused(let refusal) = failure, let response {
                if mayCorrectClock, correctClock(refusal, response, api, signedWith: clockCorrection) {
                    mayCorrectClock = false
                    attempts -= 1
                    continue
                }
                if mayRenew, let identity, refusal.namesUselessCredentials {
                    mayRenew = false
                    await credentials?.forget(identity)
                    if try await findCredentials() != identity {
                        attempts -= 1
                        continue
                    }
                }
            }
            let retryAfter = response?.headers["Retry-After"].flatMap { RetryAfter.duration($0) }
            if failure.kind == .throttled { noteThrottling(api) }
            guard failure.isRetried,
                let wait = retry.delay(afterAttempt: attempts, retryAfter: retryAfter, using: &generator),
                let taken = takeAttempt(api, failure)
            else { throw failure }
            cost = taken
            // A cancelled sleep ends the attempts: the last outcome stands.
            guard (try? await times.sleep(wait)) != nil else { throw failure }
        }
    }

    private func exchange(
        _ request: HTTPRequest,
        _ identity: Credentials?,
        region: String,
        service: AWSService,
        clockCorrectionMilliseconds: Int64
    ) async throws(HTTPError) -> HTTPResponse {
        guard let identity else { return try await transport(request, Self.maximumAnswerBytes) }
        var signed = request
        signed.headers = try SigV4.sign(
            request,
            credentials: identity,
            region: region,
            service: service.signingName,
            atMilliseconds: times.wallMilliseconds() + clockCorrectionMilliseconds
        )
        return try await transport(signed, Self.maximumAnswerBytes)
    }

    private static func read<Output>(
        _ outcome: Result<HTTPResponse, HTTPError>,
        _ api: String,
        _ identity: Credentials?,
        _ read: (HTTPResponse) throws(AnswerProblem) -> Output
    ) -> Result<Output, AWSError> {
        let response: HTTPResponse
        switch outcome {
        case .success(let answer): response = answer
        case .failure(let error): return .failure(.transport(operation: api, error))
        }
        guard response.isSuccess, !AWSRefusal.isInside(response) else {
            return .failure(.refused(AWSRefusal(response, operation: api, credentials: identity)))
        }
        do throws(AnswerProblem) {
            return .success(try read(response))
        } catch {
            return .failure(
                .unreadable(
                    operation: api,
                    requestID: AWSRefusal.requestID(response),
                    reason: error.reason,
                    isBrokenOff: error.isBrokenOff
                )
            )
        }
    }

    // MARK: Budgets

    private func waitForTurn(_ api: String, _ request: HTTPRequest) async throws(HTTPError) {
        let wait = lessons.withLock { $0.budgets[api, default: APIBudget()].takeTurn(at: times.elapsed()) }
        guard wait > .zero else { return }
        do {
            try await times.sleep(wait)
        } catch {
            throw .cancelled(try HTTPAddress(url: request.url))
        }
    }

    private func noteThrottling(_ api: String) {
        lessons.withLock { $0.budgets[api, default: APIBudget()].throttled(at: times.elapsed()) }
    }

    /// What the attempt after a failure costs; nil when there were too many of late.
    private func takeAttempt(_ api: String, _ failure: AWSError) -> Int? {
        let isTimeout = if case .transport(_, .timedOut) = failure { true } else { false }
        return lessons.withLock { $0.budgets[api, default: APIBudget()].takeAttempt(isTimeout: isTimeout) }
    }

    // MARK: Clock

    /// AWS accepts signatures that are five minutes old.
    private static let acceptedSkewMilliseconds: Int64 = 240_000

    /// Takes the time from an answer that refuses a signature for its time. What counts is the correction that this
    /// request was signed with: while it was under way another call may have learned a better one.
    /// - Returns: whether the same request, signed anew, may be accepted.
    private func correctClock(
        _ refusal: AWSRefusal,
        _ response: HTTPResponse,
        _ api: String,
        signedWith old: Int64
    ) -> Bool {
        guard refusal.mayBlameTheClock,
            let theirs = response.headers["Date"].flatMap({ HTTPDate.milliseconds($0) })
        else { return false }
        let correction = theirs - times.wallMilliseconds()
        guard abs(correction - old) > Self.acceptedSkewMilliseconds else { return false }
        let isNew = lessons.withLock { lessons in
            let isNew = abs(correction - lessons.clockCorrectionMilliseconds) > Self.acceptedSkewMilliseconds
            if isNew { lessons.clockCorrectionMilliseconds = correction }
            return isNew
        }
        guard isNew else { return true }
        logger.warning(
            "this machine's clock is wrong: requests are signed with AWS's time; set the clock",
            metadata: ["secondsBehind": "\(correction / 1000)", "api": "\(api)"]
        )
        return true
    }

    private func findCredentials() async throws(AWSError) -> Credentials? {
        guard let credentials else { return nil }
        do throws(CredentialError) {
            if let found = try await credentials.credentials() { return found }
        } catch {
            throw .credentials(error)
        }
        throw .credentials(.notFound(tried: [credentials.source]))
    }
}

extension Logger {
    /// Takes everything and writes nothing.
    package static var silent: Logger { Logger(label: "silent") { _ in SwiftLogNoOpLogHandler() } }
}
