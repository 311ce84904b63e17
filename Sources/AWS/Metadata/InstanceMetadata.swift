import Foundation
package import HTTPTransport
package import Model

/// The instance metadata service of the machine that we run on, by its second version: every question carries a session
/// token.
/// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html
package actor InstanceMetadata {
    /// That the spot instance is taken back, how and when.
    package struct InstanceAction: Hashable, Sendable {
        /// `terminate`, `stop` or `hibernate`.
        package var action: String
        package var at: Timestamp
    }

    package static let standardEndpoint = "http://169.254.169.254"

    /// The longest that the service gives: six hours.
    private static let tokenSeconds = 21_600
    private static let answerLimitBytes = 64 << 10
    /// The service answers from the host itself: who waits longer had better ask again.
    private static let timeout: Duration = .seconds(5)
    /// What the service lists of one instance is a handful.
    private static let eventLimit = 20

    private let endpoint: String
    private let transport: AWSClient.Transport
    private var token: (value: String, until: ContinuousClock.Instant)?

    /// - Parameters:
    ///   - endpoint: The URL in front of `/latest`.
    ///   - http: Asked without any proxy.
    package init(endpoint: String = standardEndpoint, http: HTTPClient) {
        self.endpoint = endpoint.hasSuffix("/") ? String(endpoint.dropLast()) : endpoint
        transport = { request, limit throws(HTTPError) in try await http.send(request, maximumBodyBytes: limit) }
    }

    init(endpoint: String = standardEndpoint, transport: @escaping AWSClient.Transport) {
        self.endpoint = endpoint.hasSuffix("/") ? String(endpoint.dropLast()) : endpoint
        self.transport = transport
    }

    package func instanceID() async throws(InstanceMetadataError) -> InstanceID {
        let path = "meta-data/instance-id"
        guard let body = try await ask(path) else { throw .status(404, path: path) }
        let id = String(decoding: body, as: UTF8.self)
        guard id.hasPrefix("i-"), id.count <= 64, id.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw .unreadable(path: path, problem: "it is no instance id")
        }
        return InstanceID(id)
    }

    /// Nil while the instance is not to be taken back.
    /// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html
    package func instanceAction() async throws(InstanceMetadataError) -> InstanceAction? {
        struct Answer: Decodable {
            var action: String
            var time: String
        }
        let path = "meta-data/spot/instance-action"
        guard let answer = try await read(Answer.self, path) else { return nil }
        guard let at = AWSTime.parse(answer.time) else { throw .unreadable(path: path, problem: "it holds no time") }
        return InstanceAction(action: answer.action, at: Timestamp(milliseconds: at))
    }

    /// When a rebalance was recommended; nil while none is.
    /// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/rebalance-recommendations.html
    package func rebalanceRecommendation() async throws(InstanceMetadataError) -> Timestamp? {
        struct Answer: Decodable {
            var noticeTime: String
        }
        let path = "meta-data/events/recommendations/rebalance"
        guard let answer = try await read(Answer.self, path) else { return nil }
        guard let at = AWSTime.parse(answer.noticeTime) else {
            throw .unreadable(path: path, problem: "it holds no time")
        }
        return Timestamp(milliseconds: at)
    }

    /// The credentials of the instance's role.
    /// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html
    /// - Returns: the role's name and the document; nil when the instance has no role.
    /// - Throws: `InstanceMetadataError`.
    func roleCredentials() async throws(InstanceMetadataError) -> (role: String, body: [UInt8])? {
        let path = "meta-data/iam/security-credentials/"
        guard let list = try await ask(path) else { return nil }
        let name = String(decoding: list.prefix { $0 != 0x0A && $0 != 0x0D }, as: UTF8.self)
        guard !name.isEmpty else { return nil }
        // https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
        guard name.utf8.count <= 64,
            name.utf8.allSatisfy({ PercentEncoding.isUnreserved($0) || "+=,@".utf8.contains($0) })
        else { throw .unreadable(path: path, problem: "it is no role's name") }
        guard let body = try await ask(path + name) else { return nil }
        return (name, body)
    }

    /// What is still to come, the earliest first.
    package func scheduledMaintenance() async throws(InstanceMetadataError) -> [Maintenance] {
        let path = "meta-data/events/maintenance/scheduled"
        let events = try await read([ScheduledEvent].self, path) ?? []
        return events.filter { $0.state == "active" }.prefix(Self.eventLimit)
            .map { Maintenance(id: $0.id, code: $0.code, notBefore: $0.notBefore, notAfter: $0.notAfter) }
            .sorted { ($0.notBefore, $0.id) < ($1.notBefore, $1.id) }
    }

    private func read<Answer: Decodable>(
        _ type: Answer.Type,
        _ path: String
    ) async throws(InstanceMetadataError) -> Answer? {
        guard let body = try await ask(path) else { return nil }
        do {
            return try JSONDecoder().decode(type, from: Data(body))
        } catch {
            throw .unreadable(path: path, problem: "it is not the JSON that is documented")
        }
    }

    /// Nil where there is nothing.
    private func ask(_ path: String) async throws(InstanceMetadataError) -> [UInt8]? {
        var mayRenew = true
        while true {
            let token = try await sessionToken()
            let request = request("GET", path, ["X-aws-ec2-metadata-token": token])
            let answer = try await send(request)
            switch answer.status {
            case 200: return answer.body
            case 404: return nil
            case 401 where mayRenew:
                // The service forgets its tokens when the instance is stopped and started.
                mayRenew = false
                if self.token?.value == token { self.token = nil }
            default: throw .status(answer.status, path: path)
            }
        }
    }

    private func sessionToken() async throws(InstanceMetadataError) -> String {
        if let token, token.until > .now { return token.value }
        let path = "api/token"
        let header = "X-aws-ec2-metadata-token-ttl-seconds"
        let asked = ContinuousClock.now
        let answer = try await send(request("PUT", path, [header: "\(Self.tokenSeconds)"]))
        guard answer.status == 200 else { throw .status(answer.status, path: path) }
        let value = String(decoding: answer.body, as: UTF8.self)
        guard !value.isEmpty, value.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw .unreadable(path: path, problem: "it is no token")
        }
        let seconds = min(answer.headers[header].flatMap { Int($0) } ?? Self.tokenSeconds, Self.tokenSeconds)
        token = (value, asked + .seconds(seconds * 5 / 6))
        return value
    }

    private func request(_ method: String, _ path: String, _ headers: [String: String]) -> HTTPRequest {
        HTTPRequest(
            method: method,
            url: "\(endpoint)/latest/\(path)",
            headers: HTTPHeaders(headers.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }),
            timeout: Self.timeout,
            usesEnvironmentProxy: false
        )
    }

    private func send(_ request: HTTPRequest) async throws(InstanceMetadataError) -> HTTPResponse {
        do throws(HTTPError) {
            return try await transport(request, Self.answerLimitBytes)
        } catch {
            throw .transport(error)
        }
    }
}
