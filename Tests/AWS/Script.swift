import HTTPTransport
import Logging

@testable import AWS

/// Gives answers in turn, keeps the requests, and has a clock of its own that nobody waits for.
final class Script: Sendable {
    typealias Answer = Result<HTTPResponse, HTTPError>

    private struct State {
        var answers: [Answer]
        var requests: [HTTPRequest] = []
        var sleeps: [Duration] = []
        var elapsed: Duration = .zero
    }

    static let credentials = Credentials(accessKeyID: "AKID", secretAccessKey: Secret("secret"))

    private let state: Locked<State>
    private let wallMilliseconds: Int64

    /// - Parameters:
    ///   - answers: in turn; after the last one, status 500.
    ///   - wallMilliseconds: what the clock on the wall shows at the beginning.
    init(_ answers: [Answer], wallMilliseconds: Int64 = 0) {
        state = Locked(State(answers: answers.reversed()))
        self.wallMilliseconds = wallMilliseconds
    }

    var requests: [HTTPRequest] { state.withLock { $0.requests } }
    var sleeps: [Duration] { state.withLock { $0.sleeps } }

    static func answer(_ text: String, status: Int = 200, headers: HTTPHeaders = [:]) -> Answer {
        .success(HTTPResponse(status: status, headers: headers, body: Array(text.utf8)))
    }

    static func form(_ request: HTTPRequest) -> String { String(decoding: request.body, as: UTF8.self) }

    /// Lets time pass.
    func pass(_ duration: Duration) { state.withLock { $0.elapsed += duration } }

    /// Time goes on by sleeping, and by a second with each request.
    var times: AWSTimes {
        let elapsed: @Sendable () -> Duration = { self.state.withLock { $0.elapsed } }
        return AWSTimes(
            wallMilliseconds: {
                let (seconds, attoseconds) = elapsed().components
                return self.wallMilliseconds + seconds * 1000 + attoseconds / 1_000_000_000_000_000
            },
            elapsed: elapsed,
            sleep: { duration in
                self.state.withLock { state in
                    state.sleeps.append(duration)
                    state.elapsed += duration
                }
            }
        )
    }

    var transport: AWSClient.Transport {
        { request, _ throws(HTTPError) in
            let answer = self.state.withLock { state in
                state.requests.append(request)
                state.elapsed += .seconds(1)
                return state.answers.popLast()
            }
            return try (answer ?? .success(HTTPResponse(status: 500))).get()
        }
    }

    func client(
        _ provider: any CredentialProvider = StaticCredentials(credentials),
        attempts: Int = 3,
        logger: Logger = .silent
    ) -> AWSClient {
        AWSClient(
            configuration: AWSConfiguration(region: "us-east-1"),
            credentials: provider,
            retry: RetryPolicy(maximumAttempts: attempts, baseDelay: .milliseconds(1), maximumDelay: .milliseconds(1)),
            times: times,
            logger: logger,
            transport: transport
        )
    }
}
