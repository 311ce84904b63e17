/// Why an exchange failed. Names the host and port, never path, query, headers or body: those may hold secrets.
package enum HTTPError: Error, Sendable, Equatable, CustomStringConvertible {
    case invalidURL(String)
    case invalidRequest(HTTPAddress, String)
    case unresolvedHost(HTTPAddress)
    case connectionRefused(HTTPAddress)
    case unreachable(HTTPAddress, String)
    case connectionLost(HTTPAddress, String)
    case tls(HTTPAddress, String)
    case timedOut(HTTPAddress, String)
    case answerTooLarge(HTTPAddress, limitBytes: Int)
    case cancelled(HTTPAddress)
    case clientShutDown(HTTPAddress)

    /// Whether the same request may well succeed a little later.
    package var isTransient: Bool {
        switch self {
        case .unresolvedHost, .connectionRefused, .unreachable, .connectionLost, .timedOut: true
        case .invalidURL, .invalidRequest, .tls, .answerTooLarge, .cancelled, .clientShutDown: false
        }
    }

    /// Whether the server cannot have seen the request, so that sending it again is safe whatever it does.
    package var isBeforeSending: Bool {
        switch self {
        case .invalidURL, .invalidRequest, .unresolvedHost, .connectionRefused, .unreachable: true
        case .connectionLost, .tls, .timedOut, .answerTooLarge, .cancelled, .clientShutDown: false
        }
    }

    package var description: String {
        switch self {
        case .invalidURL(let reason):
            "the URL is not valid: \(reason)"
        case .invalidRequest(let address, let reason):
            "the request to \(address) is not valid: \(reason)"
        case .unresolvedHost(let address):
            "the name of \(address) does not resolve: check the spelling, and this machine's DNS"
        case .connectionRefused(let address):
            "\(address) refused the connection: check that the server runs and that the port is right"
        case .unreachable(let address, let reason):
            "\(address) cannot be reached (\(reason)): check the network, the firewall and the proxy settings"
        case .connectionLost(let address, let reason):
            "the connection to \(address) was lost (\(reason)): try again"
        case .tls(let address, let reason):
            "no secure connection to \(address) (\(reason)): check the CA file, the client certificate and the host name"
        case .timedOut(let address, let phase):
            "\(address) did not answer in time (\(phase)): try again, or allow more time"
        case .answerTooLarge(let address, let limit):
            "the answer of \(address) is longer than \(limit) bytes: ask for less at once, or raise the limit"
        case .cancelled(let address):
            "the request to \(address) was cancelled"
        case .clientShutDown(let address):
            "the request to \(address) was not sent: the HTTP client is shut down"
        }
    }
}
