/// What is tried again, and when: exponential backoff with full jitter, so that clients that failed together do not
/// come back together. A Retry-After is obeyed.
package struct RetryPolicy: Sendable {
    /// The first included; at least 1.
    package var maximumAttempts: Int
    /// The first wait is a random part of this; each later one of twice as much.
    package var baseDelay: Duration
    package var maximumDelay: Duration
    /// A Retry-After beyond this ends the attempts: the caller has better things to do than wait.
    package var longestRetryAfter: Duration
    package var retriedStatuses: Set<Int>
    /// Whether to send again when the server may have seen the request. Only for requests that do no harm twice.
    package var retriesLostConnections: Bool

    package init(
        maximumAttempts: Int = 5,
        baseDelay: Duration = .milliseconds(200),
        maximumDelay: Duration = .seconds(20),
        longestRetryAfter: Duration = .seconds(60),
        retriedStatuses: Set<Int> = [429, 500, 502, 503, 504],
        retriesLostConnections: Bool = true
    ) {
        self.maximumAttempts = maximumAttempts
        self.baseDelay = baseDelay
        self.maximumDelay = maximumDelay
        self.longestRetryAfter = longestRetryAfter
        self.retriedStatuses = retriedStatuses
        self.retriesLostConnections = retriesLostConnections
    }

    /// The wait after a failed attempt.
    /// - Parameters:
    ///   - attempt: how many attempts have failed, from 1.
    ///   - retryAfter: what the server asked for: the least to wait.
    ///   - generator: where the jitter comes from.
    /// - Returns: nil when the attempts are used up or the server asks for too much patience.
    package func delay(
        afterAttempt attempt: Int,
        retryAfter: Duration? = nil,
        using generator: inout some RandomNumberGenerator
    ) -> Duration? {
        guard attempt < maximumAttempts else { return nil }
        let ceiling = min(maximumDelay, baseDelay * (1 << min(attempt - 1, 30)))
        let jitter = Duration.milliseconds(Int.random(in: 0...ceiling.wholeMilliseconds, using: &generator))
        guard let retryAfter else { return jitter }
        return retryAfter <= longestRetryAfter ? retryAfter + jitter : nil
    }

    /// Runs `attempt` until it brings a response that is not to be tried again, or the attempts are used up.
    /// - Parameter attempt: one exchange; called anew each time, so that it can sign anew.
    /// - Returns: the last response.
    /// - Throws: the last attempt's error.
    package func run(
        _ attempt: () async throws(HTTPError) -> HTTPResponse
    ) async throws(HTTPError) -> HTTPResponse {
        var generator = SystemRandomNumberGenerator()
        var attempts = 0
        while true {
            attempts += 1
            let outcome: Result<HTTPResponse, HTTPError>
            do throws(HTTPError) {
                outcome = .success(try await attempt())
            } catch {
                outcome = .failure(error)
            }
            let wait: Duration?
            switch outcome {
            case .success(let response):
                guard retriedStatuses.contains(response.status) else { return response }
                let asked = response.headers["Retry-After"].flatMap { RetryAfter.duration($0) }
                wait = delay(afterAttempt: attempts, retryAfter: asked, using: &generator)
            case .failure(let error):
                guard error.isTransient, error.isBeforeSending || retriesLostConnections else { throw error }
                wait = delay(afterAttempt: attempts, using: &generator)
            }
            // A cancelled sleep ends the attempts: the last outcome stands.
            guard let wait, (try? await Task.sleep(for: wait)) != nil else { return try outcome.get() }
        }
    }
}
