import HTTPTransport

extension KubernetesClient {
    /// Sends a request with the credential of the moment, again as the retry policy says; a Retry-After is obeyed. A
    /// server that does not know the credential gets another one once, if there is another.
    /// - Parameters:
    ///   - method: Such as `GET`.
    ///   - target: Path and query.
    ///   - body: Empty for none.
    ///   - contentType: Of the body.
    ///   - isFinal: Which answers are not tried again, whatever their status.
    ///   - send: One attempt.
    /// - Returns: The last answer, whatever its status.
    /// - Throws: `KubernetesError` when no answer came.
    func exchange<Answer: HTTPAnswer>(
        _ method: String,
        _ target: String,
        body: [UInt8] = [],
        contentType: String? = nil,
        isFinal: (Answer) -> Bool = { _ in false },
        _ send: (HTTPRequest, HTTPClient) async throws(HTTPError) -> Answer
    ) async throws(KubernetesError) -> Answer {
        var generator = SystemRandomNumberGenerator()
        var credential = try await self.credential()
        var mayRenew = true
        var attempts = 0
        while true {
            let request = request(method, target, body, contentType, credential)
            let outcome: Result<Answer, HTTPError>
            do throws(HTTPError) {
                outcome = .success(try await send(request, connection.client(for: credential)))
            } catch {
                outcome = .failure(error)
            }
            if mayRenew, case .success(let answer) = outcome, answer.status == 401 {
                mayRenew = false
                let renewed = try await self.credential(insteadOf: credential)
                guard renewed == credential else {
                    credential = renewed
                    continue
                }
            }
            attempts += 1
            // A cancelled sleep ends the attempts: the last outcome stands.
            guard let wait = wait(after: outcome, attempts, isFinal, &generator),
                (try? await Task.sleep(for: wait)) != nil
            else {
                do throws(HTTPError) { return try outcome.get() } catch { throw .transport(error) }
            }
            credential = try await self.credential()
        }
    }

    /// How long to wait before the next attempt; nil when there is none.
    private func wait<Answer: HTTPAnswer>(
        after outcome: Result<Answer, HTTPError>,
        _ attempts: Int,
        _ isFinal: (Answer) -> Bool,
        _ generator: inout some RandomNumberGenerator
    ) -> Duration? {
        switch outcome {
        case .success(let answer):
            guard retries.retriedStatuses.contains(answer.status), !isFinal(answer) else { return nil }
            let asked = answer.headers["Retry-After"].flatMap { RetryAfter.duration($0) }
            return retries.delay(afterAttempt: attempts, retryAfter: asked, using: &generator)
        case .failure(let error):
            guard error.isTransient, error.isBeforeSending || retries.retriesLostConnections else { return nil }
            return retries.delay(afterAttempt: attempts, using: &generator)
        }
    }

    private func credential(
        insteadOf refused: IssuedCredential? = nil
    ) async throws(KubernetesError) -> IssuedCredential {
        do throws(CredentialError) {
            return try await credentials.current(insteadOf: refused)
        } catch {
            throw .credential(error)
        }
    }

    private func request(
        _ method: String,
        _ target: String,
        _ body: [UInt8],
        _ contentType: String?,
        _ credential: IssuedCredential
    ) -> HTTPRequest {
        var request = HTTPRequest(
            method: method,
            url: access.server + target,
            headers: ["Accept": "application/json"],
            body: body,
            timeout: timeout
        )
        if !body.isEmpty { request.headers["Content-Type"] = contentType }
        if let token = credential.token { request.headers["Authorization"] = "Bearer \(token)" }
        return request
    }
}

/// What is known of an answer once its head is there.
protocol HTTPAnswer: Sendable {
    var status: Int { get }
    var headers: HTTPHeaders { get }
}

extension HTTPResponse: HTTPAnswer {}
extension HTTPStreamingResponse: HTTPAnswer {}
