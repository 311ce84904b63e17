/// Why there are no credentials.
package enum CredentialError: Error, Sendable, Equatable, CustomStringConvertible {
    case notFound(tried: [String])
    case incomplete(source: String, missing: String)
    case unreadable(path: String, reason: String)

    package var description: String {
        switch self {
        case .notFound(let tried):
            "no AWS credentials found: looked at \(tried.joined(separator: ", then ")); set AWS_ACCESS_KEY_ID and "
                + "AWS_SECRET_ACCESS_KEY, or write a profile"
        case .incomplete(let source, let missing):
            "\(source): \(missing) is missing: set it too"
        case .unreadable(let path, let reason):
            "\(path) cannot be read (\(reason)): check the path and its permissions"
        }
    }
}
