package import HTTPTransport

/// Why a call to AWS failed. Carries request ids, never a secret.
package enum AWSError: Error, Sendable, Equatable, CustomStringConvertible {
    case refused(AWSRefusal)
    case credentials(CredentialError)
    case transport(operation: String, HTTPError)
    /// `isBrokenOff` tells an answer that ended too soon from one that is not what the operation promises.
    case unreadable(operation: String, requestID: String?, reason: String, isBrokenOff: Bool = false)

    package var kind: AWSErrorKind {
        switch self {
        case .refused(let refusal): refusal.kind
        case .credentials(let error): error.isTransient ? .transient : .denied
        case .transport(_, let error): error.isTransient ? .transient : .invalid
        case .unreadable: .transient
        }
    }

    /// Whether the client tries the same again by itself.
    var isRetried: Bool {
        switch self {
        case .refused(let refusal): refusal.kind.isRetried
        case .credentials: false
        case .transport(_, let error): error.isTransient
        case .unreadable(_, _, _, let isBrokenOff): isBrokenOff
        }
    }

    package var description: String {
        switch self {
        case .refused(let refusal): refusal.description
        case .credentials(let error): error.description
        case .transport(let operation, let error): "\(operation): \(error)"
        case .unreadable(let operation, let requestID, let reason, _):
            "\(operation) (request \(requestID ?? "without id")): the answer cannot be read: \(reason)"
        }
    }
}
