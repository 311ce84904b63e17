import Foundation
import HTTPTransport

/// Credentials from the agent beside a container: EKS Pod Identity, ECS.
/// https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
struct ContainerCredentials: CredentialProvider {
    private static let longestAnswerBytes = 64 << 10
    private static let timeout: Duration = .seconds(5)
    /// Where agents listen: of ECS, of EKS by IPv4 and by IPv6.
    private static let agentHosts = ["169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"]

    let environment: [String: String]
    let retry: RetryPolicy
    let transport: AWSClient.Transport

    var source: String { "the container's agent (AWS_CONTAINER_CREDENTIALS_FULL_URI)" }

    private func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }

    func credentials() async throws(CredentialError) -> Credentials? {
        guard let url = try url() else { return nil }
        let token = try token()
        let name = "the container's agent"
        let response: HTTPResponse
        do throws(HTTPError) {
            response = try await retry.run { () throws(HTTPError) in
                var request = HTTPRequest(
                    url: url,
                    headers: ["Accept": "application/json"],
                    timeout: Self.timeout,
                    usesEnvironmentProxy: false
                )
                request.headers["Authorization"] = token
                return try await transport(request, Self.longestAnswerBytes)
            }
        } catch {
            throw .refused(source: name, reason: "\(error)", isTransient: error.isTransient)
        }
        guard response.isSuccess else {
            throw .refused(
                source: name,
                reason: "it answers with status \(response.status): check that the pod's or task's role exists",
                isTransient: response.status >= 500 || response.status == 429
            )
        }
        return try IssuedCredentials.read(response.body, source: name).credentials(source: name)
    }

    private func url() throws(CredentialError) -> String? {
        if let path = variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
            guard path.hasPrefix("/") else {
                throw .unusable(
                    source: "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
                    reason: "it must begin with a slash"
                )
            }
            return "http://169.254.170.2\(path)"
        }
        let name = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
        guard let full = variable(name) else { return nil }
        let address: HTTPAddress
        do throws(HTTPError) {
            address = try HTTPAddress(url: full)
        } catch {
            throw .unusable(source: name, reason: "\(error)")
        }
        // In the clear only within the machine: whoever else answered would give us an identity of his choice.
        guard address.scheme == "https" || address.isLoopback || Self.agentHosts.contains(address.host) else {
            throw .unusable(
                source: name,
                reason:
                    "\(address.host) is neither loopback nor \(Self.agentHosts.joined(separator: " nor ")): use https"
            )
        }
        return full
    }

    /// Read anew each time: it is rotated.
    private func token() throws(CredentialError) -> String? {
        let token: String
        if let path = variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") {
            do {
                token = try String(contentsOfFile: path, encoding: .utf8)
                    .trimmingCharacters(in: .whitespacesAndNewlines)
            } catch {
                throw .unreadable(path: path, reason: error.localizedDescription)
            }
        } else if let given = variable("AWS_CONTAINER_AUTHORIZATION_TOKEN") {
            token = given
        } else {
            return nil
        }
        guard token.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw .unusable(source: "the container's authorization token", reason: "it holds a control character")
        }
        return token
    }
}
