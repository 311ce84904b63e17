package import HTTPTransport

/// Why a call to the API server did not do what was asked.
package enum KubernetesError: Error, Equatable, CustomStringConvertible {
    /// No answer came.
    case transport(HTTPError)
    /// We cannot say who we are, so nothing was asked.
    case credential(CredentialError)
    /// None came in the time that there was.
    case noAnswerInTime(request: String)
    /// The server said no; `request` is method and path.
    case status(request: String, code: Int, reason: String, message: String, causes: [String])
    case invalidAnswer(request: String, problem: String)
    /// A watch or a page asks for a version that the server no longer keeps: list anew.
    case expired(request: String)

    /// The HTTP status; nil when there was none.
    package var code: Int? {
        guard case .status(_, let code, _, _, _) = self else { return nil }
        return code
    }

    package var description: String {
        switch self {
        case .transport(let error): error.description
        case .credential(let error): error.description
        case .noAnswerInTime(let request): "\(request): the API server did not answer in time"
        case .status(let request, 401, _, let message, _):
            "\(request): the API server does not know us (\(message)): check the token or client certificate"
        case .status(let request, 403, _, let message, _):
            "\(request): the API server forbids it (\(message)): check the role that is bound to our user"
        case .status(let request, let code, let reason, let message, _):
            "\(request): the API server answers \(code) \(reason): \(message)"
        case .invalidAnswer(let request, let problem):
            "\(request): the answer is not one of a Kubernetes API server: \(problem)"
        case .expired(let request):
            "\(request): the resource version is too old"
        }
    }
}

extension KubernetesError {
    /// Reads the Status object that comes with an error; a proxy's page is no such thing and is cut short.
    init(request: String, response: HTTPResponse) {
        let status = try? JSON(parsing: response.body, limits: JSON.Limits(bytes: 1 << 20))
        self.init(request: request, code: response.status, status: status ?? .null, body: response.body)
    }

    init(request: String, code: Int, status: JSON, body: [UInt8] = []) {
        let reason = status["reason"].string ?? ""
        guard code != 410, reason != "Expired" else {
            self = .expired(request: request)
            return
        }
        let text = String(decoding: body.prefix(200), as: UTF8.self).split { $0.isNewline || $0.isWhitespace }
        self = .status(
            request: request,
            code: code,
            reason: reason,
            message: status["message"].string.map { String($0.prefix(1000)) } ?? text.joined(separator: " "),
            causes: status.at("details", "causes").elements.compactMap { $0["reason"].string }
        )
    }
}
