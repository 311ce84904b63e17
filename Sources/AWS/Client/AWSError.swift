package import HTTPTransport

/// Why a call to AWS failed. Carries request ids, never a secret.
package enum AWSError: Error, Sendable, Equatable, CustomStringConvertible {
    case refused(AWSRefusal)
    case credentials(CredentialError)
    case transport(operation: String, HTTPError)
    case unreadable(operation: String, requestID: String?, reason: String)

    package var kind: AWSErrorKind {
        switch self {
        case .refused(let refusal): refusal.kind
        case .credentials: .denied
        case .transport(_, let error): error.isTransient ? .transient : .invalid
        case .unreadable: .transient
        }
    }

    package var description: String {
        switch self {
        case .refused(let refusal): refusal.description
        case .credentials(let error): error.description
        case .transport(let operation, let error): "\(operation): \(error)"
        case .unreadable(let operation, let requestID, let reason):
            "\(operation) (request \(requestID ?? "without id")): the answer cannot be read: \(reason)"
        }
    }
}
