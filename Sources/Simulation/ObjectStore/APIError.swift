package import Kubernetes

/// What the API server answers instead of an object, each with the code, reason and wording clients look for.
package enum APIError: Error, Equatable {
    case notFound(ResourceKind, name: String)
    case unknownPath(String)
    case alreadyExists(ResourceKind, name: String)
    /// Somebody else was faster, or the object is another one than the caller thinks.
    case conflict(ResourceKind, name: String, message: String)
    case invalid(ResourceKind, name: String, causes: [Cause])
    case badRequest(String)
    /// The resource version is older than what the change log remembers.
    case expired(String)
    /// An eviction that a disruption budget does not allow now.
    case disruptionBudget(message: String, retryAfterSeconds: Int64)
    case unauthorized
    case methodNotAllowed(String)
    case unsupportedMediaType(String)
    case requestTooLarge(limit: Int)
    case internalError(String)

    /// One field that is wrong.
    package struct Cause: Sendable, Hashable {
        package var field: String
        package var message: String
        package var reason: String

        package init(field: String, message: String, reason: String = "FieldValueInvalid") {
            self.field = field
            self.message = message
            self.reason = reason
        }
    }
}

extension APIError {
    /// The HTTP status code.
    package var code: Int {
        switch self {
        case .notFound, .unknownPath: 404
        case .alreadyExists, .conflict: 409
        case .invalid: 422
        case .badRequest: 400
        case .expired: 410
        case .disruptionBudget: 429
        case .unauthorized: 401
        case .methodNotAllowed: 405
        case .unsupportedMediaType: 415
        case .requestTooLarge: 413
        case .internalError: 500
        }
    }

    package var reason: String {
        switch self {
        case .notFound, .unknownPath: "NotFound"
        case .alreadyExists: "AlreadyExists"
        case .conflict: "Conflict"
        case .invalid: "Invalid"
        case .badRequest: "BadRequest"
        case .expired: "Expired"
        case .disruptionBudget: "TooManyRequests"
        case .unauthorized: "Unauthorized"
        case .methodNotAllowed: "MethodNotAllowed"
        case .unsupportedMediaType: "UnsupportedMediaType"
        case .requestTooLarge: "RequestEntityTooLarge"
        case .internalError: "InternalError"
        }
    }

    package var message: String {
        switch self {
        case .notFound(let kind, let name): return "\(kind.qualifiedName) \"\(name)\" not found"
        case .unknownPath: return "the server could not find the requested resource"
        case .alreadyExists(let kind, let name): return "\(kind.qualifiedName) \"\(name)\" already exists"
        case .conflict(let kind, let name, let message):
            return "Operation cannot be fulfilled on \(kind.qualifiedName) \"\(name)\": \(message)"
        case .invalid(let kind, let name, let causes):
            let list = causes.map { "\($0.field): \($0.message)" }
            let text = list.count == 1 ? list.joined() : "[\(list.joined(separator: ", "))]"
            return "\(kind.kind)\(kind.group.isEmpty ? "" : ".\(kind.group)") \"\(name)\" is invalid: \(text)"
        case .badRequest(let message), .expired(let message), .methodNotAllowed(let message),
            .unsupportedMediaType(let message), .internalError(let message):
            return message
        case .disruptionBudget(let message, _):
            return "Cannot evict pod as it would violate the pod's disruption budget. \(message)"
        case .unauthorized: return "Unauthorized"
        case .requestTooLarge(let limit): return "Request entity too large: limit is \(limit)"
        }
    }

    /// The `metav1.Status` a client reads.
    package var status: JSON {
        var status: JSON = [
            "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Failure", "message": .string(message),
            "reason": .string(reason), "code": JSON(code),
        ]
        switch self {
        case .notFound(let kind, let name), .alreadyExists(let kind, let name), .conflict(let kind, let name, _):
            status["details"] = ["name": .string(name), "kind": .string(kind.plural)]
            if !kind.group.isEmpty { status["details"]["group"] = .string(kind.group) }
        case .invalid(let kind, let name, let causes):
            status["details"] = ["name": .string(name), "kind": .string(kind.kind)]
            if !kind.group.isEmpty { status["details"]["group"] = .string(kind.group) }
            status["details"]["causes"] = .array(
                causes.map {
                    ["field": .string($0.field), "message": .string($0.message), "reason": .string($0.reason)]
                }
            )
        case .disruptionBudget(let message, let retryAfterSeconds):
            status["details"] = [
                "causes": [["reason": "DisruptionBudget", "message": .string(message)]],
                "retryAfterSeconds": .integer(retryAfterSeconds),
            ]
        default: break
        }
        return status
    }
}
