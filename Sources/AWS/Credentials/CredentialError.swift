/// Why there are no credentials. Never holds a secret.
package enum CredentialError: Error, Sendable, Equatable, CustomStringConvertible {
    case notFound(tried: [String])
    case incomplete(source: String, missing: String)
    case unreadable(path: String, reason: String)
    /// Something is written that cannot be followed.
    case unusable(source: String, reason: String)
    /// Whoever gives the credentials did not; later it may.
    case refused(source: String, reason: String, isTransient: Bool)

    /// Whether the same may well succeed a little later.
    package var isTransient: Bool {
        if case .refused(_, _, let isTransient) = self { isTransient } else { false }
    }

    package var description: String {
        switch self {
        case .notFound(let tried):
            "no AWS credentials found: looked at \(tried.joined(separator: ", then ")); set AWS_ACCESS_KEY_ID and "
                + "AWS_SECRET_ACCESS_KEY, write a profile, or give the pod or the instance a role"
        case .incomplete(let source, let missing):
            "\(source): \(missing) is missing: set it too"
        case .unreadable(let path, let reason):
            "\(path) cannot be read (\(reason)): check the path and its permissions"
        case .unusable(let source, let reason):
            "\(source): \(reason)"
        case .refused(let source, let reason, _):
            "no credentials from \(source): \(reason)"
        }
    }
}
