package import HTTPTransport

/// Why a report did not reach the service, or cannot.
package enum AgentError: Error, Equatable, CustomStringConvertible {
    case plainService(String)
    case badService(String, HTTPError)
    case token(path: String, problem: String)
    case transport(HTTPError)
    case refused(status: Int, detail: String)

    package var description: String {
        switch self {
        case .plainService(let url):
            "--service \(url): the token would cross the network in the clear; give an https:// URL"
        case .badService(let url, let error):
            "--service \(url): \(error)"
        case .token(let path, let problem):
            "the token file \(path): \(problem); mount a projected service-account token there, with the service's audience"
        case .transport(let error):
            "the service: \(error)"
        case .refused(let status, let detail):
            "the service answers \(status): \(detail)"
        }
    }
}
