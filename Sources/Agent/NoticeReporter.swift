import Foundation
import HTTPTransport
import Model

/// Sends reports to the service. Reports are rare: each has a connection of its own, with the token and the certificate
/// authorities as the files hold them at that moment.
struct NoticeReporter: Sendable {
    private static let answerLimitBytes = 64 << 10
    private static let timeout: Duration = .seconds(15)

    /// Without a slash at its end.
    private let service: String
    private let tokenFile: String
    private let authorities: String?

    init(service: String, tokenFile: String, authorities: String?) throws(AgentError) {
        let address: HTTPAddress
        do throws(HTTPError) {
            address = try HTTPAddress(url: service)
        } catch {
            throw .badService(service, error)
        }
        guard address.scheme == "https" || address.isLoopback else { throw .plainService(service) }
        self.service = service.hasSuffix("/") ? String(service.dropLast()) : service
        self.tokenFile = tokenFile
        self.authorities = authorities
    }

    /// Returns once the service has all of it in its journal.
    func send(_ report: NoticeReport) async throws(AgentError) {
        let token = try token()
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let body = (try? encoder.encode(report)).map { [UInt8]($0) } ?? []
        let request = HTTPRequest(
            method: "POST",
            url: "\(service)/api/v1/notices",
            headers: ["Content-Type": "application/json", "Authorization": "Bearer \(token)"],
            body: body,
            timeout: Self.timeout,
            usesEnvironmentProxy: false
        )
        let tls = TLSOptions(authorities: authorities.map { .file($0) })
        let http = HTTPClient(configuration: HTTPClientConfiguration(tls: tls))
        let answer: HTTPResponse
        do throws(HTTPError) {
            answer = try await http.send(request, maximumBodyBytes: Self.answerLimitBytes)
        } catch {
            throw .transport(error)
        }
        guard answer.isSuccess else {
            struct Problem: Decodable {
                var detail: String?
            }
            let problem = try? JSONDecoder().decode(Problem.self, from: Data(answer.body))
            throw .refused(status: answer.status, detail: problem?.detail ?? "no explanation")
        }
    }

    private func token() throws(AgentError) -> String {
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: tokenFile))
        } catch {
            throw .token(path: tokenFile, problem: "it cannot be read")
        }
        let text = String(decoding: data.prefix(64 << 10), as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines)
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw .token(path: tokenFile, problem: "it holds no token")
        }
        return text
    }
}
