package import HTTPTransport

/// Why the instance metadata service did not say what was asked.
package enum InstanceMetadataError: Error, Equatable, CustomStringConvertible {
    case transport(HTTPError)
    case status(Int, path: String)
    case unreadable(path: String, problem: String)

    /// Whether the same may well succeed a little later.
    var isTransient: Bool {
        switch self {
        case .transport(let error): error.isTransient
        case .status(let code, _): code >= 500 || code == 429
        case .unreadable: true
        }
    }

    package var description: String {
        switch self {
        case .transport(let error):
            "the instance metadata service: \(error)"
        case .status(401, let path):
            "the instance metadata service takes no session token for \(path): check that nothing stands in its place"
        case .status(403, let path):
            "the instance metadata service forbids \(path): enable it in the instance's metadata options"
        case .status(let code, let path):
            "the instance metadata service answers \(code) for \(path): check --metadata-endpoint"
        case .unreadable(let path, let problem):
            "the instance metadata service's answer for \(path) cannot be read: \(problem)"
        }
    }
}
