/// Why the server's certificate cannot be used.
package enum TLSError: Error, Hashable, CustomStringConvertible {
    case unreadable(path: String, problem: String)
    case mismatch(certificate: String, key: String, problem: String)

    package var description: String {
        switch self {
        case .unreadable(let path, let problem):
            "\(path) cannot be used: \(problem); it must be PEM"
        case .mismatch(let certificate, let key, let problem):
            "\(certificate) and \(key) do not go together (\(problem)): give a certificate and its own key"
        }
    }
}
